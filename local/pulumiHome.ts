import * as fs from "node:fs";
import * as path from "node:path";

const NOTE =
  "This file keeps the Pulumi CLI from writing automatic logs. Without it, the CLI creates a folder of this name.\n";

/**
 * Creates a PULUMI_HOME in which the CLI writes no automatic logs, and returns its path. The logs take more than half of the
 * time of a preview, and no setting disables them. Where `logs` is a file, the CLI goes on without logs.
 *
 * @see docs/decisions/0011-the-clis-automatic-logs-are-off.md
 */
export function pulumiHome(folder: string): string {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const logs = path.join(folder, "logs");
  if (!fs.existsSync(logs)) fs.writeFileSync(logs, NOTE, { mode: 0o600 });
  return folder;
}
