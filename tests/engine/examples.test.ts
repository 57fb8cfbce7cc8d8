import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { T } from "../fakes/aws/rules";
import { PROJECT_ROOT } from "../../local/state";
import { ensureToolchain } from "../../local/toolchain";
import { AwsStack } from "../support/aws";

const EXAMPLES = path.join(PROJECT_ROOT, "examples");
const CLUSTER = "someones-cluster";

/** The resources that a program creates in a preview, as `type name`. */
async function previewed({ stack }: AwsStack): Promise<string[]> {
  const made: string[] = [];
  await stack.preview({
    onEvent: ({ resourcePreEvent }) => {
      const { op, type = "", urn = "" } = resourcePreEvent?.metadata ?? {};
      if (op === "create" && type !== "pulumi:pulumi:Stack") made.push(`${type} ${urn.split("::").at(-1)}`);
    },
  });
  return made;
}

describe("the examples, in previews", function () {
  this.timeout(300_000);
  let stack: AwsStack;
  before(async () => {
    // The preview must succeed although the cluster does not exist yet.
    stack = await AwsStack.open({ KUBECONFIG: "/nonexistent" }, [
      { name: "llm-d", path: path.join(PROJECT_ROOT, "plugin") },
    ]);
    await stack.stack.setAllConfig({
      "aws:region": { value: "us-east-1" },
      clusterName: { value: CLUSTER },
      subnetId: { value: "subnet-1" },
      zone: { value: "us-east-1a" },
    });
  });
  after(() => stack?.remove());

  it("gpu-nodes makes one node group with its launch template", async () => {
    stack.account.change(({ resources }) =>
      resources.push({
        type: T.cluster,
        id: CLUSTER,
        inputs: {},
        outputs: { name: CLUSTER, vpcConfig: { clusterSecurityGroupId: "sg-1", vpcId: "vpc-1" } },
      }),
    );
    // Loading the module runs the program.
    stack.program = () => Promise.resolve(createRequire(__filename)(path.join(EXAMPLES, "gpu-nodes")) as object);
    const made = await previewed(stack);
    assert.ok(made.includes("llm-d:index:GpuNodes gpu"), made.join("\n"));
    for (const type of [T.nodeGroup, T.launchTemplate]) {
      assert.equal(made.filter((one) => one.startsWith(`${type} `)).length, 1, made.join("\n"));
    }
  });

  // No package registry has the YAML language host. A program in another process passes the example's properties instead.
  it("served-model makes a model with the package, from the properties of its YAML", async () => {
    const file = fs.readFileSync(path.join(EXAMPLES, "served-model", "Pulumi.yaml"), "utf8");
    const { resources } = parse(file) as {
      resources: Record<string, { type: string; properties: Record<string, unknown> }>;
    };
    const { mirror } = await ensureToolchain(["charts"], { quiet: true });
    stack.program = () => {
      for (const [name, { type, properties }] of Object.entries(resources)) {
        new pulumi.ComponentResource(type, name, { ...properties, chartMirror: mirror }, {}, true);
      }
      return Promise.resolve();
    };
    const made = await previewed(stack);
    for (const one of [
      "llm-d:index:ServedModel llama",
      "kubernetes:helm.sh/v3:Release llama",
      "kubernetes:helm.sh/v3:Release llama-picker",
      "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute llama-route",
    ]) {
      assert.ok(made.includes(one), `${one} is not in\n${made.join("\n")}`);
    }
  });
});
