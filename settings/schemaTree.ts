import * as z from "zod";
import type { FieldMeta } from "./fields";
import type { Path } from "./problems";

/** The parts of a JSON schema that checks, messages and documentation use. */
export interface SchemaNode extends Partial<FieldMeta> {
  readonly type?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
}

/** A zod schema as JSON schema, including the metadata of each field. */
export function treeOf(schema: z.ZodType): SchemaNode {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as unknown as SchemaNode;
}

/** The node of a path; undefined when there is none. */
export function nodeAt(tree: SchemaNode, path: Path): SchemaNode | undefined {
  return path.reduce<SchemaNode | undefined>(
    (node, part) => (typeof part === "number" ? node?.items : node?.properties?.[String(part)]),
    tree,
  );
}
