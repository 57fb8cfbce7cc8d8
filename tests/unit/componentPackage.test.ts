import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { GpuNodes, type GpuNodesArgs } from "../../plugin/gpuNodes";
import { ServedModel, type ServedModelArgs } from "../../plugin/servedModel";
import { at, make } from "../support/components";

const MODEL: ServedModelArgs = {
  namespace: "serving",
  model: "org/model",
  gatewayName: "gateway",
  huggingFaceSecret: "token",
};

const NODES: GpuNodesArgs = {
  region: "us-east-1",
  clusterName: "cluster",
  kubernetesVersion: "1.33",
  clusterSecurityGroupId: "sg-1",
  vpcId: "vpc-1",
  subnetId: "subnet-1",
  zone: "us-east-1a",
  efa: true,
};

/** The answers of AWS that the components read. */
const AWS = {
  call: (token: string): object => {
    if (token.endsWith("getPartition:getPartition")) return { partition: "aws", dnsSuffix: "amazonaws.com" };
    throw new Error(`Mock not implemented: ${token}`);
  },
  outputs: (type: string): object => ({
    resources: type === "aws:eks/nodeGroup:NodeGroup" ? [{ autoscalingGroups: [{ name: "asg" }] }] : [],
  }),
};

describe("the components of the package", () => {
  it("serve a model with a service account, replicas, an endpoint picker and a route", async () => {
    const made = await make(() => {
      new ServedModel("llama", { ...MODEL, replicas: 2 });
    });
    const releases = made.filter(({ type }) => type === "kubernetes:helm.sh/v3:Release").map(({ inputs }) => inputs);
    assert.deepEqual(releases.map(({ chart }) => String(chart).split("/").at(-1)).sort(), [
      "inferencepool",
      "llm-d-modelservice",
    ]);
    const model = releases.find(({ chart }) => chart === "llm-d-modelservice");
    assert.equal((model?.["values"] as { decode: { replicas: number } }).decode.replicas, 2);
    const types = made.map(({ type }) => type);
    for (const type of ["kubernetes:core/v1:ServiceAccount", "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"]) {
      assert.ok(types.includes(type), type);
    }
  });

  it("give a model with an id its own names and path, and keep the names of the model without an id", async () => {
    const made = await make(() => {
      new ServedModel("llama", MODEL);
      new ServedModel("qwen", { ...MODEL, modelId: "qwen", gatewayName: "gateway-qwen" });
    });
    const kubernetes = made.filter(({ type }) => type.startsWith("kubernetes:"));
    const names = kubernetes.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`).sort();
    assert.deepEqual(names, [
      "HTTPRoute llama-route",
      "HTTPRoute qwen-route",
      "PodDisruptionBudget ms-llm-d-modelservice",
      "PodDisruptionBudget ms-qwen-llm-d-modelservice",
      "Release llama",
      "Release llama-picker",
      "Release qwen",
      "Release qwen-picker",
      "ServiceAccount llama-account",
      "ServiceAccount qwen-account",
    ]);
    const objects = kubernetes.map(({ type, inputs }) => {
      const { name } = (inputs["metadata"] ?? inputs) as { name: string };
      return `${type} ${name}`;
    });
    assert.equal(new Set(objects).size, objects.length, objects.join(", "));
    const paths = kubernetes
      .filter(({ type }) => type.endsWith(":HTTPRoute"))
      .map(({ inputs }) => at(inputs, "spec", "rules", 0, "matches", 0, "path", "value"));
    assert.deepEqual(paths, ["/", "/qwen"]);
  });

  it("refuse a model that the configuration would refuse, with the path of each wrong property", () => {
    assert.throws(
      () => new ServedModel("llama", { ...MODEL, model: "", modelId: "Not a label", tensorParallel: 3 }),
      (error: unknown) => {
        assert.ok(error instanceof pulumi.InputPropertiesError);
        assert.deepEqual(error.errors?.map(({ propertyPath }) => propertyPath).sort(), [
          "model",
          "modelId",
          "tensorParallel",
        ]);
        assert.match(error.message, /tensorParallel/);
        return true;
      },
    );
  });

  it("make GPU nodes with EFA on all network cards", async () => {
    const made = await make(() => {
      new GpuNodes("gpu", NODES);
    }, AWS);
    const template = made.find(({ type }) => type === "aws:ec2/launchTemplate:LaunchTemplate")?.inputs;
    assert.equal((template?.["networkInterfaces"] as unknown[]).length, 4);
    assert.equal(template?.["instanceType"], "p4d.24xlarge");
  });

  it("refuse an instance type and a Kubernetes version that are not in the tables", () => {
    assert.throws(() => new GpuNodes("gpu", { ...NODES, instanceType: "m5.large" }), /none of .*p4d\.24xlarge/);
    assert.throws(() => new GpuNodes("gpu", { ...NODES, kubernetesVersion: "1.2" }), /none of .*1\.33/);
  });
});
