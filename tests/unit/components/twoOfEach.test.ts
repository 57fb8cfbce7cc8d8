import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Keda } from "../../../components/autoscaling/keda";
import { ModelScaling } from "../../../components/autoscaling/modelScaling";
import { OwnedNamespace } from "../../../components/cluster/ownedNamespace";
import { EndpointPicker } from "../../../components/endpointPicker/endpointPicker";
import { InferenceExtension } from "../../../components/endpointPicker/inferenceExtension";
import { GatewayAccess } from "../../../components/gateway/gatewayAccess";
import { GatewayApi } from "../../../components/gateway/gatewayApi";
import { GatewayPods } from "../../../components/gateway/gatewayPods";
import { GatewayTls } from "../../../components/gateway/gatewayTls";
import { InferenceGateway } from "../../../components/gateway/inferenceGateway";
import { InferenceRoute } from "../../../components/gateway/inferenceRoute";
import { GpuOperator } from "../../../components/gpu/gpuOperator";
import { GpuReadiness } from "../../../components/gpu/gpuReadiness";
import { OpenshiftGpuOperator } from "../../../components/gpu/openshiftGpuOperator";
import { gpuSchema } from "../../../components/gpu/settings";
import type { Installation } from "../../../components/installation";
import { Istio } from "../../../components/istio/istio";
import { IstioCrds } from "../../../components/istio/istioCrds";
import { modelNames } from "../../../components/naming";
import { NetworkPolicies } from "../../../components/networkPolicies/networkPolicies";
import { ConstraintsBinding } from "../../../components/openshift/constraintsBinding";
import { OpenShiftRoute } from "../../../components/openshift/route";
import { HuggingFaceSecret } from "../../../components/serving/huggingFaceSecret";
import { ModelServer } from "../../../components/serving/modelServer";
import { ModelServerAccount } from "../../../components/serving/modelServerAccount";
import { Cluster } from "../../../stacks/platforms/eks/resources/cluster";
import { EfaDevicePlugin } from "../../../stacks/platforms/eks/resources/efaDevicePlugin";
import { GpuNodeGroup } from "../../../stacks/platforms/eks/resources/gpuNodeGroup";
import { LoadBalancerController } from "../../../stacks/platforms/eks/resources/loadBalancerController";
import { Network } from "../../../stacks/platforms/eks/resources/network";
import { SystemNodes } from "../../../stacks/platforms/eks/resources/systemNodes";
import { WorkloadAddons } from "../../../stacks/platforms/eks/resources/workloadAddons";
import { CacheHitValidation } from "../../../validation/cacheHitValidation";
import { acceptHooks, crd, endpointPicker, installation, model } from "../../support/components";

const ROOT = path.resolve(__dirname, "..", "..", "..");

/** Folders whose components are made here. `monitoring/` has its own test. */
const FOLDERS = ["components", "stacks/platforms/eks/resources", "validation"];

const CHARTS = Object.fromEntries(
  [
    ...["base", "istiod", "inferencepool", "llm-d-modelservice", "keda", "gpu-operator"],
    ...["aws-load-balancer-controller", "aws-efa-k8s-device-plugin"],
  ].map((chart) => [chart, { chart, version: "1.0.0" }]),
);
const ADDONS = {
  "vpc-cni": "v1",
  coredns: "v1",
  "kube-proxy": "v1",
  "eks-pod-identity-agent": "v1",
  "eks-node-monitoring-agent": "v1",
  "aws-ebs-csi-driver": "v1",
};
const WAIT = { timeoutSeconds: 60 };
const PARTITION = { partition: "aws", dnsSuffix: "amazonaws.com" };

/** The components of one cluster, once under the names of an environment, and once with a prefix. */
function build(target: Installation, prefix: string): void {
  const named = (usual: string): string => `${prefix}${usual}`;
  const namespace = named("llm-d");
  const crds = (name: string) => ({ installation: target, crds: [crd(`${name}.example.com`)] });
  const { names, serving } = { names: modelNames(prefix === "" ? undefined : "second"), serving: { namespace } };
  const gpu = gpuSchema.parse({});
  const gpuSettings = { driver: true, toolkit: true, mig: { strategy: "none" }, values: {} } as const;

  new OwnedNamespace(named("llm-d"), { installation: target, name: namespace });
  new GatewayApi(named("gateway-api"), crds("gateways"));
  new InferenceExtension(named("inference-extension"), crds("pools"));
  new IstioCrds(named("istio-crds"), crds("filters"));
  new Istio(named("istio"), {
    ...WAIT,
    installation: target,
    namespace: "istio-system",
    pilot: { replicas: 1, resources: { cpu: "1", memory: "1Gi" } },
    images: { pilot: "pilot:1", proxyv2: "proxy:1" },
    values: {},
  });
  new Keda(named("keda"), { ...WAIT, ...crds("scaledobjects"), watched: namespace, values: {} });
  new ModelScaling(named("ms-scaling"), {
    ...WAIT,
    namespace,
    deployment: named("ms"),
    prometheusUrl: "http://prometheus",
    settings: {
      minReplicas: 1,
      maxReplicas: 2,
      waitingRequests: 5,
      kvCachePercent: 80,
      pollingSeconds: 15,
      cooldownSeconds: 60,
    },
  });

  const gateway = { className: "istio", name: named("gw"), port: 80, exposure: "internal", ...WAIT } as const;
  const issuer = { name: "issuer", kind: "ClusterIssuer" } as const;
  new GatewayPods(named("gw-pods"), { ...serving, gatewayName: gateway.name, drainSeconds: 60, allowedCidrs: [] });
  new GatewayAccess(named("gw-access"), {
    ...serving,
    gatewayName: gateway.name,
    jwt: { issuer: "https://issuer", audiences: ["llm"], requiredClaims: {}, revokedSubjects: [] },
    rateLimit: { requestsPerSecond: 5 },
  });
  new GatewayTls(named("gw-tls"), {
    ...serving,
    ...WAIT,
    tls: { mode: "certManager", issuer },
    hostnames: ["a.example"],
  });
  new InferenceGateway(named("gw"), { ...serving, installation: target, gateway });
  new InferenceRoute(named("route"), {
    ...serving,
    ...WAIT,
    installation: target,
    routeName: named("route"),
    gatewayName: "gw",
    models: [],
  });
  new OpenShiftRoute(named("gw-route"), {
    ...serving,
    routeName: named("gw"),
    service: "gw",
    port: "http",
    route: { termination: "edge", timeoutSeconds: 60 },
    admissionTimeoutSeconds: 60,
  });
  new ConstraintsBinding(named("gw"), { ...serving, serviceAccount: named("gw") });
  new NetworkPolicies(named("network-policies"), {
    rules: [{ name: named("to-gateway"), namespace, pods: {}, from: [] }],
  });

  new HuggingFaceSecret(named("llm-d-hf-token"), { ...serving, token: "hf_test" });
  new ModelServerAccount(named("llm-d-model-server"), serving);
  new ModelServer(names.modelRelease, {
    ...serving,
    installation: target,
    releaseName: names.modelRelease,
    model: model(),
    image: "vllm:1",
    podLabels: names.podLabels,
    authSecretName: "token",
    serviceAccountName: "account",
    autoscaled: false,
  });
  new EndpointPicker(names.poolRelease, {
    ...serving,
    ...WAIT,
    ...endpointPicker(),
    installation: target,
    releaseName: names.poolRelease,
    rolling: false,
  });

  new GpuOperator(named("gpu-operator"), { ...WAIT, ...crds("clusterpolicies"), settings: gpuSettings });
  for (const nfd of ["operator", "labels"] as const) {
    new OpenshiftGpuOperator(nfd === "operator" ? named("openshift-gpu-operator") : named("labelled-gpu-operator"), {
      ...WAIT,
      installation: target,
      settings: { ...gpuSettings, timeSlicing: { replicas: 2, failRequestsGreaterThanOne: true } },
      olm: { ...gpu.olm, nfd, nodes: ["node-a"] },
    });
  }
  new GpuReadiness(named("gpu-readiness"), {
    ...serving,
    ...WAIT,
    installation: target,
    expectation: { policy: true, nodes: [] },
    settings: {},
  });

  const aws = named("llm-d-dev");
  const objects = { objectPrefix: prefix };
  const inAws = { region: "us-east-1", clusterName: aws, tags: {} };
  const zone = "us-east-1a";
  new Network(aws, {
    ...inAws,
    cidr: "10.0.0.0/16",
    zones: [zone, "us-east-1b"],
    nat: "perZone",
    interfaceEndpoints: true,
    flowLogs: { enabled: true, retentionDays: 30 },
  });
  new Cluster(aws, {
    ...inAws,
    version: "1.33",
    subnetIds: ["subnet-a"],
    endpoint: { public: false, publicCidrs: [] },
    logTypes: ["api"],
    logRetentionDays: 90,
    adminPrincipals: ["arn:aws:iam::123456789012:role/admin"],
    caller: "arn:aws:iam::123456789012:user/me",
    addons: ADDONS,
    protect: false,
  });
  const nodes = {
    ...inAws,
    amiRelease: "1.33",
    subnetIds: ["subnet-a"],
    minSize: 1,
    maxSize: 1,
    desiredSize: 1,
    diskGiB: 9,
  };
  new SystemNodes(`${aws}-system`, { ...nodes, instanceType: "m6i.xlarge" });
  new GpuNodeGroup(`${aws}-gpu`, {
    ...nodes,
    clusterSecurityGroupId: "sg-1",
    vpcId: "vpc-1",
    zone,
    instanceType: "p4d.24xlarge",
    facts: { networkCards: 4, efaInterfaces: 4, instanceStore: true, maxPods: 737 },
    capacity: { type: "onDemand" },
    efa: true,
    placementGroup: true,
    taint: true,
    autoscaled: true,
  });
  new WorkloadAddons(aws, {
    ...inAws,
    ...objects,
    versions: ADDONS,
    sharedInterfaces: 4,
    listVolumes: () => Promise.resolve([]),
  });
  new LoadBalancerController(aws, { ...inAws, ...objects, ...WAIT, ...crds("bindings"), vpcId: "vpc-1" });
  new EfaDevicePlugin(named("efa-device-plugin"), { ...WAIT, installation: target });

  new CacheHitValidation(named("cache-hit-validation"), {
    ...serving,
    ...WAIT,
    image: "node:22",
    settings: {} as never,
    pickerConfigMaps: [],
    job: true,
    tekton: true,
    subject: "subject",
  });
}

/** A registration, as far as the SDK's mocks hide it. */
interface Registration {
  getType(): string;
  getName(): string;
}
type Register = (request: Registration, callback: (error: unknown, response?: { getUrn(): string }) => void) => void;

/** URNs and types of everything that a program registers. The mocks put only the parent's type into a URN. */
async function registered(run: () => void): Promise<{ readonly urns: string[]; readonly types: Set<string> }> {
  const urns: string[] = [];
  const types = new Set<string>();
  await pulumi.runtime.setMocks(
    {
      call: ({ token }) => (token.endsWith(":getPartition") ? PARTITION : {}),
      newResource: ({ name, inputs, type }) => ({
        id: `${name}-id`,
        state: {
          ...(inputs as object),
          arn: `arn:aws:test:::${name}`,
          latestVersion: 1,
          endpoint: "https://cluster.example.com",
          certificateAuthority: { data: "Y2E=" },
          resources: [{ autoscalingGroups: [{ name: "asg" }] }],
          status: {
            version: "1",
            nodeInfo: { kernelVersion: "5", osImage: "Red Hat Enterprise Linux CoreOS 416.94.202406172220-0 (Plow)" },
            addresses: [{ value: "10.0.0.1" }],
            ingress: [{ host: "gw.example.com" }],
          },
          ...(type.startsWith("kubernetes:helm") ? { name } : {}),
        },
      }),
    },
    "llm-d",
    "test",
    false,
  );
  const monitor = acceptHooks();
  const register = (monitor["registerResource"] as Register).bind(monitor);
  monitor["registerResource"] = ((request, callback) =>
    register(request, (error, response) => {
      types.add(request.getType());
      if (response !== undefined) urns.push(response.getUrn());
      callback(error, response);
    })) satisfies Register;
  await pulumi.runtime.runInPulumiStack(() => {
    run();
    return Promise.resolve(undefined);
  });
  // The SDK keeps the function that waits for registrations out of its type declarations.
  await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
  return { urns, types };
}

/** Type tokens of all components below a folder. */
function tokens(folder: string): string[] {
  return (fs.readdirSync(path.join(ROOT, folder), { recursive: true }) as string[])
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => [...fs.readFileSync(path.join(ROOT, folder, file), "utf8").matchAll(/super\("(llmd:[^"]+)"/g)])
    .map(([, token = ""]) => token);
}

describe("a stack with two of each component", () => {
  it("has no two resources of the same URN", async function () {
    this.timeout(60_000);
    const { urns, types } = await registered(() => {
      build(installation(CHARTS), "");
      build(installation(CHARTS, "second"), "second-");
    });
    const missing = FOLDERS.flatMap(tokens).filter((token) => !types.has(token));
    assert.deepEqual(missing, [], "components that this test does not make");
    assert.deepEqual(
      urns.filter((urn, index) => urns.indexOf(urn) !== index),
      [],
    );
    // The engine applies the `transforms` of a component to its children, and the mocks have no engine. Shown here is what makes
    // transforms reach every resource: its parent is a component.
    assert.deepEqual(
      urns.filter((urn) => /pulumi:pulumi:Stack\$(?!llmd:|pulumi:providers:)/.test(urn)),
      [],
    );
  });
});
