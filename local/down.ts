import { openEmbedded } from "./embedded";
import { StackProgress } from "./stackProgress";
import { STACK_NAME } from "./stack";
import type { StateFolder } from "./state";
import { stopSupervisor } from "./supervisorClient";
import { findToolchain } from "./toolchain";

const write = (text: string): void => void process.stdout.write(`${text}\n`);

/**
 * `make local-down`: destroys the stack through Pulumi, stops everything and removes the state folder. A stopped
 * environment is started for it, so that what is destroyed is what the stack says, as on any other platform.
 *
 * @param force leave the destroying out: with the cluster, all that is in it goes anyway
 */
export async function down(state: StateFolder, force: boolean): Promise<number> {
  if (!state.exists) {
    write("There is no embedded environment: nothing to do.");
    return 0;
  }
  if (!force && state.instance() !== undefined) {
    const problem = await destroy(state);
    if (problem !== undefined) {
      write(`${problem}\nNothing was removed. Run it again, or throw the whole cluster away: make local-down FORCE=1`);
      return 1;
    }
  }
  await stopSupervisor(state);
  state.remove();
  write("Stopped and removed. The tool cache stays for the next make local.");
  return 0;
}

/** Destroys the stack. @returns what kept it from that */
async function destroy(state: StateFolder): Promise<string | undefined> {
  // To build the programs again, for twenty minutes, only to delete what they made, is nothing anybody wants.
  if (findToolchain() === undefined)
    return "The programs that the environment runs on are not in the tool cache any more.";
  try {
    const { stack } = await openEmbedded(state, { takeOver: true });
    const progress = new StackProgress(write);
    await stack.destroy({ onEvent: progress.onEvent, color: "never" });
    await stack.workspace.removeStack(STACK_NAME);
    const changes = [...progress.changes].map(([what, count]) => `${count} ${what}`).join(", ");
    write(`Stack destroyed${changes === "" ? "" : `: ${changes}`}.`);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
