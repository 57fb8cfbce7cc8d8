/**
 * Runs `pulumi destroy`, after a look at the stack's state. Refuses a protected stack before anything is deleted. Also deletes
 * what an update was making when it was killed.
 *
 *     make destroy STACK=prod
 *     make destroy STACK=prod GONE=1     the cluster no longer exists
 *
 * The exit code is that of `pulumi destroy`, or 1 when the destroy was refused.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { CONFIG_NAMESPACE } from "../../stacks/config";
import { printUsage, runCommand } from "../common/command";
import { ownerOf, projectOf } from "../common/stackSettings";
import { workspaceOf } from "../common/workspace";
import { operationsOf } from "../platformOperations";
import { protectedResources, title } from "./state";
import { exportState, takeOver } from "./takeOver";

const USAGE = `usage: cli.ts --stack STACK [--gone] [--state DIR] [-- ARGUMENTS OF pulumi destroy]

  --stack   the stack; "local" is the embedded environment
  --gone    the cluster no longer exists: everything in it counts as deleted, and everything else is deleted
  --state   state folder of the embedded environment. Default: that of make local
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      stack: { type: "string" },
      gone: { type: "boolean", default: false },
      state: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { stack = "", gone } = values;
  if (values.help || stack === "") return printUsage(USAGE, values.help);
  // The Kubernetes provider reads it; the workspace passes the environment on.
  if (gone) process.env.PULUMI_K8S_DELETE_UNREACHABLE = "true";
  const workspace = workspaceOf(stack, values.state);
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
  const platform = platformIn(path.join(workspace.root, `Pulumi.${stack}.yaml`));
  const { destroyRunsProgram } = operationsOf(platform);
  return workspace.show([
    "destroy",
    "--stack",
    stack,
    ...(destroyRunsProgram ? ["--run-program"] : []),
    ...positionals,
  ]);
}

/** Explains how to destroy a protected stack. */
function refusal(stack: string, kept: readonly string[]): string {
  return (
    `The stack ${stack} is protected, and nothing was deleted. Protected: ${kept.join(", ")}.\n` +
    "Save what you need. To delete the stack with all that:\n\n" +
    `    pulumi config set ${CONFIG_NAMESPACE}:protect false --stack ${stack}\n` +
    `    make up STACK=${stack}          # changes nothing else\n` +
    `    make destroy STACK=${stack}\n`
  );
}

/** The platform that a settings file names; empty when the file is gone. */
function platformIn(file: string): string {
  if (!fs.existsSync(file)) return "";
  const { config } = parse(fs.readFileSync(file, "utf8")) as { config?: Record<string, unknown> };
  return String(config?.[`${CONFIG_NAMESPACE}:platform`] ?? "");
}

runCommand(main, 1);
