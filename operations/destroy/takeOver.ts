import type { Workspace } from "../common/workspace";
import { type Deployment, madeByOthers, takeOverPendingCreates, title } from "./state";

/** What `pulumi stack export` prints. */
interface Exported {
  readonly version: number;
  readonly deployment: Deployment;
}

/** A stack's state, its secrets encrypted. */
export async function exportState(stack: string, { run }: Workspace): Promise<Exported> {
  return JSON.parse(await run(["stack", "export", "--stack", stack])) as Exported;
}

/**
 * Adds to a stack's state what the engine was creating when it was killed, so that a destroy deletes that too. Does nothing when
 * the engine was not killed.
 *
 * @param owner `<project>/<stack>`, as the stack's objects name their owner
 * @returns lines for the operator
 * @throws Error when a command fails
 */
export async function takeOver(stack: string, owner: string, workspace: Workspace): Promise<string[]> {
  const { show } = workspace;
  const command = async (args: readonly string[], input?: string): Promise<void> => {
    const code = await show([...args, "--stack", stack, "--non-interactive"], input);
    if (code !== 0) throw new Error(`pulumi ${args[0]} ended with exit code ${code}`);
  };
  const before = await exportState(stack, workspace);
  const { deployment, taken, unknown } = takeOverPendingCreates(before.deployment);
  const names = (urns: readonly string[]): string =>
    [...(deployment.resources ?? []), ...(deployment.pending_operations ?? []).map(({ resource }) => resource)]
      .filter(({ urn }) => urns.includes(urn))
      .map(title)
      .join(", ");
  const lines: string[] = [];
  if (unknown.length > 0) {
    lines.push(
      `${names(unknown)} was being created when an update was killed. It may exist, although it is not in the state: ` +
        `look for it after the destroy with "make leftovers STACK=${stack}".`,
    );
  }
  if (taken.length === 0) return lines;
  // Through standard input. The secrets stay encrypted.
  await command(["stack", "import"], JSON.stringify({ ...before, deployment }));
  await command(["refresh", "--yes", "--skip-preview", ...taken.flatMap((urn) => ["--target", urn])]);
  const after = await exportState(stack, workspace);
  const others = madeByOthers(after.deployment, taken, owner);
  for (const urn of others) await command(["state", "delete", urn, "--yes"]);
  if (others.length > 0) lines.push(`${names(others)} belongs to somebody else and is kept.`);
  const existing = taken.filter(
    (urn) => !others.includes(urn) && after.deployment.resources?.some((one) => one.urn === urn),
  );
  if (existing.length > 0)
    lines.push(`${names(existing)} was being created when an update was killed, and is deleted too.`);
  return lines;
}
