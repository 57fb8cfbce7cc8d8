import * as assert from "node:assert/strict";
import { gpuExpectation } from "../../../../components/gpu/layer";
import type { EnvironmentConfig } from "../../../../stacks/config";
import { platformNamed } from "../../../../stacks/platforms";
import { usedPins } from "../../../../stacks/usedPins";
import { parse, parseAws } from "../../../support/configurations";

const GROUP = { "llm-d.ai/node-group": "gpu" };

/** What the GPU layer expects of the nodes of an environment. */
const expectation = (config: EnvironmentConfig) =>
  gpuExpectation(config.gpu, platformNamed(config.platform).gpuNodes(config));

describe("what GPU nodes have to advertise", () => {
  it("is what the instance type has, on as many nodes as there are to be", () => {
    const config = parseAws({ gpuNodes: { zone: "us-east-1a", desiredSize: 2, maxSize: 2 } });
    assert.deepEqual(expectation(config), {
      policy: true,
      nodes: [{ name: "GPU nodes (p4d.24xlarge)", selector: GROUP, minimum: 2, model: "A100-SXM4-40GB", perNode: 8 }],
    });
  });

  it("is of no number of nodes where a schedule or an autoscaler decides it", () => {
    const minimum = (gpuNodes: object): number | undefined => expectation(parseAws({ gpuNodes })).nodes[0]?.minimum;
    assert.equal(minimum({ schedule: { timeZone: "Europe/Berlin", start: "0 8 * * 1-5", stop: "0 18 * * 1-5" } }), 0);
    assert.equal(minimum({ autoscaled: true, minSize: 0 }), 0);
    assert.equal(minimum({ desiredSize: 0 }), 0);
  });

  it("is multiplied by time slicing, and replaced by what is set", () => {
    const models = [{ name: "meta-llama/Llama-3.1-8B-Instruct", gpuMemoryUtilization: 0.2 }];
    const perNode = (gpu: object) => expectation(parseAws({}, { gpu, models })).nodes[0]?.perNode;
    assert.equal(perNode({ timeSlicing: { replicas: 4 } }), 32);
    assert.equal(perNode({ mig: { strategy: "single", layout: "all-1g.5gb" }, gpusPerNode: 56 }), 56);
    assert.equal(perNode({ mig: { strategy: "mixed" } }), undefined);
  });

  it("is anything at all on a cluster of somebody else, without a policy where nobody installs one", () => {
    assert.deepEqual(expectation(parse()), { policy: false, nodes: [{ name: "GPU nodes", minimum: 1 }] });
    const set = expectation(parse({ gpu: { operator: "helm", gpusPerNode: 4 } }));
    assert.deepEqual(set, { policy: true, nodes: [{ name: "GPU nodes", minimum: 1, perNode: 4 }] });
  });
});

describe("the GPU Operator's chart and CRDs", () => {
  it("are only installed where the program installs the operator with Helm", () => {
    const used = (config: EnvironmentConfig) => {
      const { charts, crds } = usedPins(config);
      const names = ["gpu-operator", "gpu-operator-crds", "nvidia-driver-crds", "node-feature-discovery-crds"];
      return names.filter((name) => name in charts || name in crds).length;
    };
    assert.equal(used(parseAws()), 4);
    assert.equal(used(parse()), 0);
    assert.equal(used(parse({ gpu: { operator: "olm" } })), 0);
  });
});
