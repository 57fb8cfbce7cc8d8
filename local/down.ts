import { openEmbedded } from "./embedded";
import { StackProgress } from "./stackProgress";
import type { StateFolder } from "./state";
import { stopSupervisor } from "./supervisorClient";
import { findToolchain } from "./toolchain";
import { withoutReports } from "./withoutReports";

const write = (text: string): void => void process.stdout.write(`${text}\n`);

/**
 * `make local-down`: destroys the stack with Pulumi, stops everything and removes the state folder. Starts a stopped
 * environment first, so that the destroy runs as on any other platform.
 *
 * @param force do not destroy the stack: the cluster is removed with everything in it
 */
export async function down(state: StateFolder, force: boolean): Promise<number> {
  if (!state.exists) {
    write("There is no embedded environment: nothing to do.");
    return 0;
  }
  if (!force && state.instance() !== undefined) {
    const problem = await destroy(state);
    if (problem !== undefined) {
      write(
        `${problem}\nNothing was removed. Run it again, or remove the whole cluster without a destroy: make local-down FORCE=1`,
      );
      return 1;
    }
  }
  await stopSupervisor(state);
  state.remove();
  write("Stopped and removed. The tool cache stays for the next make local.");
  return 0;
}

/** Destroys the stack. @returns why it failed, or undefined */
async function destroy(state: StateFolder): Promise<string | undefined> {
  // Nobody wants to build the programs for twenty minutes only to delete a cluster.
  if (findToolchain(["environment"]) === undefined)
    return "The programs of the environment are no longer in the tool cache.";
  try {
    const { stack } = await openEmbedded(state, { takeOver: true });
    const progress = new StackProgress(write);
    await withoutReports(stack).destroy({ onEvent: progress.onEvent, color: "never" });
    write(`Stack destroyed${progress.summary === "" ? "" : `: ${progress.summary}`}.`);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
