import type { Manifest } from "../manifestStore";

/** The parts of a schema that lead to its fields. */
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
}

/** Fields that one line of a preview names. */
const NAMED = 8;

/** The fields of a schema with their types, by path: `spec.listeners[].port`. */
function fields(schema: Schema, path: string, found = new Map<string, string>()): Map<string, string> {
  if (path !== "") found.set(path, schema.type ?? "any");
  for (const [name, inside] of Object.entries(schema.properties ?? {})) {
    fields(inside, path === "" ? name : `${path}.${name}`, found);
  }
  if (schema.items !== undefined) fields(schema.items, `${path}[]`, found);
  if (typeof schema.additionalProperties === "object") fields(schema.additionalProperties, `${path}{}`, found);
  return found;
}

/** Fields of each version. */
function versions({ versions: all }: Manifest["spec"]): Map<string, Map<string, string>> {
  return new Map(
    all.map(({ name, schema }) => {
      const { openAPIV3Schema = {} } = (schema ?? {}) as { readonly openAPIV3Schema?: Schema };
      return [name, fields(openAPIV3Schema, "")];
    }),
  );
}

/** Without fields inside of others in the list, and no more than a person reads. */
function some(paths: readonly string[]): string {
  const outer = paths.filter(
    (path) => !paths.some((other) => other !== path && /^[.[{]/.test(path.replace(other, ""))),
  );
  const rest = outer.length - NAMED;
  return `${outer.slice(0, NAMED).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

/** What another manifest changes in a definition, a line for each version: the fields that it adds, drops and changes. */
export function schemaChanges(live: Manifest["spec"], next: Manifest["spec"]): string[] {
  const [old, wanted] = [versions(live), versions(next)];
  const lines: string[] = [];
  for (const version of new Set([...old.keys(), ...wanted.keys()])) {
    const [before, after] = [old.get(version), wanted.get(version)];
    if (before === undefined) lines.push(`${version} is new`);
    else if (after === undefined) lines.push(`${version} is dropped`);
    else {
      const changes = [
        ["adds", [...after.keys()].filter((path) => !before.has(path))],
        ["drops", [...before.keys()].filter((path) => !after.has(path))],
        [
          "changes the type of",
          [...after].filter(([path, type]) => (before.get(path) ?? type) !== type).map(([path]) => path),
        ],
      ] as const;
      const said = changes.filter(([, paths]) => paths.length > 0).map(([verb, paths]) => `${verb} ${some(paths)}`);
      if (said.length > 0) lines.push(`${version} ${said.join("; ")}`);
    }
  }
  return lines;
}
