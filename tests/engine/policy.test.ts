import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { PROJECT_ROOT } from "../../local/state";
import { EksStack } from "../support/eksStack";
import { HUGGING_FACE_TOKEN } from "../support/environment";
import { pulumi } from "../support/preview";
import { sharedEnvironment } from "../support/shared";

const PACK = ["--policy-pack", path.join(PROJECT_ROOT, "policy")];

/** Two stacks with forbidden settings, and the rules that must refuse them. */
const BAD: [stack: string, config: Record<string, string>, ...rules: string[]][] = [
  [
    "dev",
    {
      "llm-d:aws.gpuNodes.maxSize": "9",
      // This replaces the list of containers, and so removes the GPU limit.
      "llm-d:models[0].values.decode.containers[0].image": "example.com/vllm:latest",
    },
    "gpu-nodes",
    "gpu-pods",
    "pinned-images",
  ],
  [
    "prod",
    {
      "llm-d:gateway.exposure": "internet-facing",
      "llm-d:aws.cluster.endpoint.public": "true",
      "llm-d:aws.cluster.endpoint.publicCidrs[0]": "52.95.110.1/32",
    },
    "private-cluster-endpoint",
    "private-gateway",
  ],
];

describe("the policy pack, with the real engine", function () {
  this.timeout(900_000);

  for (const name of ["dev", "prod"]) {
    it(`accepts the ${name} stack`, async () => {
      const stack = await EksStack.open(name);
      try {
        assert.match(await stack.pulumi("preview", ...PACK), /✅ llm-d@v[\d.]+ \(local: .*policy\)/);
      } finally {
        stack.remove();
      }
    });
  }

  it("accepts the local stack", async () => {
    const text = await pulumi(await sharedEnvironment(), "preview", ...PACK);
    assert.match(text, /✅ llm-d@v[\d.]+ \(local: .*policy\)/);
  });

  for (const [name, config, ...rules] of BAD) {
    it(`refuses the ${name} stack with forbidden settings, and \`make preview\` names the rules: ${rules.join(", ")}`, async () => {
      const stack = await EksStack.open(name, { config });
      try {
        const comment = path.join(stack.dir, "comment.md");
        await assert.rejects(stack.command("operations/preview/cli.ts", "--markdown", comment), (error: Error) => {
          const text = (error as Error & { stdout: string }).stdout;
          const [summary = ""] = /\n\d+ to create; 0 unchanged\n[\s\S]*$/.exec(text) ?? [];
          const refused = [...summary.matchAll(/^ {2}([a-z-]+): /gm)].map(([, rule]) => rule ?? "");
          assert.deepEqual([...new Set(refused)].sort(), rules, summary.slice(0, 4000));
          assert.match(summary, /\nCost:\n {2}about \d+\.\d\d USD an hour/);
          assert.ok(!text.includes(HUGGING_FACE_TOKEN));
          return true;
        });
        const markdown = fs.readFileSync(comment, "utf8");
        assert.ok(markdown.startsWith(`### Preview of \`${name}\``) && markdown.includes("**Policy violations**"));
        assert.ok(!markdown.includes(HUGGING_FACE_TOKEN));
      } finally {
        stack.remove();
      }
    });
  }
});
