/**
 * Makes API keys for the gateway. They are tokens: the gateway checks them with a public key and stores none of them.
 *
 *     make api-key-pair KEY=gateway-signing.pem                          makes a pair of keys, prints the settings
 *     make api-key KEY=gateway-signing.pem NAME=alice [DAYS=90]          prints a token
 */
import * as fs from "node:fs";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { printUsage, runCommand } from "../common/command";
import { makeSigningKey, signToken } from "./apiKey";

const USAGE = `usage: cli.ts pair --key FILE
       cli.ts issue --key FILE --name NAME [--days 90] [--issuer llm-d] [--audience llm-d]
`;

const SECONDS_A_DAY = 86_400;

function main(): number {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      key: { type: "string" },
      name: { type: "string" },
      days: { type: "string", default: "90" },
      issuer: { type: "string", default: "llm-d" },
      audience: { type: "string", default: "llm-d" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { key = "", name = "", issuer, audience } = values;
  if (positionals[0] === "pair" && key !== "") {
    const pair = makeSigningKey();
    // Never over an existing key: all tokens signed with it would become invalid.
    fs.writeFileSync(key, pair.privateKey, { mode: 0o600, flag: "wx" });
    process.stderr.write(
      `The private key is in ${key}; keep it where you keep passwords. Add this to the stack's settings:\n\n`,
    );
    const jwt = { issuer, audiences: [audience], jwks: { keys: [pair.publicKey] } };
    process.stdout.write(stringify({ config: { "llm-d:gateway": { jwt } } }));
    return 0;
  }
  const days = Number(values.days);
  if (values.help || positionals[0] !== "issue" || key === "" || name === "" || !(days > 0)) {
    return printUsage(USAGE, values.help);
  }
  const iat = Math.floor(Date.now() / 1000);
  const exp = iat + Math.round(days * SECONDS_A_DAY);
  const token = signToken(fs.readFileSync(key, "utf8"), { iss: issuer, aud: audience, sub: name, iat, exp });
  process.stdout.write(`${token}\n`);
  return 0;
}

runCommand(main, 2);
