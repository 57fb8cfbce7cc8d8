import { describeApplies } from "./appliesTo";
import type { SchemaNode } from "./schemaTree";

/** The sections of a page that describes every setting of a schema, in Markdown. */
export function describeSettings(tree: SchemaNode): string {
  const sections = Object.entries(tree.properties ?? {}).map(([key, node]) => {
    const table = rows(key, node, tree.required?.includes(key) ?? false);
    const where = describeApplies(node.appliesTo).trim();
    const head = ["| Key | Type | Default | Meaning |", "| --- | --- | --- | --- |"];
    return [`## ${key}`, "", ...(where === "" ? [] : [where, ""]), ...head, ...table].join("\n");
  });
  return sections.join("\n\n");
}

/** A row for the key, and one for each key nested in it. */
function rows(key: string, node: SchemaNode, required: boolean): string[] {
  const cells = [`\`${key}\``, typeName(node), defaultText(node, required), meaning(node)];
  const parent = node.items === undefined ? node : node.items;
  const prefix = node.items === undefined ? key : `${key}[]`;
  const nested = Object.entries(parent.properties ?? {}).flatMap(([name, child]) =>
    rows(`${prefix}.${name}`, child, parent.required?.includes(name) ?? false),
  );
  return [`| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`, ...nested];
}

function typeName(node: SchemaNode): string {
  if (node.type === "array") {
    return `list of ${node.items?.type ?? "value"}s`;
  }
  return node.type ?? (node.enum?.every((value) => typeof value === "number") ? "integer" : "string");
}

function defaultText(node: SchemaNode, required: boolean): string {
  if (required) {
    return "required";
  }
  const { default: value, properties } = node;
  // Each key of an object has its own row with its default.
  return value === undefined || properties !== undefined
    ? ""
    : `\`${JSON.stringify(value).replace(/^"(.*)"$/, "$1")}\``;
}

function meaning(node: SchemaNode): string {
  const unit = node.unit === undefined ? "" : ` Unit: ${node.unit}.`;
  const leaf = node.properties === undefined && node.items === undefined;
  return `${node.description ?? ""}${describeApplies(node.appliesTo)}${unit}${leaf && node.expected !== undefined ? ` Write ${node.expected}.` : ""}`;
}
