/**
 * A simplified random provider: no proxy serves the Go module of the official one. The engine finds it on PATH. It
 * implements `RandomPassword` only. `@pulumi/random` marks the result as secret, so the engine stores it as a secret.
 */
import * as provider from "@pulumi/pulumi/provider";
import sdk = require("@pulumi/random/package.json");
import { changedInputs, checkPassword, makePassword, type PasswordInputs } from "./password";

const PASSWORD = "random:index/randomPassword:RandomPassword";

/** @throws Error for any type but `RandomPassword` */
function checkType(urn: string): void {
  const type = urn.split("::")[2]?.split("$").at(-1);
  if (type !== PASSWORD) throw new Error(`the local random provider does not support ${type}, only ${PASSWORD}`);
}

const random: provider.Provider = {
  version: sdk.version,
  check: (urn, _olds: PasswordInputs, news: PasswordInputs) => {
    checkType(urn);
    return Promise.resolve(checkPassword(news));
  },
  diff: (_id, urn, olds: PasswordInputs, news: PasswordInputs) => {
    checkType(urn);
    const replaces = changedInputs(olds, news);
    return Promise.resolve({ changes: replaces.length > 0, replaces });
  },
  create: (urn, inputs: PasswordInputs) => {
    checkType(urn);
    return Promise.resolve({ id: "none", outs: { ...inputs, result: makePassword(inputs) } });
  },
  read: (id, urn, props: PasswordInputs) => {
    checkType(urn);
    return Promise.resolve({ id, props });
  },
  delete: (_id, urn) => {
    checkType(urn);
    return Promise.resolve();
  },
};

void provider.main(random, process.argv.slice(2));
