/**
 * Renders docs/configuration.md from the settings. After a change of the settings:
 *
 *     npx ts-node stacks/documentation.ts
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { describeSettings } from "../settings/documentation";
import { schemaTree } from "./config";

/** Path of the page. */
export const PAGE = path.join(__dirname, "..", "docs", "configuration.md");

const INTRODUCTION = `# Configuration

<!-- Made from the settings of each capability by \`npx ts-node stacks/documentation.ts\`; change the schema, not this page. -->

Every key below lives in a stack's settings file (\`Pulumi.STACK.yaml\`) under the project's namespace: \`platform\` is
written as \`llm-d:platform\`. Nested keys can be set from the command line too:

\`\`\`
pulumi config set --path 'llm-d:models[0].replicas' 5
\`\`\`

Pulumi itself checks that required keys are set and that the token is encrypted. The program checks everything else
before it makes a resource. It reports all problems at once, each with its key, the error and what to write instead. \`Pulumi.local.yaml\`, \`Pulumi.dev.yaml\`, \`Pulumi.prod.yaml\`, \`Pulumi.openshift.yaml\` and
\`Pulumi.existing.yaml.example\` are complete
examples.

## huggingFaceToken

Hugging Face token for downloading weights, required on every platform. It starts with \`hf_\` and must be a secret:

\`\`\`
pulumi config set --secret llm-d:huggingFaceToken
\`\`\`

## gatewayPrivateKey

Private key of \`gateway.tls.certificate\` in PEM form, only for that mode. It must be a secret:

\`\`\`
pulumi config set --secret llm-d:gatewayPrivateKey < key.pem
\`\`\`
`;

/** The text of the page. */
export async function renderPage(): Promise<string> {
  const prettier = await import("prettier");
  const text = `${INTRODUCTION}\n\n${describeSettings(schemaTree)}\n`;
  return prettier.format(text, { ...(await prettier.resolveConfig(PAGE)), filepath: PAGE });
}

if (require.main === module) {
  void renderPage().then((page) => fs.writeFileSync(PAGE, page));
}
