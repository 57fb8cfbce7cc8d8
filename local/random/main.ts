/**
 * A stand-in for the random provider, whose Go module no proxy serves: the engine finds it on PATH and starts it as it would
 * the real one. It knows `RandomPassword`. `@pulumi/random` marks the result as secret, so the engine keeps it as one.
 */
import * as provider from "@pulumi/pulumi/provider";
import sdk = require("@pulumi/random/package.json");
import { changedInputs, checkPassword, makePassword, type PasswordInputs } from "./password";

const PASSWORD = "random:index/randomPassword:RandomPassword";

/** @throws Error for any other type of resource */
function known(urn: string): void {
  const type = urn.split("::")[2]?.split("$").at(-1);
  if (type !== PASSWORD)
    throw new Error(`the stand-in for the random provider does not know ${type}, only ${PASSWORD}`);
}

const random: provider.Provider = {
  version: sdk.version,
  check: (urn, _olds: PasswordInputs, news: PasswordInputs) => {
    known(urn);
    return Promise.resolve(checkPassword(news));
  },
  diff: (_id, urn, olds: PasswordInputs, news: PasswordInputs) => {
    known(urn);
    const replaces = changedInputs(olds, news);
    return Promise.resolve({ changes: replaces.length > 0, replaces });
  },
  create: (urn, inputs: PasswordInputs) => {
    known(urn);
    return Promise.resolve({ id: "none", outs: { ...inputs, result: makePassword(inputs) } });
  },
  read: (id, urn, props: PasswordInputs) => {
    known(urn);
    return Promise.resolve({ id, props });
  },
  delete: (_id, urn) => {
    known(urn);
    return Promise.resolve();
  },
};

void provider.main(random, process.argv.slice(2));
