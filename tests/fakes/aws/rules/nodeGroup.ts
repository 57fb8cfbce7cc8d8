import { AwsError, FakeError } from "../errors";
import { at, listAt, type Props, type Resource, stringAt, type World } from "../world";
import { templateData, templateOf } from "./compute";
import { invalid, needCluster, needTrust } from "./eks";
import { policiesOf } from "./identity";
import { T, type TypeRules } from "./types";
import { securityGroupsOf, securityGroupVpc, routeOut } from "./usage";

const OPERATION = "CreateNodegroup";

/** The permissions that a node's role needs. Any one of its policies grants each. */
const NODE_POLICIES: Readonly<Record<string, readonly string[]>> = {
  "describe itself and its cluster": ["AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy"],
  "pull images": [
    ...["AmazonEC2ContainerRegistryPullOnly", "AmazonEC2ContainerRegistryReadOnly"],
    ...["AmazonEC2ContainerRegistryPowerUser", "AmazonEC2ContainerRegistryFullAccess"],
  ],
};

const CNI_POLICY = "AmazonEKS_CNI_Policy";

/** Whether the network plugin has its permissions, through the nodes' role or its own role. */
function networkPluginRights(world: World, { clusterName, nodeRoleArn }: Props): boolean {
  if (policiesOf(world, nodeRoleArn).has(CNI_POLICY)) return true;
  const associated = world
    .list(T.podIdentityAssociation)
    .filter(({ inputs }) => inputs.clusterName === clusterName && inputs.serviceAccount === "aws-node")
    .map(({ inputs }) => inputs.roleArn);
  const addon = world.get(T.addon, `${clusterName}:vpc-cni`)?.inputs;
  const roles = [
    ...associated,
    ...listAt<Props>(addon, "podIdentityAssociations").map((one) => one.roleArn),
    addon?.serviceAccountRoleArn,
  ];
  return roles.some((role) => policiesOf(world, role).has(CNI_POLICY));
}

/** Whether the cluster has a network plugin. Without it, no node becomes ready. */
function hasNetworkPlugin(world: World, cluster: Resource): boolean {
  return (
    cluster.inputs.bootstrapSelfManagedAddons !== false || world.get(T.addon, `${cluster.id}:vpc-cni`) !== undefined
  );
}

/** The checks on launch template and node group together. */
function validateTemplate(world: World, inputs: Props, subnets: readonly Resource[]): void {
  const block = inputs.capacityType === "CAPACITY_BLOCK";
  const template = templateOf(world, inputs);
  if (inputs.launchTemplate === undefined) {
    if (block) throw invalid(OPERATION, "A launch template is required for capacity type CAPACITY_BLOCK.");
    return;
  }
  if (template === undefined) {
    throw invalid(OPERATION, "The launch template you specified does not exist.");
  }
  const data = templateData(world, inputs);
  if (data === undefined) {
    throw invalid(
      OPERATION,
      `Could not find the specified version ${at(inputs, "launchTemplate.version")} for the launch template with ID ` +
        `${template.id}.`,
    );
  }
  const market = stringAt(data, "instanceMarketOptions.marketType");
  const reservation = stringAt(
    data,
    "capacityReservationSpecification.capacityReservationTarget.capacityReservationId",
  );
  if (block && market !== "capacity-block") {
    throw invalid(
      OPERATION,
      "The launch template's market type must be capacity-block for capacity type CAPACITY_BLOCK.",
    );
  }
  if (block && reservation === undefined) {
    throw invalid(OPERATION, "The launch template must name a capacity reservation for capacity type CAPACITY_BLOCK.");
  }
  if (block && data.instanceType === undefined) {
    throw invalid(OPERATION, "The launch template must name the instance type for capacity type CAPACITY_BLOCK.");
  }
  if (!block && market !== undefined) {
    throw invalid(OPERATION, "Instance market options are not supported with the launch template.");
  }
  if (data.instanceType !== undefined && listAt(inputs, "instanceTypes").length > 0) {
    throw invalid(OPERATION, "Instance types must be specified in either the launch template or the node group.");
  }
  if (inputs.diskSize !== undefined) {
    throw invalid(OPERATION, "Disk size must be specified within the launch template.");
  }
  if (inputs.remoteAccess !== undefined) {
    throw invalid(OPERATION, "Remote access configuration cannot be specified with a launch template.");
  }
  if (data.iamInstanceProfile !== undefined) {
    throw invalid(
      OPERATION,
      "Launch template should not specify an instance profile. The noderole in your request will be used to construct " +
        "an instance profile.",
    );
  }
  if (data.imageId !== undefined && (inputs.amiType ?? "CUSTOM") !== "CUSTOM") {
    throw invalid(
      OPERATION,
      "You cannot specify an AMI Type other than CUSTOM, when specifying an image id in your launch template.",
    );
  }
  if (listAt<Props>(data, "networkInterfaces").some((one) => one.subnetId !== undefined)) {
    throw invalid(OPERATION, "Launch template should not specify subnets in its network interfaces.");
  }
  for (const id of securityGroupsOf(data)) {
    if (securityGroupVpc(world, id) !== subnets[0]?.inputs.vpcId) {
      throw invalid(OPERATION, `The security group '${id}' does not exist in VPC '${subnets[0]?.inputs.vpcId}'`);
    }
  }
  const placement = stringAt(data, "placement.groupName");
  const group = world.get(T.placementGroup, placement);
  if (placement !== undefined && group === undefined) {
    throw invalid(OPERATION, `The Placement Group '${placement}' is unknown.`);
  }
  const zones = new Set(subnets.map((subnet) => subnet.inputs.availabilityZone));
  if (zones.size > 1 && (group?.inputs.strategy === "cluster" || reservation !== undefined)) {
    // EKS allows it. Instances then start only in the right zone.
    throw new FakeError(
      `node group over the zones ${[...zones].join(", ")}: ${reservation ?? `placement group ${placement}`} is in one`,
    );
  }
}

function validate(world: World, inputs: Props, self?: Resource): void {
  const cluster = needCluster(world, inputs.clusterName, OPERATION);
  needTrust(world, inputs.nodeRoleArn, "ec2.amazonaws.com", OPERATION);
  const subnets = listAt(inputs, "subnetIds").map((id) => {
    const subnet = world.get(T.subnet, id);
    if (subnet === undefined) throw invalid(OPERATION, `The subnet ID '${id}' does not exist`);
    return subnet;
  });
  if (subnets.length === 0) throw invalid(OPERATION, "Subnets must not be empty");
  const size = (name: string): number => Number(at(inputs, `scalingConfig.${name}Size`) ?? Number.NaN);
  if (!(size("max") >= 1)) throw invalid(OPERATION, "Maximum capacity must be at least 1");
  if (size("min") > size("desired")) {
    throw invalid(OPERATION, `Minimum capacity ${size("min")} can't be greater than desired size ${size("desired")}`);
  }
  if (size("desired") > size("max")) {
    throw invalid(OPERATION, `desired capacity ${size("desired")} can't be greater than max size ${size("max")}`);
  }
  for (const { effect } of listAt<Props>(inputs, "taints")) {
    if (!["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"].includes(String(effect))) {
      throw invalid(OPERATION, `Invalid taint effect: ${effect}`);
    }
  }
  if (!["ON_DEMAND", "SPOT", "CAPACITY_BLOCK", undefined].includes(inputs.capacityType as string | undefined)) {
    throw invalid(OPERATION, `Invalid capacity type: ${inputs.capacityType}`);
  }
  const version = stringAt(inputs, "version") ?? stringAt(cluster.outputs, "version") ?? "";
  const release = stringAt(inputs, "releaseVersion");
  if (release !== undefined && !release.startsWith(`${version}.`)) {
    throw invalid(OPERATION, `Requested release version ${release} is not valid for kubernetes version ${version}.`);
  }
  if (inputs.version !== undefined && String(inputs.version) > String(cluster.outputs.version)) {
    throw invalid(OPERATION, `Nodegroup version ${version} is higher than the cluster's ${cluster.outputs.version}`);
  }
  validateTemplate(world, inputs, subnets);
  if (size("desired") > 0 && self === undefined) join(world, inputs, cluster, subnets);
}

/** The reasons why new instances cannot join their cluster. */
function join(world: World, inputs: Props, cluster: Resource, subnets: readonly Resource[]): void {
  const attached = policiesOf(world, inputs.nodeRoleArn);
  const reasons = Object.entries(NODE_POLICIES)
    .filter(([, policies]) => !policies.some((policy) => attached.has(policy)))
    .map(([purpose, policies]) => `their role may not ${purpose} (${policies.slice(0, 2).join(" or ")})`);
  if (!hasNetworkPlugin(world, cluster)) reasons.push("the cluster has no network plugin (add-on vpc-cni)");
  else if (!networkPluginRights(world, inputs)) reasons.push(`the network plugin has no rights (${CNI_POLICY})`);
  for (const subnet of subnets.filter(({ id }) => routeOut(world, id) === undefined)) {
    reasons.push(`${subnet.id} has no route to the internet`);
  }
  if (reasons.length === 0) return;
  throw new FakeError(
    `waiting for EKS Node Group (${cluster.id}:${inputs.nodeGroupName}) create: unexpected state 'CREATE_FAILED', ` +
      "wanted target 'ACTIVE'. last error: NodeCreationFailure: Instances failed to join the kubernetes cluster: " +
      reasons.join("; "),
  );
}

export const NODE_GROUP: TypeRules = {
  label: "EKS Node Group",
  immutable: [
    ...["clusterName", "nodeGroupName", "nodeGroupNamePrefix", "nodeRoleArn", "subnetIds", "amiType", "capacityType"],
    ...["diskSize", "instanceTypes", "remoteAccess", "launchTemplate.id", "launchTemplate.name"],
  ],
  autoname: "nodeGroupName",
  unique(world, { clusterName, nodeGroupName }) {
    if (world.get(T.nodeGroup, `${clusterName}:${nodeGroupName}`) !== undefined) {
      throw new AwsError(
        "EKS",
        OPERATION,
        "ResourceInUseException",
        `NodeGroup already exists with name ${nodeGroupName} and cluster name ${clusterName}`,
      );
    }
  },
  validate,
  id: (_, { clusterName, nodeGroupName }) => `${clusterName}:${nodeGroupName}`,
  outputs(world, inputs, id, before) {
    const name = `eks-${inputs.nodeGroupName}-${id.length}`;
    return {
      arn: world.arn("eks", `nodegroup/${inputs.clusterName}/${inputs.nodeGroupName}/${id.length}`),
      status: "ACTIVE",
      version: inputs.version ?? world.get(T.cluster, inputs.clusterName)?.outputs.version,
      resources: before?.outputs.resources ?? [{ autoscalingGroups: [{ name }], remoteAccessSecurityGroupId: "" }],
    };
  },
  remove(world, self) {
    if (Number(at(self.inputs, "scalingConfig.desiredSize")) === 0 || networkPluginRights(world, self.inputs)) return;
    // Without its permissions, the network plugin cannot delete the pods' interfaces.
    for (const subnet of listAt(self.inputs, "subnetIds")) {
      world.plant({
        kind: "networkInterface",
        id: world.nextId("eni"),
        madeBy: `vpc-cni on ${self.id}`,
        subnetIds: [subnet],
      });
    }
  },
};
