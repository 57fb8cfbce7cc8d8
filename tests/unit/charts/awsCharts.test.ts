import * as assert from "node:assert/strict";
import { efaDevicePluginValues } from "../../../stacks/platforms/eks/resources/efaDevicePlugin";
import { loadBalancerControllerValues } from "../../../stacks/platforms/eks/resources/loadBalancerController";
import { INSTANCE_TYPE_NAMES, INSTANCE_TYPES } from "../../../stacks/platforms/eks/instanceTypes";
import { LANES } from "../../../stacks/versions";
import { leaves } from "../../support/charts";

const { charts } = LANES["istio-1.27"];

/**
 * What was read of the charts (github.com/aws/eks-charts) in these versions, and rendered with the program's values: names of
 * values, as far as the program sets them. An empty list is an object that is free to be filled in. Neither chart has a
 * schema, so a name that it does not know would be ignored in silence.
 */
const CONTROLLER = {
  version: "3.5.0",
  values: [
    ...["clusterName", "region", "vpcId", "replicaCount", "serviceAccount.create", "serviceAccount.name"],
    ...["nodeSelector.*", "resources.*", "defaultTags.*", "keepTLSSecret", "enableServiceMutatorWebhook"],
    ...["createIngressClassResource", "ingressClassParams.create", "enableShield", "enableWaf", "enableWafv2"],
    // Of pkg/config/feature_gates.go of the controller; one that it does not know keeps it from starting.
    ...["controllerConfig.featureGates.NLBGatewayAPI", "controllerConfig.featureGates.ALBGatewayAPI"],
  ],
};
const DEVICE_PLUGIN = {
  version: "v0.5.30",
  values: ["nodeSelector.*", "tolerations", "image.repository"],
  /** Types among those that it lets its pods run on, by an affinity of its own. */
  types: [
    ...["p4d.24xlarge", "p4de.24xlarge", "p5.4xlarge", "p5.48xlarge", "p5en.48xlarge", "p6-b200.48xlarge"],
    ...["g6.8xlarge", "g6.12xlarge", "g6.16xlarge", "g6.24xlarge", "g6.48xlarge"],
    ...["g6e.8xlarge", "g6e.12xlarge", "g6e.16xlarge", "g6e.24xlarge", "g6e.48xlarge"],
  ],
};

const unknown = (values: unknown, known: readonly string[]): string[] =>
  leaves(values)
    .map((path) => path.join("."))
    .filter((path) => !known.some((one) => one === path || (one.endsWith(".*") && path.startsWith(one.slice(0, -1)))));

describe("values of the charts from AWS", () => {
  it("were read in the versions that are pinned; read them again when these change", () => {
    assert.equal(charts["aws-load-balancer-controller"].version, CONTROLLER.version);
    assert.equal(charts["aws-efa-k8s-device-plugin"].version, DEVICE_PLUGIN.version);
  });

  it("are ones that the load balancer controller's chart has", () => {
    const tags = { "llm-d.ai/environment": "llm-d/dev" };
    const values = loadBalancerControllerValues({ clusterName: "c", region: "us-east-1", vpcId: "vpc-1", tags });
    assert.deepEqual(unknown(values, CONTROLLER.values), []);
  });

  it("are ones that the EFA device plugin's chart has", () => {
    assert.deepEqual(unknown(efaDevicePluginValues(), DEVICE_PLUGIN.values), []);
    assert.deepEqual(unknown(efaDevicePluginValues("registry.example.com"), DEVICE_PLUGIN.values), []);
  });

  it("put the EFA device plugin on types that its chart takes", () => {
    const withEfa = INSTANCE_TYPE_NAMES.filter((name) => INSTANCE_TYPES[name].efaInterfaces > 0);
    assert.deepEqual(
      withEfa.filter((name) => !DEVICE_PLUGIN.types.includes(name)),
      [],
    );
  });
});
