/**
 * API keys for the gateway. They are tokens that it checks with a public key: it stores none of them.
 *
 *     make api-key-pair KEY=gateway-signing.pem                          a new pair; prints what to configure
 *     make api-key KEY=gateway-signing.pem NAME=alice [DAYS=90]          a token, on standard output
 */
import * as fs from "node:fs";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { makeSigningKey, signToken } from "./apiKey";

const USAGE = `usage: cli.ts pair --key FILE
       cli.ts issue --key FILE --name NAME [--days 90] [--issuer llm-d] [--audience llm-d]`;

const SECONDS_A_DAY = 86_400;

function main(): void {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      key: { type: "string" },
      name: { type: "string" },
      days: { type: "string", default: "90" },
      issuer: { type: "string", default: "llm-d" },
      audience: { type: "string", default: "llm-d" },
    },
  });
  const { key = "", name = "", issuer, audience } = values;
  if (positionals[0] === "pair" && key !== "") {
    const pair = makeSigningKey();
    // Not over one that is there: all tokens made with it would end.
    fs.writeFileSync(key, pair.privateKey, { mode: 0o600, flag: "wx" });
    process.stderr.write(
      `The private key is in ${key}; keep it where you keep passwords. For the stack's settings:\n\n`,
    );
    const jwt = { issuer, audiences: [audience], jwks: { keys: [pair.publicKey] } };
    process.stdout.write(stringify({ config: { "llm-d:gateway": { jwt } } }));
    return;
  }
  const days = Number(values.days);
  if (positionals[0] !== "issue" || key === "" || name === "" || !(days > 0)) throw new Error(USAGE);
  const issuedAt = Math.floor(Date.now() / 1000);
  const expiresAt = issuedAt + Math.round(days * SECONDS_A_DAY);
  const token = signToken(fs.readFileSync(key, "utf8"), { issuer, audience, subject: name, issuedAt, expiresAt });
  process.stdout.write(`${token}\n`);
}

try {
  main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
