/**
 * Replaces a secret of a running environment, without downtime.
 *
 *     make rotate STACK=prod SECRET=hugging-face-token < token       on a terminal, the command asks for the token
 *     make rotate STACK=prod SECRET=grafana-admin-password
 */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { printUsage, runCommand } from "../common/command";
import { workspaceOf } from "../common/workspace";
import { rotate } from "./rotate";
import { isRotated, SECRETS } from "./secrets";

const USAGE = `usage: cli.ts --stack STACK --secret ${Object.keys(SECRETS).join(" or ")} [--state DIR]

  A new Hugging Face token is read from standard input. On a terminal it is asked for and not shown.

  --stack   the stack; "local" is the embedded environment
  --state   state folder of the embedded environment. Default: that of make local
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      secret: { type: "string" },
      state: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { stack = "", secret: name = "" } = values;
  if (values.help || stack === "" || !isRotated(name)) return printUsage(USAGE, values.help);
  const secret = SECRETS[name];
  await rotate(stack, secret, workspaceOf(stack, values.state), () => ask(`The new ${secret.title}: `));
  process.stdout.write(
    `\nThe ${secret.title} of ${stack} has changed. ${secret.afterwards}\n` +
      `${stack === "local" ? "" : `Commit Pulumi.${stack}.yaml: otherwise the next update brings the old value back.\n`}`,
  );
  return 0;
}

/** Reads all of standard input; from a terminal one line, which is not shown. */
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

runCommand(main, 1);
