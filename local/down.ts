import { openEmbedded } from "./embedded";
import { StackProgress } from "./stackProgress";
import { STACK_NAME } from "./stack";
import type { StateFolder } from "./state";
import { stopSupervisor } from "./supervisorClient";

const write = (text: string): void => void process.stdout.write(`${text}\n`);

/**
 * `make local-down`: destroys the stack through Pulumi, stops everything and removes the state folder. A stopped
 * environment is started for it, so that what is destroyed is what the stack says, as on any other platform.
 */
export async function down(state: StateFolder): Promise<number> {
  if (!state.exists) {
    write("There is no embedded environment: nothing to do.");
    return 0;
  }
  if (state.instance() !== undefined) {
    const { stack } = await openEmbedded(state);
    const progress = new StackProgress(write);
    await stack.destroy({ onEvent: progress.onEvent, color: "never" });
    await stack.workspace.removeStack(STACK_NAME);
    const changes = [...progress.changes].map(([what, count]) => `${count} ${what}`).join(", ");
    write(`Stack destroyed${changes === "" ? "" : `: ${changes}`}.`);
  }
  await stopSupervisor(state);
  state.remove();
  write("Stopped and removed. The tool cache stays for the next make local.");
  return 0;
}
