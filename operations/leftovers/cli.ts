import { parseArgs } from "node:util";
import type { Identity, LeftoverSearch } from "../../stacks/platforms/operations";
import { printUsage, runCommand } from "../common/command";
import { ownerOf, projectOf, readStackSettings } from "../common/stackSettings";
import { PROJECT_ROOT } from "../common/workspace";
import { operationsOf } from "../platformOperations";
import { takeInventory } from "./inventory";
import { formatInventory } from "./report";

/** Searched when the stack's settings are gone, and with them its platform. */
const DEFAULT_PLATFORM = "eks";

const USAGE = `usage: cli.ts --stack STACK [--region REGION --cluster NAME [--platform PLATFORM]] [--json]

Lists what a destroyed stack left outside of its cluster, with the command that removes each resource. Removes nothing.
REGION and NAME come from the stack's configuration. Give both when the configuration is gone, and PLATFORM when it
was not ${DEFAULT_PLATFORM}.

exit code  0 nothing is left   1 something is left, or a source could not be read   2 wrong arguments or configuration
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string", short: "s" },
      region: { type: "string" },
      cluster: { type: "string" },
      platform: { type: "string", default: DEFAULT_PLATFORM },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { stack, region, cluster, platform } = values;
  if (values.help || stack === undefined) return printUsage(USAGE, values.help);
  let identity: Identity;
  let leftovers: LeftoverSearch;
  if (region !== undefined && cluster !== undefined) {
    identity = { owner: ownerOf(projectOf(PROJECT_ROOT), stack), region, cluster };
    leftovers = searchOf(stack, platform);
  } else {
    const { project, config } = await readStackSettings(stack);
    leftovers = searchOf(stack, config.platform);
    const located = leftovers.locate(config);
    identity = {
      owner: ownerOf(project, stack),
      region: region ?? located.region,
      cluster: cluster ?? located.cluster,
    };
  }
  const inventory = takeInventory(identity, await leftovers.search(identity), leftovers);
  process.stdout.write(values.json ? `${JSON.stringify(inventory, undefined, 2)}\n` : formatInventory(inventory));
  return inventory.exitCode;
}

function searchOf(stack: string, platform: string): LeftoverSearch {
  const { leftovers } = operationsOf(platform);
  if (leftovers !== undefined) return leftovers;
  throw new Error(
    `stack ${stack} has platform ${platform}, which makes nothing outside of its cluster; nothing was searched`,
  );
}

runCommand(main, 2);
