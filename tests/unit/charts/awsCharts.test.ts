import * as assert from "node:assert/strict";
import { efaDevicePluginValues } from "../../../stacks/platforms/eks/resources/efaDevicePlugin";
import { loadBalancerControllerValues } from "../../../stacks/platforms/eks/resources/loadBalancerController";
import { INSTANCE_TYPE_NAMES, INSTANCE_TYPES } from "../../../stacks/platforms/eks/instanceTypes";
import { LANES } from "../../../stacks/versions";
import { leaves } from "../../support/charts";

const { charts } = LANES["istio-1.27"];

/**
 * Names of values that the charts (github.com/aws/eks-charts) have in these versions and that the program sets, copied by hand.
 * `*` stands for any key. Neither chart has a schema, so it would silently ignore an unknown name.
 */
const CONTROLLER = {
  version: "3.5.0",
  values: [
    ...["clusterName", "region", "vpcId", "replicaCount", "serviceAccount.create", "serviceAccount.name"],
    ...["nodeSelector.*", "resources.*", "defaultTags.*", "keepTLSSecret", "enableServiceMutatorWebhook"],
    ...["createIngressClassResource", "ingressClassParams.create", "enableShield", "enableWaf", "enableWafv2"],
    // From pkg/config/feature_gates.go of the controller, which does not start with an unknown gate.
    ...["controllerConfig.featureGates.NLBGatewayAPI", "controllerConfig.featureGates.ALBGatewayAPI"],
  ],
};
const DEVICE_PLUGIN = {
  version: "v0.5.30",
  values: ["nodeSelector.*", "tolerations", "image.repository"],
  /** Instance types that the chart's own node affinity allows. */
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
  it("were copied from the pinned versions; copy them again when these change", () => {
    assert.equal(charts["aws-load-balancer-controller"].version, CONTROLLER.version);
    assert.equal(charts["aws-efa-k8s-device-plugin"].version, DEVICE_PLUGIN.version);
  });

  it("contain only names that the load balancer controller's chart has", () => {
    const tags = { "llm-d.ai/environment": "llm-d/dev" };
    const values = loadBalancerControllerValues({ clusterName: "c", region: "us-east-1", vpcId: "vpc-1", tags });
    assert.deepEqual(unknown(values, CONTROLLER.values), []);
  });

  it("contain only names that the EFA device plugin's chart has", () => {
    assert.deepEqual(unknown(efaDevicePluginValues(), DEVICE_PLUGIN.values), []);
    assert.deepEqual(unknown(efaDevicePluginValues("registry.example.com"), DEVICE_PLUGIN.values), []);
  });

  it("allow the EFA device plugin on every instance type with EFA", () => {
    const withEfa = INSTANCE_TYPE_NAMES.filter((name) => INSTANCE_TYPES[name].efaInterfaces > 0);
    assert.deepEqual(
      withEfa.filter((name) => !DEVICE_PLUGIN.types.includes(name)),
      [],
    );
  });
});
