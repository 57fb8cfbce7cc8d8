import { parseArgs } from "node:util";
import { awsClientOptions } from "../common/aws";
import { ownerOf, PROJECT_ROOT, projectOf, readStackSettings, withoutTokens } from "../common/stackSettings";
import { takeInventory } from "./inventory";
import { formatInventory } from "./report";
import type { Identity } from "./resource";
import { lookEverywhere } from "./sources";

const USAGE = `usage: cli.ts --stack STACK [--region REGION --cluster NAME] [--json]

Lists what a stack left on AWS, with the command that removes each. Removes nothing.
REGION and NAME come from the stack's configuration; give both when that is gone.

exit code  0 nothing is left   1 something is, or not everything could be looked at   2 the command cannot be used
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string", short: "s" },
      region: { type: "string" },
      cluster: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help || values.stack === undefined) {
    (values.help ? process.stdout : process.stderr).write(USAGE);
    return values.help ? 0 : 2;
  }
  const identity = await identify(values.stack, values.region, values.cluster);
  const { sources, gone } = await lookEverywhere(identity, awsClientOptions(identity.region));
  const inventory = takeInventory(identity, sources, gone);
  process.stdout.write(values.json ? `${JSON.stringify(inventory, undefined, 2)}\n` : formatInventory(inventory));
  return inventory.exitCode;
}

/** Whose resources to look for: by the arguments where both are there, else by the configuration. */
async function identify(stack: string, region?: string, cluster?: string): Promise<Identity> {
  if (region !== undefined && cluster !== undefined) {
    return { owner: ownerOf(projectOf(PROJECT_ROOT), stack), region, cluster };
  }
  const { project, config } = await readStackSettings(stack);
  if (config.aws === undefined) {
    throw new Error(`${stack} is of platform ${config.platform}, which makes nothing on AWS; nothing was looked at`);
  }
  return { owner: ownerOf(project, stack), region: region ?? config.aws.region, cluster: cluster ?? config.aws.name };
}

main().then(
  (code) => process.stdout.write("", () => process.exit(code)),
  (error: unknown) => {
    process.stderr.write(`${withoutTokens(error instanceof Error ? error.message : String(error))}\n`);
    process.exitCode = 2;
  },
);
