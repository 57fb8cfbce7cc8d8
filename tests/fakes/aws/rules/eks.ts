import { AwsError, FakeError } from "../errors";
import { at, listAt, type Props, type Resource, stringAt, type World } from "../world";
import { logGroupOf, makesLogGroup, policiesOf, trusted } from "./identity";
import { T, type TypeRules } from "./types";
import { securityGroupVpc } from "./usage";

const SERVICE = "EKS";

export function invalid(operation: string, detail: string): AwsError {
  return new AwsError(SERVICE, operation, "InvalidParameterException", detail);
}

function inUse(operation: string, detail: string): AwsError {
  return new AwsError(SERVICE, operation, "ResourceInUseException", detail);
}

/** Supported minor versions. EKS changes them every few months. */
const MINORS = { first: 30, last: 36 };

const ADDONS = new Set([
  ...["vpc-cni", "coredns", "kube-proxy", "eks-pod-identity-agent", "aws-ebs-csi-driver"],
  ...["aws-efs-csi-driver", "snapshot-controller", "metrics-server", "eks-node-monitoring-agent"],
]);

/** Add-ons that are Deployments. They become active only when their pods can be scheduled. */
const DEPLOYED_ADDONS = new Set(["coredns", "aws-ebs-csi-driver", "metrics-server"]);

/** The caller's identity. */
export const CALLER = "arn:aws:iam::123456789012:user/deployer";

function minor(version: unknown): number {
  return Number(/^1\.(\d+)$/.exec(String(version))?.[1] ?? Number.NaN);
}

export function needCluster(world: World, name: unknown, operation: string): Resource {
  const cluster = world.get(T.cluster, name);
  if (cluster === undefined) {
    throw new AwsError(SERVICE, operation, "ResourceNotFoundException", `No cluster found for name: ${name}.`);
  }
  if (cluster.outputs.status !== "ACTIVE") throw invalid(operation, `Cluster '${name}' is not in ACTIVE status`);
  return cluster;
}

/** @throws AwsError when the role does not exist or does not trust the service */
export function needTrust(world: World, arn: unknown, service: string, operation: string): void {
  if (trusted(world.by(T.role, "arn", arn), service).includes("sts:AssumeRole")) return;
  throw invalid(
    operation,
    `Role with arn: ${arn}, could not be assumed because it does not exist or the trusted entity is not correct`,
  );
}

function podIdentityRole(world: World, arn: unknown, operation: string): void {
  const actions = trusted(world.by(T.role, "arn", arn), "pods.eks.amazonaws.com");
  if (["sts:AssumeRole", "sts:TagSession"].every((action) => actions.includes(action))) return;
  throw invalid(
    operation,
    `Trust policy of role ${arn} must allow sts:AssumeRole and sts:TagSession to pods.eks.amazonaws.com`,
  );
}

/** Whether nodes without taints exist. */
function hasOpenNodes(world: World, cluster: unknown): boolean {
  return world
    .list(T.nodeGroup)
    .some(
      ({ inputs }) =>
        inputs.clusterName === cluster &&
        Number(at(inputs, "scalingConfig.desiredSize")) > 0 &&
        listAt(inputs, "taints").length === 0,
    );
}

function validateCluster(world: World, inputs: Props, self?: Resource): void {
  const operation = self === undefined ? "CreateCluster" : "UpdateClusterConfig";
  needTrust(world, inputs.roleArn, "eks.amazonaws.com", operation);
  const version = minor(inputs.version ?? `1.${MINORS.last}`);
  if (!(version >= MINORS.first && version <= MINORS.last)) throw invalid(operation, "unsupported Kubernetes version");
  const before = minor(self?.inputs.version ?? inputs.version);
  if (self !== undefined && version !== before && version !== before + 1) {
    throw invalid(
      "UpdateClusterVersion",
      `Unsupported Kubernetes minor version update from 1.${before} to 1.${version}`,
    );
  }
  const ids = listAt(inputs, "vpcConfig.subnetIds");
  const subnets = ids.map((id) => world.get(T.subnet, id));
  if (subnets.includes(undefined)) {
    const missing = ids.find((_, index) => subnets[index] === undefined);
    throw invalid(operation, `The subnet ID '${missing}' does not exist`);
  }
  if (new Set(subnets.map((subnet) => subnet?.inputs.availabilityZone)).size < 2) {
    throw invalid(operation, "Subnets specified must be in at least two different AZs");
  }
  if (new Set(subnets.map((subnet) => subnet?.inputs.vpcId)).size > 1) {
    throw invalid(operation, "Subnets specified must be in the same VPC");
  }
  for (const id of listAt(inputs, "vpcConfig.securityGroupIds")) {
    if (securityGroupVpc(world, id) !== subnets[0]?.inputs.vpcId) {
      throw invalid(operation, `Security group(s) [${id}] are not in the same VPC as the subnets.`);
    }
  }
  if (
    at(inputs, "vpcConfig.endpointPublicAccess") === false &&
    at(inputs, "vpcConfig.endpointPrivateAccess") !== true
  ) {
    throw invalid(operation, "Private and public endpoint access cannot be false");
  }
  const key = at(inputs, "encryptionConfig.provider.keyArn");
  if (key !== undefined && world.by(T.key, "arn", key) === undefined) {
    throw invalid(operation, `The keyArn in encryptionConfig provider is invalid: ${key}`);
  }
}

/** Leaves behind what a cluster without permissions cannot delete. */
function leaveBehind(world: World, self: Resource): void {
  const group = String(at(self.outputs, "vpcConfig.clusterSecurityGroupId"));
  const vpcId = stringAt(self.outputs, "vpcConfig.vpcId");
  const referred = [T.ingressRule, T.egressRule]
    .flatMap((type) => world.list(type))
    .some(({ inputs }) => inputs.referencedSecurityGroupId === group && inputs.securityGroupId !== group);
  const balancers = world.state.foreign.some((one) => one.securityGroupIds?.includes(group) === true);
  const powerless = !policiesOf(world, self.inputs.roleArn).has("AmazonEKSClusterPolicy");
  const madeBy = `cluster ${self.id}`;
  if (referred || powerless || balancers) {
    world.plant({ kind: "securityGroup", id: group, madeBy, ...(vpcId === undefined ? {} : { vpcId }) });
  }
  if (powerless) {
    for (const subnet of listAt(self.inputs, "vpcConfig.subnetIds")) {
      world.plant({ kind: "networkInterface", id: world.nextId("eni"), madeBy, subnetIds: [subnet] });
    }
  }
}

const cascade = [T.addon, T.accessEntry, T.accessPolicyAssociation, T.podIdentityAssociation];

export const EKS: Readonly<Record<string, TypeRules>> = {
  [T.cluster]: {
    label: "EKS Cluster",
    immutable: [
      ...["name", "roleArn", "bootstrapSelfManagedAddons", "kubernetesNetworkConfig.serviceIpv4Cidr"],
      ...["kubernetesNetworkConfig.ipFamily", "encryptionConfig.provider.keyArn"],
      "accessConfig.bootstrapClusterCreatorAdminPermissions",
    ],
    volatile: ["platformVersion"],
    computed: ["vpcConfig.clusterSecurityGroupId", "vpcConfig.vpcId"],
    autoname: "name",
    unique(world, { name }) {
      if (world.get(T.cluster, name) !== undefined) {
        throw inUse("CreateCluster", `Cluster already exists with name: ${name}`);
      }
    },
    validate: validateCluster,
    id: (_, { name }) => String(name),
    outputs(world, inputs, id, before) {
      const subnet = world.get(T.subnet, listAt(inputs, "vpcConfig.subnetIds")[0]);
      const group = at(before?.outputs, "vpcConfig.clusterSecurityGroupId") ?? world.nextId("sg");
      const logGroup = logGroupOf({ inputs });
      const owned = world.get(T.logGroup, logGroup) ?? world.foreign("logGroup").find((one) => one.id === logGroup);
      // The control plane creates a missing log group, which then has no owner.
      if (owned === undefined && makesLogGroup(world, inputs))
        world.plant({ kind: "logGroup", id: logGroup, madeBy: `cluster ${id}` });
      return {
        arn: world.arn("eks", `cluster/${id}`),
        clusterId: "",
        createdAt: "2025-01-01T00:00:00Z",
        status: "ACTIVE",
        platformVersion: "eks.1",
        version: inputs.version ?? `1.${MINORS.last}`,
        endpoint: process.env.LLMD_AWS_CLUSTER_ENDPOINT ?? `https://${id}.eks.invalid`,
        certificateAuthority: {
          data: process.env.LLMD_AWS_CLUSTER_CA ?? Buffer.from("no certificate").toString("base64"),
        },
        identities: [{ oidcs: [{ issuer: `https://oidc.eks.${world.region}.amazonaws.com/id/0` }] }],
        vpcConfig: {
          ...(inputs.vpcConfig as Props),
          vpcId: subnet?.inputs.vpcId,
          clusterSecurityGroupId: group,
        },
      };
    },
    remove(world, self) {
      if (world.list(T.nodeGroup).some(({ inputs }) => inputs.clusterName === self.id)) {
        throw inUse("DeleteCluster", "Cluster has nodegroups attached");
      }
      leaveBehind(world, self);
      for (const type of cascade) {
        for (const one of world.list(type).filter(({ inputs }) => inputs.clusterName === self.id)) {
          world.remove(type, one.id);
        }
      }
    },
  },
  [T.accessEntry]: {
    label: "EKS Access Entry",
    immutable: ["clusterName", "principalArn", "type"],
    unique(world, { clusterName, principalArn }) {
      const creator =
        at(world.get(T.cluster, clusterName)?.inputs, "accessConfig.bootstrapClusterCreatorAdminPermissions") !==
          false && principalArn === CALLER;
      if (creator || world.get(T.accessEntry, `${clusterName}:${principalArn}`) !== undefined) {
        throw inUse("CreateAccessEntry", "The specified access entry resource is already in use on this cluster.");
      }
    },
    validate(world, inputs) {
      const operation = "CreateAccessEntry";
      const cluster = needCluster(world, inputs.clusterName, operation);
      if (!["API", "API_AND_CONFIG_MAP"].includes(String(at(cluster.inputs, "accessConfig.authenticationMode")))) {
        throw new AwsError(
          SERVICE,
          operation,
          "InvalidRequestException",
          "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
        );
      }
      if (!/^arn:aws[\w-]*:(iam|sts)::\d{12}:/.test(String(inputs.principalArn))) {
        throw invalid(operation, "The specified principalArn is invalid: invalid principal.");
      }
    },
    id: (_, { clusterName, principalArn }) => `${clusterName}:${principalArn}`,
    outputs: (world, { clusterName, type }, id) => ({
      accessEntryArn: world.arn("eks", `access-entry/${clusterName}/${id.length}`),
      type: type ?? "STANDARD",
    }),
    remove(world, { inputs }) {
      for (const one of world.list(T.accessPolicyAssociation)) {
        const same = ["clusterName", "principalArn"].every((name) => one.inputs[name] === inputs[name]);
        if (same) world.remove(one.type, one.id);
      }
    },
  },
  [T.accessPolicyAssociation]: {
    label: "EKS Access Policy Association",
    immutable: ["clusterName", "principalArn", "policyArn", "accessScope"],
    validate(world, { clusterName, principalArn, policyArn }) {
      const operation = "AssociateAccessPolicy";
      needCluster(world, clusterName, operation);
      if (world.get(T.accessEntry, `${clusterName}:${principalArn}`) === undefined) {
        throw new AwsError(
          SERVICE,
          operation,
          "ResourceNotFoundException",
          "The specified principalArn could not be found. You can view your available access entries with " +
            "'aws eks list-access-entries'.",
        );
      }
      if (!/^arn:aws[\w-]*:eks::aws:cluster-access-policy\/AmazonEKS\w+$/.test(String(policyArn))) {
        throw invalid(operation, "The policyArn parameter format is not valid");
      }
    },
    id: (_, { clusterName, principalArn, policyArn }) => `${clusterName}#${principalArn}#${policyArn}`,
  },
  [T.addon]: {
    label: "EKS Add-On",
    immutable: ["clusterName", "addonName"],
    unique(world, { clusterName, addonName }) {
      if (world.get(T.addon, `${clusterName}:${addonName}`) !== undefined) {
        throw inUse("CreateAddon", "Addon already exists.");
      }
    },
    validate(world, inputs, self) {
      const operation = self === undefined ? "CreateAddon" : "UpdateAddon";
      const { clusterName, addonName, addonVersion } = inputs;
      needCluster(world, clusterName, operation);
      if (!ADDONS.has(String(addonName))) throw invalid(operation, `Addon ${addonName} specified is not supported`);
      if (addonVersion !== undefined && !/^v\d+\.\d+\.\d+-eksbuild\.\d+$/.test(String(addonVersion))) {
        throw invalid(operation, "Addon version specified is not supported");
      }
      for (const one of listAt<Props>(inputs, "podIdentityAssociations")) {
        podIdentityRole(world, one.roleArn, operation);
      }
      if (self === undefined && DEPLOYED_ADDONS.has(String(addonName)) && !hasOpenNodes(world, clusterName)) {
        throw new FakeError(
          `waiting for EKS Add-On (${clusterName}:${addonName}) create: timeout while waiting for state to become ` +
            "'ACTIVE' (last state: 'DEGRADED', timeout: 20m0s): InsufficientNumberOfReplicas: The add-on is unhealthy " +
            "because it doesn't have the desired number of replicas.",
        );
      }
    },
    id: (_, { clusterName, addonName }) => `${clusterName}:${addonName}`,
    outputs: (world, { clusterName, addonName, addonVersion }, id) => ({
      arn: world.arn("eks", `addon/${clusterName}/${addonName}/${id.length}`),
      addonVersion: addonVersion ?? "v1.0.0-eksbuild.1",
    }),
  },
  [T.podIdentityAssociation]: {
    label: "EKS Pod Identity Association",
    immutable: ["clusterName", "namespace", "serviceAccount"],
    unique(world, inputs) {
      const there = world
        .list(T.podIdentityAssociation)
        .find((one) =>
          ["clusterName", "namespace", "serviceAccount"].every((name) => one.inputs[name] === inputs[name]),
        );
      if (there !== undefined) throw inUse("CreatePodIdentityAssociation", `Association already exists: ${there.id}`);
    },
    validate(world, { clusterName, roleArn }) {
      needCluster(world, clusterName, "CreatePodIdentityAssociation");
      podIdentityRole(world, roleArn, "CreatePodIdentityAssociation");
    },
    id: (world) => world.nextId("a"),
    outputs: (world, { clusterName }, id) => ({
      associationArn: world.arn("eks", `podidentityassociation/${clusterName}/${id}`),
      associationId: id,
    }),
  },
};
