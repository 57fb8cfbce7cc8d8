import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

/** A custom resource definition as its release has it, without the fields that only the API server writes. */
export interface Manifest {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly group: string;
    readonly versions: readonly { readonly name: string; readonly served: boolean; readonly schema?: unknown }[];
  };
}

/**
 * Files named after their content's hash, through which the program hands CRDs to the provider. A schema has up to 600 KB: in a
 * resource's inputs it would go to the engine and back at every preview, and into the state with every checkpoint.
 *
 * Both processes run from the same checkout. `npm ci` empties the folder, and the next run fills it again.
 */
const FOLDER = path.resolve(__dirname, "..", "..", "node_modules", ".cache", "llmd-crds");

const fileOf = (address: string): string => path.join(FOLDER, `${address.replace(/[^\w-]/g, "-")}.json`);

/** Length of an address in hexadecimal digits. A person compares addresses in a preview. */
const DIGITS = 32;

/** JSON with sorted keys, so that the address does not depend on the order in the source. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inside: unknown) =>
    inside !== null && typeof inside === "object" && !Array.isArray(inside)
      ? Object.fromEntries(Object.entries(inside).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inside,
  );
}

const addressOf = (text: string): string =>
  `sha256:${crypto.createHash("sha256").update(text).digest("hex").slice(0, DIGITS)}`;

/** Another process may write the same file, and a reader must never find half of it. */
function write(file: string, text: string): void {
  fs.mkdirSync(FOLDER, { recursive: true });
  const temporary = `${file}.${process.pid}`;
  fs.writeFileSync(temporary, text);
  fs.renameSync(temporary, file);
}

/** @returns the manifest's address */
export function keepManifest(manifest: Manifest): string {
  const text = canonical(manifest);
  const address = addressOf(text);
  if (!fs.existsSync(fileOf(address))) write(fileOf(address), text);
  return address;
}

/** @throws Error when the store does not have it, or has something else in its place. */
export function recallManifest(address: string): Manifest {
  const file = fileOf(address);
  const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  if (addressOf(text) !== address) {
    throw new Error(`${file} does not hold the CRD of this preview any more. Run the same command again.`);
  }
  return JSON.parse(text) as Manifest;
}

/** Keeps what was read from a text, under the text's hash. */
export function keepIndex(key: string, index: unknown): void {
  write(fileOf(`index-${key}`), JSON.stringify(index));
}

/**
 * What was read from a text before.
 *
 * @param addresses The manifests that it refers to; without all of them it is unknown.
 */
export function recallIndex<T>(key: string, addresses: (index: T) => readonly string[]): T | undefined {
  const file = fileOf(`index-${key}`);
  if (!fs.existsSync(file)) return undefined;
  const index = JSON.parse(fs.readFileSync(file, "utf8")) as T;
  return addresses(index).every((address) => fs.existsSync(fileOf(address))) ? index : undefined;
}
