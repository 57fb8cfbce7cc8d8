import * as assert from "node:assert/strict";
import { EfaDevicePlugin } from "../../../../components/aws/efaDevicePlugin";
import {
  LoadBalancerController,
  loadBalancerControllerValues,
  NETWORK_LOAD_BALANCER_ANNOTATIONS,
} from "../../../../components/aws/loadBalancerController";
import { loadBalancerPolicy } from "../../../../components/aws/loadBalancerPolicy";
import { InferenceGateway } from "../../../../components/gateway/inferenceGateway";
import { at } from "../support";
import { crd, make, only, prerequisites, RELEASES } from "./support";

const TAGS = { "llm-d.ai/environment": "llm-d/test" };

describe("the load balancer controller", () => {
  const build = () =>
    make(
      () =>
        new LoadBalancerController("llm-d-dev", {
          releases: RELEASES,
          crds: [crd("targetgroupbindings.elbv2.k8s.aws")],
          clusterName: "llm-d-dev",
          region: "us-east-1",
          vpcId: "vpc-1",
          tags: TAGS,
          timeoutSeconds: 600,
        }),
    );

  it("starts with its kinds and its rights, and ends before it loses them", async () => {
    const made = await build();
    const release = only(made, "Release");
    const association = only(made, "PodIdentityAssociation");
    assert.deepEqual(
      [association.inputs["namespace"], association.inputs["serviceAccount"]],
      [release.inputs["namespace"], at(release.inputs, "values", "serviceAccount", "name")],
    );
    assert.ok(release.dependencies.includes(only(made, "CustomResourceDefinition").urn));
    assert.ok(release.dependencies.includes(association.urn));
    assert.ok(prerequisites(release, made).has(only(made, "RolePolicy").urn));
  });

  it("is told what it cannot look up, tags what it makes, and leaves Gateways and Services to those they are of", () => {
    const values = loadBalancerControllerValues({ clusterName: "c", region: "r", vpcId: "vpc-1", tags: TAGS });
    assert.deepEqual([values["clusterName"], values["region"], values["vpcId"]], ["c", "r", "vpc-1"]);
    assert.deepEqual(values["defaultTags"], TAGS);
    assert.equal(values["enableServiceMutatorWebhook"], false);
    assert.deepEqual(at(values, "controllerConfig", "featureGates"), { NLBGatewayAPI: false, ALBGatewayAPI: false });
  });

  it("may change and delete only what carries its cluster's tag", () => {
    const statements = loadBalancerPolicy("llm-d-dev", "us-east-1");
    const deleting = statements.filter(({ Action }) =>
      [Action].flat().some((action) => /:Delete(?!Listener)/.test(action)),
    );
    assert.equal(deleting.length, 2);
    for (const { Condition } of deleting) {
      assert.deepEqual(Condition, { StringEquals: { "aws:ResourceTag/elbv2.k8s.aws/cluster": "llm-d-dev" } });
    }
    // Inline policies of a role: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html.
    assert.ok(JSON.stringify(loadBalancerPolicy("x".repeat(40), "us-gov-west-1")).length < 10_240);
    assert.doesNotMatch(JSON.stringify(statements), /"\*:\*"|"Action":"\*"|waf|shield|cognito/);
  });

  it("is asked for by the Gateway's Service, internal unless exposed", async () => {
    for (const exposure of ["internal", "internet-facing"] as const) {
      const made = await make(
        () =>
          new InferenceGateway("gw", {
            namespace: "llm-d",
            gateway: { className: "istio", name: "gw", port: 80, exposure, timeoutSeconds: 60 },
            serviceAnnotations: NETWORK_LOAD_BALANCER_ANNOTATIONS,
          }),
      );
      const annotations = at(only(made, "Gateway").inputs, "spec", "infrastructure", "annotations");
      assert.equal(at(annotations, "service.beta.kubernetes.io/aws-load-balancer-type"), "external");
      assert.equal(at(annotations, "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"), "ip");
      assert.equal(at(annotations, "service.beta.kubernetes.io/aws-load-balancer-scheme"), exposure);
    }
  });
});

describe("the EFA device plugin", () => {
  it("runs on GPU nodes, taint or not", async () => {
    const made = await make(() => new EfaDevicePlugin("efa", { releases: RELEASES, timeoutSeconds: 600 }));
    const { inputs } = only(made, "Release");
    assert.equal(inputs["chart"], "/mirror/aws-efa-k8s-device-plugin");
    assert.deepEqual(inputs["values"], {
      nodeSelector: { "llm-d.ai/node-group": "gpu" },
      tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
    });
  });
});
