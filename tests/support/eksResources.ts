import * as pulumi from "@pulumi/pulumi";
import { acceptHooks, installation } from "./components";

/** A resource as the program registered it. */
export interface Made {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly parent: string;
  readonly inputs: Record<string, unknown>;
  /** URNs of its dependencies, by `dependsOn` or by a property. */
  readonly dependencies: readonly string[];
  /** Those of them that follow from a property. */
  readonly implied: readonly string[];
  /** The calls that made it: the lines of a stack trace, innermost first. */
  readonly calls: readonly string[];
  readonly deletedWith: string;
  readonly provider: string;
  readonly ignoreChanges: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

/** Outputs that a provider adds to the inputs, by resource type. Any other type fails the test. */
const OUTPUTS: Readonly<Record<string, (name: string, inputs: Record<string, unknown>) => object>> = {
  "pulumi:providers:aws": () => ({}),
  "pulumi:providers:kubernetes": () => ({}),
  "pulumi:providers:llmd-crds": () => ({}),
  "aws:ec2/vpc:Vpc": () => ({}),
  "aws:ec2/internetGateway:InternetGateway": () => ({}),
  "aws:ec2/subnet:Subnet": () => ({}),
  "aws:ec2/routeTable:RouteTable": () => ({}),
  "aws:ec2/routeTableAssociation:RouteTableAssociation": () => ({}),
  "aws:ec2/route:Route": () => ({}),
  "aws:ec2/eip:Eip": () => ({}),
  "aws:ec2/natGateway:NatGateway": () => ({}),
  "aws:ec2/vpcEndpoint:VpcEndpoint": () => ({}),
  "aws:ec2/securityGroup:SecurityGroup": () => ({}),
  "aws:ec2/flowLog:FlowLog": () => ({}),
  "aws:ec2/placementGroup:PlacementGroup": () => ({}),
  "aws:ec2/launchTemplate:LaunchTemplate": () => ({ latestVersion: 1 }),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": () => ({}),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": () => ({}),
  "aws:cloudwatch/logGroup:LogGroup": (name) => ({ arn: `arn:aws:logs:::log-group:${name}` }),
  "aws:kms/key:Key": (name) => ({ arn: `arn:aws:kms:::key/${name}`, keyId: name }),
  "aws:kms/alias:Alias": () => ({}),
  "aws:iam/role:Role": (name) => ({ arn: `arn:aws:iam::123456789012:role/${name}` }),
  "aws:iam/rolePolicy:RolePolicy": () => ({}),
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": () => ({}),
  "aws:eks/cluster:Cluster": (name, inputs) => ({
    endpoint: `https://${name}.example.com`,
    certificateAuthority: { data: "Y2E=" },
    vpcConfig: { ...(inputs["vpcConfig"] as object), clusterSecurityGroupId: "sg-cluster" },
  }),
  "aws:eks/addon:Addon": () => ({}),
  "aws:eks/accessEntry:AccessEntry": () => ({}),
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": () => ({}),
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": () => ({}),
  "aws:eks/nodeGroup:NodeGroup": (name) => ({ resources: [{ autoscalingGroups: [{ name: `eks-${name}` }] }] }),
  "aws:autoscaling/schedule:Schedule": () => ({}),
  "aws:autoscaling/tag:Tag": () => ({}),
  "aws:ec2/tag:Tag": () => ({}),
  "kubernetes:storage.k8s.io/v1:StorageClass": () => ({}),
  "llmd-crds:index:CustomResourceDefinition": () => ({}),
  "kubernetes:helm.sh/v3:Release": () => ({ status: { version: "1" } }),
  "kubernetes:core/v1:Namespace": () => ({}),
  "kubernetes:core/v1:Secret": () => ({}),
  "kubernetes:core/v1:ConfigMap": () => ({}),
  "kubernetes:gateway.networking.k8s.io/v1:Gateway": () => ({
    status: { addresses: [{ value: "balancer.example.com" }] },
  }),
  "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute": () => ({}),
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": () => ({}),
  "kubernetes:route.openshift.io/v1:Route": (name) => ({
    status: { ingress: [{ host: `${name}-llm-d.apps.example.com` }] },
  }),
  ...Object.fromEntries(
    [
      "core/v1:ConfigMap",
      "core/v1:ServiceAccount",
      "gateway.networking.k8s.io/v1beta1:ReferenceGrant",
      "monitoring.coreos.com/v1:PodMonitor",
      "monitoring.coreos.com/v1:PrometheusRule",
      "networking.k8s.io/v1:NetworkPolicy",
      "policy/v1:PodDisruptionBudget",
      "rbac.authorization.k8s.io/v1:ClusterRole",
      "rbac.authorization.k8s.io/v1:ClusterRoleBinding",
    ].map((kind) => [`kubernetes:${kind}`, () => ({})]),
  ),
  "random:index/randomPassword:RandomPassword": () => ({ result: "a password of a test" }),
};

/** The parts of a registration that the SDK's mocks do not pass on. */
interface Registration {
  getType(): string;
  getName(): string;
  getParent(): string;
  getDependenciesList(): string[];
  getPropertydependenciesMap(): { forEach(visit: (one: { getUrnsList(): string[] }) => void): void };
  getDeletedwith(): string;
  getProvider(): string;
  getIgnorechangesList(): string[];
  getDeletebeforereplace(): boolean;
}

type Register = (request: Registration, callback: (error: unknown, response: { getUrn(): string }) => void) => void;

/** Runs a program against mocks. @returns its resources, with their dependencies */
export async function make(
  build: () => unknown,
  invoke: (token: string, inputs: Record<string, unknown>) => Record<string, unknown> = (token) => {
    throw new Error(`Mock not implemented: ${token}`);
  },
): Promise<Made[]> {
  const made: Made[] = [];
  // The SDK only logs an error of a mock, so it is thrown again at the end.
  const unknown: Error[] = [];
  const inputsOf = new Map<string, { inputs: Record<string, unknown>; custom: boolean }>();
  await pulumi.runtime.setMocks(
    {
      call: ({ token, inputs }) => invoke(token, inputs as Record<string, unknown>),
      newResource: ({ type, name, inputs, custom }) => {
        inputsOf.set(`${type} ${name}`, { inputs: inputs as Record<string, unknown>, custom: custom === true });
        if (custom !== true) return { id: "", state: inputs as object };
        const outputs = OUTPUTS[type];
        if (outputs === undefined) {
          const error = new Error(`Mock not implemented: ${type} ${name}`);
          unknown.push(error);
          throw error;
        }
        const fromInputs = inputs as Record<string, unknown>;
        return { id: `${name}-id`, state: { ...fromInputs, ...outputs(name, fromInputs) } };
      },
    },
    "llm-d",
    "test",
    false,
  );
  const callsOf = new Map<string, readonly string[]>();
  // The SDK's mocks get only a part of a registration, so the rest is read from the monitor.
  const monitor = acceptHooks();
  const register = (monitor["registerResource"] as Register).bind(monitor);
  monitor["registerResource"] = ((request, callback) =>
    register(request, (error, response) => {
      const key = `${request.getType()} ${request.getName()}`;
      const seen = inputsOf.get(key);
      if (seen !== undefined && response !== undefined) {
        const implied: string[] = [];
        request.getPropertydependenciesMap().forEach((one) => implied.push(...one.getUrnsList()));
        made.push({
          urn: response.getUrn(),
          type: request.getType(),
          name: request.getName(),
          parent: request.getParent(),
          ...seen,
          dependencies: request.getDependenciesList(),
          implied,
          calls: callsOf.get(key) ?? [],
          deletedWith: request.getDeletedwith(),
          provider: request.getProvider(),
          ignoreChanges: request.getIgnorechangesList(),
          deleteBeforeReplace: request.getDeletebeforereplace(),
        });
      }
      callback(error, response);
    })) satisfies Register;
  await pulumi.runtime.runInPulumiStack(async () => {
    // It runs in the constructor of each resource. The stack trace of a registration lacks calls from anonymous functions.
    pulumi.runtime.registerStackTransformation(({ type, name }) => {
      callsOf.set(`${type} ${name}`, new Error().stack?.split("\n") ?? []);
      return undefined;
    });
    await build();
    return undefined;
  });
  // Registrations are still pending. The function that waits for them is not in the SDK's type declarations.
  await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
  if (unknown[0] !== undefined) throw unknown[0];
  return made;
}

/** The custom resources of a type, by its last part, such as `NodeGroup` or `Release`. */
export function ofType(made: readonly Made[], kind: string): Made[] {
  return made.filter(({ type, custom }) => custom && type.endsWith(`:${kind}`));
}

/** The only resource of a type, and of this name if one is given. */
export function only(made: readonly Made[], kind: string, name?: string): Made {
  const found = ofType(made, kind).filter((resource) => name === undefined || resource.name === name);
  const [one, ...more] = found;
  if (one === undefined || more.length > 0) {
    throw new Error(
      `${kind} ${name ?? ""}: ${found.length} of ${ofType(made, kind)
        .map((r) => r.name)
        .join(", ")}`,
    );
  }
  return one;
}

/** URNs of all direct and indirect dependencies of a resource. */
export function prerequisites(resource: Made, made: readonly Made[]): ReadonlySet<string> {
  const byUrn = new Map(made.map((one) => [one.urn, one]));
  const found = new Set<string>();
  const visit = (urn: string): void => {
    if (found.has(urn)) return;
    found.add(urn);
    const one = byUrn.get(urn);
    one?.dependencies.forEach(visit);
    const [providerUrn] = one?.provider.split(/::(?=[^:]*$)/) ?? [];
    if (providerUrn !== undefined && providerUrn !== "") visit(providerUrn);
  };
  resource.dependencies.forEach(visit);
  const [provider] = resource.provider.split(/::(?=[^:]*$)/);
  if (provider !== undefined && provider !== "") visit(provider);
  return found;
}

/** An installation whose charts nothing reads. */
export const INSTALLATION = installation({
  "aws-load-balancer-controller": { chart: "/mirror/aws-load-balancer-controller", version: "3.5.0" },
  "aws-efa-k8s-device-plugin": { chart: "/mirror/aws-efa-k8s-device-plugin", version: "v0.5.30" },
});
