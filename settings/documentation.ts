/**
 * Renders docs/configuration.md from the schema. After a change of the schema:
 *
 *     npx ts-node settings/documentation.ts
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { type SchemaNode, schemaTree } from "./problems";

/** Where the page is kept. */
export const PAGE = path.join(__dirname, "..", "docs", "configuration.md");

const INTRODUCTION = `# Configuration

<!-- Made from the settings of each capability by \`npx ts-node settings/documentation.ts\`; change the schema, not this page. -->

Every key below lives in a stack's settings file (\`Pulumi.STACK.yaml\`) under the project's namespace: \`platform\` is
written as \`llm-d:platform\`. Nested keys can be set from the command line too:

\`\`\`
pulumi config set --path 'llm-d:models[0].replicas' 5
\`\`\`

Pulumi itself checks that required keys are there and that the token is encrypted. The program then checks everything
else before any resource is made, and reports all problems at once, each with its key, what is wrong and what to write
instead. \`Pulumi.local.yaml\`, \`Pulumi.dev.yaml\`, \`Pulumi.prod.yaml\`, \`Pulumi.openshift.yaml\` and
\`Pulumi.existing.yaml.example\` are complete
examples.

## huggingFaceToken

Hugging Face token for downloading weights, required on every platform. It starts with \`hf_\` and has to be a secret:

\`\`\`
pulumi config set --secret llm-d:huggingFaceToken
\`\`\`

## gatewayPrivateKey

Private key of \`gateway.tls.certificate\` in PEM form, for that mode only. It has to be a secret:

\`\`\`
pulumi config set --secret llm-d:gatewayPrivateKey < key.pem
\`\`\`
`;

/** The page's text, not yet laid out by Prettier. */
export function renderPage(): string {
  const sections = Object.entries(schemaTree.properties ?? {}).map(([key, node]) => {
    const table = rows(key, node, schemaTree.required?.includes(key) ?? false);
    return [`## ${key}`, "", "| Key | Type | Default | Meaning |", "| --- | --- | --- | --- |", ...table].join("\n");
  });
  return `${[INTRODUCTION, ...sections].join("\n\n")}\n`;
}

/** The page as it is kept in the repository. */
export async function renderFormattedPage(): Promise<string> {
  const prettier = await import("prettier");
  return prettier.format(renderPage(), { ...(await prettier.resolveConfig(PAGE)), filepath: PAGE });
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
  // An object's default is that of each of its keys, which have rows of their own.
  return value === undefined || properties !== undefined
    ? ""
    : `\`${JSON.stringify(value).replace(/^"(.*)"$/, "$1")}\``;
}

function meaning(node: SchemaNode): string {
  const unit = node.unit === undefined ? "" : ` Unit: ${node.unit}.`;
  const leaf = node.properties === undefined && node.items === undefined;
  return `${node.description ?? ""}${unit}${leaf && node.expected !== undefined ? ` Write ${node.expected}.` : ""}`;
}

if (require.main === module) {
  void renderFormattedPage().then((page) => fs.writeFileSync(PAGE, page));
}
