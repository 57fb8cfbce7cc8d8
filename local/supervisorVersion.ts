import * as path from "node:path";
import type { Toolchain } from "./toolchain";
import { digest, readTree } from "./toolchain/files";

/** Hash of what a supervisor runs: the toolchain's programs and the code that starts them. */
export function supervisorVersion(toolchain: Toolchain): string {
  const code = ["agent", "controlplane", "simulators"].map((folder) => readTree(path.join(__dirname, folder)));
  return digest([toolchain.dir, ...code, readTree(__dirname, (name) => name === "supervisor.ts")]);
}
