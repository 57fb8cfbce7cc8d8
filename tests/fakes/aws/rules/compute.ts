import { AwsError } from "../errors";
import { at, listAt, type Props, type Resource, stringAt, type World } from "../world";
import { T, type TypeRules } from "./types";

const ec2 = (operation: string, code: string, detail: string): AwsError => new AwsError("EC2", operation, code, detail);
const autoscaling = (operation: string, detail: string): AwsError =>
  new AwsError("Auto Scaling", operation, "ValidationError", detail);

/** The checks on a launch template's own inputs. */
function launchTemplate(inputs: Props): void {
  const operation = "CreateLaunchTemplate";
  const combination = (detail: string): AwsError => ec2(operation, "InvalidParameterCombination", detail);
  const interfaces = listAt<Props>(inputs, "networkInterfaces");
  if (interfaces.length > 0 && listAt(inputs, "vpcSecurityGroupIds").length > 0) {
    throw combination(
      "Network interfaces and an instance-level security groups may not be specified on the same request",
    );
  }
  if (interfaces.length > 1 && interfaces.some((one) => String(one.associatePublicIpAddress) === "true")) {
    throw combination(
      "The associatePublicIPAddress parameter cannot be specified when launching with multiple network interfaces.",
    );
  }
  const places = interfaces.map((one) => `${one.networkCardIndex ?? 0}/${one.deviceIndex ?? 0}`);
  if (new Set(places).size !== places.length) {
    throw combination("Two network interfaces have the same network card index and device index");
  }
  if (interfaces.length > 0 && !places.includes("0/0")) {
    throw combination("A primary network interface with network card index 0 and device index 0 is required");
  }
  for (const { interfaceType = "interface", networkCardIndex = 0, deviceIndex = 0 } of interfaces) {
    if (!["interface", "efa", "efa-only"].includes(String(interfaceType))) {
      throw ec2(operation, "InvalidParameterValue", `Value (${interfaceType}) for parameter InterfaceType is invalid.`);
    }
    if (interfaceType === "efa-only" && networkCardIndex === 0 && deviceIndex === 0) {
      throw combination("The primary network interface cannot be an EFA-only network interface");
    }
  }
  const userData = stringAt(inputs, "userData");
  if (userData !== undefined && Buffer.from(userData, "base64").toString("base64") !== userData) {
    throw ec2(operation, "InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.");
  }
  const market = stringAt(inputs, "instanceMarketOptions.marketType");
  if (market !== undefined && !["spot", "capacity-block"].includes(market)) {
    throw ec2(operation, "InvalidParameterValue", `Value (${market}) for parameter MarketType is invalid.`);
  }
}

/** The Auto Scaling groups of node groups. */
function scalingGroups(world: World): unknown[] {
  return world
    .list(T.nodeGroup)
    .flatMap(({ outputs }) => listAt<Props>(outputs, "resources"))
    .flatMap((one) => listAt<Props>(one, "autoscalingGroups"))
    .map((one) => one.name);
}

function needScalingGroup(world: World, name: unknown, operation: string): void {
  if (!scalingGroups(world).includes(name)) throw autoscaling(operation, `Group ${name} not found`);
}

export const COMPUTE: Readonly<Record<string, TypeRules>> = {
  [T.launchTemplate]: {
    label: "EC2 Launch Template",
    immutable: ["name", "namePrefix"],
    volatile: ["latestVersion", "defaultVersion"],
    autoname: "name",
    unique(world, { name }) {
      if (world.list(T.launchTemplate).some(({ inputs }) => inputs.name === name)) {
        throw ec2(
          "CreateLaunchTemplate",
          "InvalidLaunchTemplateName.AlreadyExistsException",
          "Launch template name already in use.",
        );
      }
    },
    validate: (_, inputs) => launchTemplate(inputs),
    id: (world) => world.nextId("lt"),
    outputs(world, inputs, id, before) {
      const latestVersion = Number(before?.outputs.latestVersion ?? 0) + 1;
      return {
        arn: world.arn("ec2", `launch-template/${id}`),
        latestVersion,
        defaultVersion: inputs.updateDefaultVersion === true ? latestVersion : (inputs.defaultVersion ?? 1),
      };
    },
    remove(world, self) {
      // EC2 allows it. EKS then reports the node group as degraded, and cannot scale or update it.
      const user = world
        .list(T.nodeGroup)
        .find(({ inputs }) => [self.id, self.inputs.name].includes(templateReference(inputs)));
      if (user !== undefined) {
        throw ec2("DeleteLaunchTemplate", "DependencyViolation", `${self.id} is in use by node group ${user.id}`);
      }
    },
  },
  [T.placementGroup]: {
    label: "EC2 Placement Group",
    immutable: ["name", "strategy", "partitionCount", "spreadLevel"],
    autoname: "name",
    unique(world, { name }) {
      if (world.get(T.placementGroup, name) !== undefined) {
        throw ec2(
          "CreatePlacementGroup",
          "InvalidPlacementGroup.Duplicate",
          `The placement group '${name}' already exists.`,
        );
      }
    },
    validate(_, { strategy }) {
      if (!["cluster", "partition", "spread"].includes(String(strategy))) {
        throw ec2(
          "CreatePlacementGroup",
          "InvalidParameterValue",
          `Value (${strategy}) for parameter strategy is invalid.`,
        );
      }
    },
    id: (_, { name }) => String(name),
    outputs: (world, { name }, _, before) => ({
      arn: world.arn("ec2", `placement-group/${name}`),
      placementGroupId: before?.outputs.placementGroupId ?? world.nextId("pg"),
    }),
    remove(world, { id }) {
      const used = world
        .list(T.nodeGroup)
        .some(({ inputs }) => stringAt(templateData(world, inputs), "placement.groupName") === id);
      if (used) {
        throw ec2(
          "DeletePlacementGroup",
          "InvalidPlacementGroup.InUse",
          `The placement group '${id}' is in use and may not be deleted.`,
        );
      }
    },
  },
  [T.schedule]: {
    label: "Auto Scaling Scheduled Action",
    immutable: ["autoscalingGroupName", "scheduledActionName"],
    validate: (world, inputs) => needScalingGroup(world, inputs.autoscalingGroupName, "PutScheduledUpdateGroupAction"),
    id: (_, { scheduledActionName }) => String(scheduledActionName),
    outputs: (world, { autoscalingGroupName, scheduledActionName }) => ({
      arn: world.arn("autoscaling", `scheduledUpdateGroupAction:${autoscalingGroupName}/${scheduledActionName}`),
    }),
  },
  [T.groupTag]: {
    label: "Auto Scaling Group Tag",
    immutable: ["autoscalingGroupName", "tag.key"],
    validate: (world, inputs) => needScalingGroup(world, inputs.autoscalingGroupName, "CreateOrUpdateTags"),
    id: (_, inputs) => `${inputs.autoscalingGroupName},${at(inputs, "tag.key")}`,
  },
};

/** The id or name of a node group's launch template. */
export function templateReference(inputs: Props): string | undefined {
  return stringAt(inputs, "launchTemplate.id") ?? stringAt(inputs, "launchTemplate.name");
}

/** The launch template of a node group. */
export function templateOf(world: World, inputs: Props): Resource | undefined {
  const reference = templateReference(inputs);
  return world.list(T.launchTemplate).find((one) => one.id === reference || one.inputs.name === reference);
}

/** The data of a node group's launch template version; undefined when the version does not exist. */
export function templateData(world: World, inputs: Props): Props | undefined {
  return templateOf(world, inputs)?.versions?.[Number(at(inputs, "launchTemplate.version")) - 1];
}
