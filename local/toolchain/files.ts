import * as fs from "node:fs";
import * as path from "node:path";
import { ToolchainError } from "./errors";

/** Copies a folder; the copies are writable, unlike the files of Go's module cache. */
export function copyTree(source: string, target: string): void {
  if (!fs.existsSync(source)) throw new ToolchainError(`copying failed: there is no folder ${source}`);
  fs.mkdirSync(target, { recursive: true });
  for (const entry of fs.readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [path.join(source, entry.name), path.join(target, entry.name)];
    if (entry.isDirectory()) copyTree(from, to);
    else fs.writeFileSync(to, fs.readFileSync(from));
  }
}
