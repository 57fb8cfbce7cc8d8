import * as fs from "node:fs";
import * as path from "node:path";

const NOTE = `A file, so that the Pulumi CLI keeps no automatic logs here. Remove it and the CLI makes a folder of it.
`;

/**
 * Makes a PULUMI_HOME in which the CLI keeps no automatic logs, and returns it. The CLI writes all that passes through it
 * to `logs`, compressed and encrypted, and has no setting against it; with a megabyte of custom resource definitions
 * passing through it several times that is more than half of the time of a preview (docs/decisions/0011-the-clis-automatic-logs-are-off.md). Where
 * `logs` is no folder, it goes on without.
 */
export function pulumiHome(folder: string): string {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const logs = path.join(folder, "logs");
  if (!fs.existsSync(logs)) fs.writeFileSync(logs, NOTE, { mode: 0o600 });
  return folder;
}
