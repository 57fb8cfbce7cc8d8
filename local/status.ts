import { type StateFolder } from "./state";
import { supervisorStatus } from "./supervisorClient";

/** The time since a moment in kubectl's form: 45s, 12m, 3h, 2d. */
export function age(since: string | undefined, now: Date): string {
  if (since === undefined) return "-";
  const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(since)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** Rows as a text table with aligned columns. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

/** Prints processes and pods. @returns the exit code: 0 everything runs, 1 something does not, 3 there is no environment */
export async function printStatus(state: StateFolder): Promise<number> {
  const status = await supervisorStatus(state);
  if (status === undefined) {
    process.stdout.write(
      state.exists
        ? `The embedded environment in ${state.dir} is stopped. make local starts it again, make local-down removes it.\n`
        : "There is no embedded environment. make local brings one up.\n",
    );
    return 3;
  }
  const now = new Date();
  process.stdout.write(
    `${status.phase} (pods ${status.instance.podCidr}, Services ${status.instance.serviceCidr}, state ${state.dir})\n\n`,
  );
  const processes = status.processes.map((entry) => [
    entry.name,
    entry.pid === undefined ? "down" : "running",
    String(entry.pid ?? "-"),
    String(entry.restarts),
    age(entry.since, now),
    entry.lastExit ?? "",
  ]);
  process.stdout.write(table([["CONTROL PLANE", "STATE", "PID", "RESTARTS", "AGE", "LAST EXIT"], ...processes]));
  const pods = status.pods.map((pod) => [
    `${pod.namespace}/${pod.name}`,
    pod.program,
    pod.ready ? "ready" : "not ready",
    String(pod.pid ?? "-"),
    pod.ip ?? "-",
    String(pod.restarts),
    age(pod.since, now),
  ]);
  process.stdout.write(`\n${table([["POD", "PROGRAM", "STATE", "PID", "ADDRESS", "RESTARTS", "AGE"], ...pods])}`);
  const healthy =
    status.phase === "ready" &&
    status.processes.every((entry) => entry.pid !== undefined) &&
    status.pods.every((pod) => pod.ready);
  return healthy ? 0 : 1;
}
