import * as z from "zod";

/**
 * What a field says about itself beside its type. It travels with the zod schema and comes out in the JSON schema
 * made from it, which is what messages, documentation and Pulumi.yaml's test are derived from.
 */
export interface FieldMeta {
  /** One sentence on what the setting means. */
  description: string;
  /** What to write, as it follows "write ..." in a message: "a whole number from 1 to 8". */
  expected: string;
  /** Unit of a number, for the documentation. */
  unit?: string;
}

/** Attaches meaning and the words for "what to write instead" to a schema. */
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

/** A name that has to be an RFC 1123 label of at most `max` characters. */
export function dnsLabel(max: number, description: string) {
  return field(z.string().regex(LABEL).max(max), {
    description,
    expected: `lower-case letters, digits and "-", at most ${max} characters, starting and ending with a letter or digit`,
  });
}

/** RFC 1123 subdomain: labels joined by dots. */
export const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

/**
 * A Kubernetes quantity of CPU. YAML reads `cpu: 8` as a number, so numbers are taken as well and turned into text.
 */
export function cpu(description: string) {
  return field(z.coerce.string().regex(/^([1-9]\d*(\.\d+)?|0\.\d*[1-9]\d*|[1-9]\d*m)$/), {
    description,
    expected: 'a CPU quantity above zero such as 500m, "2" or "0.5"',
    unit: "CPU cores",
  });
}

/** A Kubernetes quantity of bytes, with a unit so that nobody asks for 64 bytes of memory. */
export function bytes(description: string) {
  return field(z.string().regex(/^[1-9]\d*(\.\d+)?(Ki|Mi|Gi|Ti|k|M|G|T)$/), {
    description,
    expected: "a quantity of bytes with its unit such as 512Mi or 64Gi",
    unit: "bytes",
  });
}

/** Values merged over a chart's own: any keys, which only the chart can judge. */
export function chartValues(description: string) {
  return field(z.record(z.string(), z.unknown()), { description, expected: "an object of Helm values" });
}

/** An exact version such as 1.27.9, v1.3.0 or v1.5.0-rc.2: no ranges and no "latest". */
export const EXACT_VERSION = /^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;
