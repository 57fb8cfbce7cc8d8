import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { ToolchainError } from "./errors";

/** A short name for a value: the first 16 hexadecimal digits of the SHA-256 of its JSON. */
export function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}

/** The contents of a folder's files, by their path in it; empty when the folder does not exist. */
export function readTree(folder: string, wanted: (name: string) => boolean = () => true): Record<string, string> {
  if (!fs.existsSync(folder)) return {};
  return Object.fromEntries(
    fs
      .readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && wanted(entry.name))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [path.relative(folder, file), fs.readFileSync(file, "utf8")]),
  );
}

/**
 * Copies a folder. The copies are writable, unlike the files of Go's module cache.
 *
 * @throws ToolchainError when the folder does not exist
 */
export function copyTree(source: string, target: string): void {
  if (!fs.existsSync(source)) throw new ToolchainError(`copying failed: there is no folder ${source}`);
  fs.mkdirSync(target, { recursive: true });
  for (const entry of fs.readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [path.join(source, entry.name), path.join(target, entry.name)];
    if (entry.isDirectory()) copyTree(from, to);
    else fs.writeFileSync(to, fs.readFileSync(from));
  }
}

/** Deletes a folder, if it exists. */
export function removeTree(folder: string): void {
  fs.rmSync(folder, { recursive: true, force: true });
}
