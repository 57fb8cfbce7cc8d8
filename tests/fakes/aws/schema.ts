import * as fs from "node:fs";
import * as path from "node:path";
import type { Props } from "./world";

/** A property in the SDK's declarations. */
interface Declared {
  readonly required: boolean;
  /** Name of the nested type below `inputs`, for example `eks.NodeGroupTaint`. */
  readonly nested?: string;
}

/** The inputs and outputs that `@pulumi/aws` declares for a resource type. */
export interface TypeSchema {
  readonly inputs: ReadonlyMap<string, Declared>;
  readonly outputs: ReadonlySet<string>;
}

/** A refused property. */
export interface Refusal {
  readonly property: string;
  readonly reason: string;
}

/** Pulumi's marker for an unknown value in a preview. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Inputs that the provider adds. */
const OWN = new Set(["__defaults"]);

const SDK = path.dirname(require.resolve("@pulumi/aws/package.json"));
const types = new Map<string, TypeSchema | undefined>();
const nestedTypes = new Map<string, ReadonlyMap<string, Declared> | undefined>();
let nestedText: string | undefined;

/** The body of a declaration, up to the closing brace with the same indentation. */
function body(text: string, opening: string, indent: string): string | undefined {
  const start = text.indexOf(opening);
  if (start === -1) return undefined;
  return text.slice(start + opening.length, text.indexOf(`\n${indent}}`, start));
}

function members(text: string, indent: string): Map<string, Declared> {
  const found = new Map<string, Declared>();
  for (const [, name, optional, type] of text.matchAll(
    new RegExp(`^${indent}(?:readonly )?(\\w+)(\\??): (.*)$`, "gm"),
  )) {
    const nested = /inputs\.([\w.]+)/.exec(type ?? "")?.[1];
    found.set(name ?? "", { required: optional === "", ...(nested === undefined ? {} : { nested }) });
  }
  return found;
}

/** The declaration of a type token; undefined when `@pulumi/aws` has no such type. */
export function typeSchema(token: string): TypeSchema | undefined {
  if (!types.has(token)) types.set(token, readType(token));
  return types.get(token);
}

function readType(token: string): TypeSchema | undefined {
  const [, module, name] = /^aws:(\w+\/\w+):(\w+)$/.exec(token) ?? [];
  const file = path.join(SDK, `${module?.replace(/^index\//, "")}.d.ts`);
  if (module === undefined || !fs.existsSync(file)) return undefined;
  const text = fs.readFileSync(file, "utf8");
  const inputs = body(text, `export interface ${name}Args {`, "");
  const outputs = body(text, `export declare class ${name} extends pulumi.CustomResource {`, "");
  if (inputs === undefined || outputs === undefined) return undefined;
  return {
    inputs: members(inputs, "    "),
    outputs: new Set([...outputs.matchAll(/^ {4}readonly (\w+): pulumi\.Output</gm)].map(([, output]) => output ?? "")),
  };
}

function nestedSchema(name: string): ReadonlyMap<string, Declared> | undefined {
  if (!nestedTypes.has(name)) {
    nestedText ??= fs.readFileSync(path.join(SDK, "types", "input.d.ts"), "utf8");
    const [module, type] = name.split(".");
    const namespace = nestedText.indexOf(`export declare namespace ${module} {`);
    const text = body(nestedText.slice(namespace), `\n    interface ${type} {`, "    ");
    nestedTypes.set(name, text === undefined ? undefined : members(text, "        "));
  }
  return nestedTypes.get(name);
}

/** Reports unknown and missing inputs, nested ones included. */
export function checkInputs(schema: TypeSchema, inputs: Props): Refusal[] {
  return checkMembers(schema.inputs, inputs, "");
}

function checkMembers(declared: ReadonlyMap<string, Declared>, value: Props, prefix: string): Refusal[] {
  const refusals: Refusal[] = [];
  for (const [name, { required }] of declared) {
    if (required && (value[name] === undefined || value[name] === null)) {
      refusals.push({ property: `${prefix}${name}`, reason: `Missing required argument "${prefix}${name}"` });
    }
  }
  for (const [name, child] of Object.entries(value)) {
    const member = declared.get(name);
    const property = `${prefix}${name}`;
    if (member === undefined) {
      if (!OWN.has(name)) refusals.push({ property, reason: `An argument named "${property}" is not expected here` });
      continue;
    }
    const nested = member.nested === undefined ? undefined : nestedSchema(member.nested);
    if (nested === undefined) continue;
    const children = Array.isArray(child) ? child.map((one, index) => [`[${index}]`, one] as const) : [["", child]];
    for (const [index, one] of children) {
      if (typeof one === "object" && one !== null) {
        refusals.push(...checkMembers(nested, one as Props, `${property}${index as string}.`));
      }
    }
  }
  return refusals;
}
