/**
 * Replaces a secret of a running environment, without downtime.
 *
 *     make rotate STACK=prod SECRET=hugging-face-token < token       asks for it, where there is a terminal
 *     make rotate STACK=prod SECRET=grafana-admin-password
 */
import { text } from "node:stream/consumers";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { parseArgs } from "node:util";
import { withoutTokens } from "../common/stackSettings";
import { workspaceOf } from "../common/workspace";
import { rotate } from "./rotate";
import { isRotated, SECRETS } from "./secrets";

const NAMES = Object.keys(SECRETS).join(" or ");

const USAGE = `usage: cli.ts --stack STACK --secret ${NAMES} [--state DIR]

  A secret that is given comes by standard input, or is asked for without being shown.

  --stack   the stack; "local" is the embedded environment
  --state   the embedded environment's folder. Default: that of make local
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      secret: { type: "string" },
      state: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const { stack = "", secret: name = "" } = values;
  if (values.help === true || stack === "" || !isRotated(name)) {
    process.stdout.write(USAGE);
    return values.help === true ? 0 : 2;
  }
  const secret = SECRETS[name];
  await rotate(stack, secret, await workspaceOf(stack, values.state), () => ask(`The new ${secret.title}: `));
  process.stdout.write(
    `\nThe ${secret.title} of ${stack} is another one. ${secret.afterwards}\n` +
      `${stack === "local" ? "" : `Commit Pulumi.${stack}.yaml: the next update would bring back what it says.\n`}`,
  );
  return 0;
}

/** What comes by standard input; from a terminal one line, which is not shown. */
async function ask(question: string): Promise<string> {
  if (!process.stdin.isTTY) return text(process.stdin);
  process.stderr.write(question);
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  try {
    return await lines.question("");
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${withoutTokens(error instanceof Error ? error.message : String(error))}\n`);
    process.exit(1);
  },
);
