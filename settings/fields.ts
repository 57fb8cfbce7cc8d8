import * as z from "zod";

/** A condition on another setting. Paths start at the root, or with `./` at the object that holds the field. */
export type Condition =
  /**
   * The setting has one of the values. With a value of `kept` the field has no effect, but it may stay: the setting is
   * switched off for a while, or another rule checks the pair.
   */
  | { readonly setting: string; readonly in: readonly (string | boolean)[]; readonly kept?: readonly string[] }
  /** The setting is written. */
  | { readonly with: string }
  /** The setting is not written. */
  | { readonly without: string };

/** Where a field applies. Elsewhere it has no effect, and `appliesTo.ts` refuses it. */
export interface Applies {
  readonly condition: Condition;
  /** The condition counts only where all of these hold. @default always */
  readonly where?: readonly Condition[];
}

/**
 * The description of a field besides its type. It is part of the zod schema and of the JSON schema, which messages,
 * checks and documentation use.
 */
export interface FieldMeta {
  /** The meaning of the setting in one sentence. */
  readonly description: string;
  /** What to write. It follows "write ..." in messages: "a whole number from 1 to 8". */
  readonly expected: string;
  /** Unit of a number, for the documentation. */
  readonly unit?: string;
  /** Where the setting applies. @default everywhere */
  readonly appliesTo?: readonly Applies[];
  /** Values that are planned and not part of this version yet. */
  readonly planned?: readonly string[];
}

/** A field applies only if another setting has one of these values. */
export function onlyWith(setting: string, values: readonly (string | boolean)[], kept?: readonly string[]): Applies {
  return { condition: { setting, in: values, ...(kept === undefined ? {} : { kept }) } };
}

/** Adds conditions to a field, and keeps the rest of its description. */
export function applies<T extends z.ZodType>(schema: T, ...appliesTo: readonly Applies[]): T {
  return schema.meta({ appliesTo });
}

/** Adds the description of a field to a schema. */
export function field<T extends z.ZodType>(schema: T, meta: FieldMeta): T {
  return schema.meta({ ...meta });
}

/** A whole number within bounds, both included. */
export function wholeNumber(min: number, max: number, description: string, unit: string) {
  return field(z.int().min(min).max(max), { description, expected: `a whole number from ${min} to ${max}`, unit });
}

/** true or false. */
export function flag(description: string) {
  return field(z.boolean(), { description, expected: "true or false" });
}

/** One of several words. */
export function choice<const T extends readonly [string, ...string[]]>(values: T, description: string) {
  return field(z.enum(values), { description, expected: oneOf(values) });
}

/** "a", "a or b", "a, b or c". */
export function oneOf(values: readonly (string | number)[]): string {
  const words = values.map(String);
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words[words.length - 1]}`;
}

/** A text that matches a pattern. */
export function text(pattern: RegExp, description: string, expected: string) {
  return field(z.string().regex(pattern), { description, expected });
}

/** RFC 1123 label, the form of most names in Kubernetes. */
export const LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** A name that must be an RFC 1123 label of at most `max` characters. */
export function dnsLabel(max: number, description: string) {
  return field(z.string().regex(LABEL).max(max), {
    description,
    expected: `lower-case letters, digits and "-", at most ${max} characters, starting and ending with a letter or digit`,
  });
}

/** RFC 1123 subdomain: labels joined by dots. */
export const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

/**
 * A Kubernetes quantity of CPU. YAML reads `cpu: 8` as a number, so numbers are accepted and turned into text.
 */
export function cpu(description: string) {
  return field(z.coerce.string().regex(/^([1-9]\d*(\.\d+)?|0\.\d*[1-9]\d*|[1-9]\d*m)$/), {
    description,
    expected: 'a CPU quantity above zero such as 500m, "2" or "0.5"',
    unit: "CPU cores",
  });
}

/** A Kubernetes quantity of bytes. The unit is required, because `memory: 64` would mean 64 bytes. */
export function bytes(description: string) {
  return field(z.string().regex(/^[1-9]\d*(\.\d+)?(Ki|Mi|Gi|Ti|k|M|G|T)$/), {
    description,
    expected: "a quantity of bytes with its unit such as 512Mi or 64Gi",
    unit: "bytes",
  });
}

/** Values merged over those of a chart. Any key is allowed, because only the chart can check them. */
export function chartValues(description: string) {
  return field(z.record(z.string(), z.unknown()), { description, expected: "an object of Helm values" });
}

/** An exact version such as 1.27.9, v1.3.0 or v1.5.0-rc.2: no ranges and no "latest". */
export const EXACT_VERSION = /^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;
