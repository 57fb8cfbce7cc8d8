import * as assert from "node:assert/strict";
import {
  EfaDevicePlugin,
  efaDevicePluginValues,
} from "../../../../../../stacks/platforms/eks/resources/efaDevicePlugin";
import {
  LoadBalancerController,
  loadBalancerControllerValues,
  NETWORK_LOAD_BALANCER_ANNOTATIONS,
} from "../../../../../../stacks/platforms/eks/resources/loadBalancerController";
import { loadBalancerPolicy } from "../../../../../../stacks/platforms/eks/resources/loadBalancerPolicy";
import { acmAnnotations } from "../../../../../../components/gateway/gatewayTls";
import { InferenceGateway, type InferenceGatewayArgs } from "../../../../../../components/gateway/inferenceGateway";
import { EKS_REGISTRIES } from "../../../../../../stacks/platforms/eks/eksVersions";
import { at, crd } from "../../../../../support/components";
import { INSTALLATION, make, only, prerequisites } from "../../../../../support/eksResources";

const TAGS = { "llm-d.ai/environment": "llm-d/test" };

describe("the load balancer controller", () => {
  const build = () =>
    make(
      () =>
        new LoadBalancerController("llm-d-dev", {
          installation: INSTALLATION,
          crds: [crd("targetgroupbindings.elbv2.k8s.aws")],
          clusterName: "llm-d-dev",
          region: "us-east-1",
          vpcId: "vpc-1",
          tags: TAGS,
          timeoutSeconds: 600,
        }),
    );

  it("depends on its CRDs and its rights", async () => {
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

  it("gets region and VPC as values, tags its resources, and ignores other Services and all Gateways", () => {
    const values = loadBalancerControllerValues({ clusterName: "c", region: "r", vpcId: "vpc-1", tags: TAGS });
    assert.deepEqual([values["clusterName"], values["region"], values["vpcId"]], ["c", "r", "vpc-1"]);
    assert.deepEqual(values["defaultTags"], TAGS);
    assert.equal(values["enableServiceMutatorWebhook"], false);
    assert.deepEqual(at(values, "controllerConfig", "featureGates"), { NLBGatewayAPI: false, ALBGatewayAPI: false });
  });

  it("may change and delete only resources with its cluster's tag", () => {
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

  it("is selected by the annotations of the Gateway's Service, with the scheme of the exposure", async () => {
    for (const exposure of ["internal", "internet-facing"] as const) {
      const made = await make(
        () =>
          new InferenceGateway("gw", {
            installation: INSTALLATION,
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

describe("the annotations of the gateway's Service", () => {
  const gateway = { className: "istio", name: "gw", port: 443, timeoutSeconds: 60 } as const;
  const acm = {
    at: "loadBalancer",
    annotations: acmAnnotations("arn:aws:acm:us-east-1:1:certificate/c", 443),
  } as const;
  const gatewayWith = (
    args: Pick<InferenceGatewayArgs, "cloud" | "serviceAnnotations" | "tls">,
    exposure = "internal",
  ) =>
    make(
      () =>
        new InferenceGateway("gw", {
          installation: INSTALLATION,
          namespace: "llm-d",
          gateway: { ...gateway, exposure: exposure as "internal" | "internet-facing" },
          ...args,
        }),
    );

  const PLATFORMS = {
    eks: { cloud: "aws", serviceAnnotations: NETWORK_LOAD_BALANCER_ANNOTATIONS },
    existing: {},
  } as const;
  for (const [platform, args] of Object.entries(PLATFORMS)) {
    for (const exposure of ["internal", "internet-facing"]) {
      for (const tls of [undefined, { at: "gateway", secretName: "tls" }, acm] as const) {
        it(`fit into a Gateway on platform ${platform}, ${exposure}, ${tls === undefined ? "without TLS" : `TLS ends at the ${tls.at}`}`, async () => {
          const made = await gatewayWith({ ...args, ...(tls === undefined ? {} : { tls }) }, exposure);
          const annotations = at(only(made, "Gateway").inputs, "spec", "infrastructure", "annotations") as object;
          assert.ok(Object.keys(annotations).length <= 8);
          // The API requires keys of this form, and strings as values.
          for (const [key, value] of Object.entries(annotations)) {
            assert.match(key, /^[a-z0-9.-]+\/[a-z0-9.-]+$/);
            assert.equal(typeof value, "string");
          }
        });
      }
    }
  }

  it("are refused before any resource is made when a Gateway would get too many", async () => {
    const more = Object.fromEntries(Array.from({ length: 3 }, (_, index) => [`example.com/${index}`, "x"]));
    const serviceAnnotations = { ...NETWORK_LOAD_BALANCER_ANNOTATIONS, ...more };
    await assert.rejects(gatewayWith({ cloud: "aws", serviceAnnotations, tls: acm }), /would need 9 annotations/);
  });
});

describe("the EFA device plugin", () => {
  it("runs on GPU nodes with and without the taint", async () => {
    const made = await make(() => new EfaDevicePlugin("efa", { installation: INSTALLATION, timeoutSeconds: 600 }));
    const { inputs } = only(made, "Release");
    assert.equal(inputs["chart"], "/mirror/aws-efa-k8s-device-plugin");
    assert.deepEqual(inputs["values"], {
      nodeSelector: { "llm-d.ai/node-group": "gpu" },
      tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
    });
  });

  it("comes from a registry of the nodes' own partition, because they can log in to no other", () => {
    const registry = EKS_REGISTRIES["us-gov-west-1"];
    assert.equal(
      at(efaDevicePluginValues(registry), "image", "repository"),
      "013241004608.dkr.ecr.us-gov-west-1.amazonaws.com/eks/aws-efa-k8s-device-plugin",
    );
    assert.equal(EKS_REGISTRIES["us-east-1"], undefined);
  });
});
