/**
 * `pulumi destroy`, after a look at the stack's state: what is protected is refused before anything is deleted, with what to do;
 * and what an update was making when it was killed is deleted as well.
 *
 *     make destroy STACK=prod
 *     make destroy STACK=prod GONE=1     the cluster is no longer there
 *
 * Ends with the exit code of `pulumi destroy`, or 1 when it was refused.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { CONFIG_NAMESPACE } from "../../stacks/config";
import { ownerOf, projectOf } from "../common/stackSettings";
import { workspaceOf } from "../common/workspace";
import { protectedResources, title } from "./state";
import { exportState, takeOver } from "./takeOver";

const USAGE = `usage: cli.ts --stack STACK [--gone] [--state DIR] [-- ARGUMENTS OF pulumi destroy]

  --stack   the stack; "local" is the embedded environment
  --gone    the cluster is no longer there: what was in it is taken to be gone, all else is deleted
  --state   the embedded environment's folder. Default: that of make local
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      stack: { type: "string" },
      gone: { type: "boolean", default: false },
      state: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const { stack = "", gone } = values;
  if (values.help === true || stack === "") {
    process.stdout.write(USAGE);
    return values.help === true ? 0 : 2;
  }
  // The provider asks for it; `workspaceOf` hands the environment on.
  if (gone) process.env.PULUMI_K8S_DELETE_UNREACHABLE = "true";
  const workspace = await workspaceOf(stack, values.state);
  const { deployment } = await exportState(stack, workspace);
  const kept = protectedResources(deployment);
  if (kept.length > 0) {
    process.stderr.write(refusal(stack, kept.map(title)));
    return 1;
  }
  if (!gone) {
    const owner = ownerOf(projectOf(workspace.root), stack);
    for (const line of await takeOver(stack, owner, workspace)) process.stdout.write(`${line}\n`);
  }
  // On AWS the program runs along, for what it waits for before a deletion: docs/aws.md.
  const withProgram = platformOf(path.join(workspace.root, `Pulumi.${stack}.yaml`)) === "eks";
  return workspace.show(["destroy", "--stack", stack, ...(withProgram ? ["--run-program"] : []), ...positionals]);
}

/** What to do where the stack is protected. */
function refusal(stack: string, kept: readonly string[]): string {
  return (
    `The stack ${stack} is protected, and nothing was deleted. With it would go: ${kept.join(", ")}.\n` +
    "Save what is needed. To take it down with all that:\n\n" +
    `    pulumi config set ${CONFIG_NAMESPACE}:protect false --stack ${stack}\n` +
    `    make up STACK=${stack}          # changes nothing but that\n` +
    `    make destroy STACK=${stack}\n`
  );
}

/** What a stack runs on; undefined where its settings are gone. */
function platformOf(file: string): unknown {
  if (!fs.existsSync(file)) return undefined;
  const { config } = parse(fs.readFileSync(file, "utf8")) as { config?: Record<string, unknown> };
  return config?.[`${CONFIG_NAMESPACE}:platform`];
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
