import * as fs from "node:fs/promises";
import * as path from "node:path";

/** A file of a volume. */
export interface ProjectedFile {
  content: Buffer;
  /** Permission bits. */
  mode: number;
}

const DATA = "..data";

/**
 * Writes the files of a volume so that all of them change at once, as the kubelet does. They are in a new folder that
 * the link `..data` points to, and each name is a link through it. So a reader sees the old or the new files, never a
 * mixture. Other files of the folder are removed. Nothing is written if nothing changed.
 *
 * @param group the pod's group, which may then read what only the owner could
 */
export async function project(
  folder: string,
  files: ReadonlyMap<string, ProjectedFile>,
  group?: number,
): Promise<void> {
  await fs.mkdir(folder, { recursive: true, mode: 0o755 });
  if (await holds(folder, files)) return;
  const fresh = await fs.mkdtemp(path.join(folder, `..${new Date().toISOString().replace(/\D/g, "_")}`));
  await fs.chmod(fresh, 0o755);
  for (const [name, { content, mode }] of files) {
    const file = path.join(fresh, name);
    await fs.mkdir(path.dirname(file), { recursive: true, mode: 0o755 });
    await fs.writeFile(file, content, { mode: 0o600 });
    // The owner is root, so the pod's group gets the owner's right to read, as with the kubelet.
    if (group !== undefined) await fs.chown(file, 0, group);
    await fs.chmod(file, group === undefined ? mode : mode | ((mode & 0o400) >> 3));
  }
  const old = await fs.readlink(path.join(folder, DATA)).catch(() => undefined);
  const staged = path.join(folder, "..data_tmp");
  await fs.rm(staged, { force: true });
  await fs.symlink(path.basename(fresh), staged);
  await fs.rename(staged, path.join(folder, DATA));
  const roots = new Set([...files.keys()].map((name) => name.split("/")[0] ?? ""));
  for (const entry of await fs.readdir(folder)) {
    if (!entry.startsWith("..") && !roots.has(entry)) await fs.rm(path.join(folder, entry));
  }
  for (const root of roots) {
    await fs.symlink(path.join(DATA, root), path.join(folder, root)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
  if (old !== undefined) await fs.rm(path.join(folder, old), { recursive: true, force: true });
}

async function holds(folder: string, files: ReadonlyMap<string, ProjectedFile>): Promise<boolean> {
  const data = path.join(folder, DATA);
  const present = await fs.readdir(data, { recursive: true, withFileTypes: true }).catch(() => undefined);
  if (present === undefined || present.filter((entry) => entry.isFile()).length !== files.size) return false;
  for (const [name, { content }] of files) {
    const found = await fs.readFile(path.join(data, name)).catch(() => undefined);
    if (found === undefined || !found.equals(content)) return false;
  }
  return true;
}
