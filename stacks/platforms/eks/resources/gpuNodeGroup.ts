import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../../../components/childOptions";
import { type Capacity, capacityInputs, capacityProblems, efaInterfaces, type GpuInstanceFacts } from "./capacity";
import { checkNodes, type CommonNodeArgs, nodeGroup } from "./nodeGroup";
import { encodeUserData, GPU_RESOURCE, nodeUserData } from "./nodeTemplate";

/** When GPU nodes run. Both times are cron expressions of five fields in one time zone, as EC2 Auto Scaling takes them. */
interface NodeSchedule {
  /** IANA name such as Europe/Berlin. */
  readonly timeZone: string;
  /** When nodes start. */
  readonly start: string;
  /** When nodes stop. */
  readonly stop: string;
}

/** Arguments of the GPU node group. */
export interface GpuNodeGroupArgs extends CommonNodeArgs {
  /** The security group that control plane and nodes share. */
  readonly clusterSecurityGroupId: pulumi.Input<string>;
  readonly vpcId: pulumi.Input<string>;
  /**
   * The zone of `subnetIds`.
   *
   * @default the subnets are those of all zones
   */
  readonly zone?: string;
  /** Facts about `instanceType`. */
  readonly facts: GpuInstanceFacts;
  readonly capacity: Capacity;
  /** Whether there are Elastic Fabric Adapters on all network cards. */
  readonly efa: boolean;
  /** Whether all nodes are in one cluster placement group. */
  readonly placementGroup: boolean;
  /** Whether only pods run there that tolerate `nvidia.com/gpu`. */
  readonly taint: boolean;
  /** Whether an autoscaler owns the number of nodes. */
  readonly autoscaled: boolean;
  /**
   * Times at which nodes start and stop.
   *
   * @default nodes run all the time
   */
  readonly schedule?: NodeSchedule;
}

/** Nodes with GPUs, for model servers. */
export class GpuNodeGroup extends pulumi.ComponentResource {
  readonly nodeGroupName: pulumi.Output<string>;

  /** @throws InputPropertiesError with all arguments that AWS would refuse together */
  constructor(name: string, args: GpuNodeGroupArgs, opts?: pulumi.ComponentResourceOptions) {
    checkNodes("GPU nodes", args, problemsOf(args));
    super("llmd:aws:GpuNodeGroup", name, args, opts);
    const child = (...more: pulumi.Resource[]) => childOptions(this, opts, more);
    const { facts, schedule } = args;
    const { capacityType, ...market } = capacityInputs(args.capacity);

    const fabric = args.efa ? fabricSecurityGroup(name, args.vpcId, child()) : undefined;
    const placement = args.placementGroup
      ? new aws.ec2.PlacementGroup(name, { name, strategy: "cluster" }, child())
      : undefined;

    const { group, scalingGroup } = nodeGroup(
      name,
      // The stop of a schedule sets zero nodes, which must not be below the minimum.
      schedule === undefined ? args : { ...args, minSize: 0 },
      {
        kind: "gpu",
        template: {
          userData: encodeUserData(nodeUserData(facts)),
          ...market,
          ...(placement === undefined ? {} : { placement: { groupName: placement.name } }),
          ...(fabric === undefined
            ? {}
            : {
                // EKS adds its security group only where the launch template has no interfaces.
                networkInterfaces: efaInterfaces(facts).map((networkInterface) => ({
                  ...networkInterface,
                  securityGroups: [args.clusterSecurityGroupId, fabric.group.id],
                })),
              }),
        },
        group: {
          amiType: "AL2023_x86_64_NVIDIA",
          capacityType,
          // One node at a time, and the old one ends before the new one starts: a second instance is hardly available. The
          // same holds for repair, which replaces a node that the monitoring agent reports as broken.
          updateConfig: { maxUnavailable: 1, updateStrategy: "MINIMAL" },
          nodeRepairConfig: { enabled: true, maxParallelNodesRepairedCount: 1 },
          ...(args.taint ? { taints: [{ key: GPU_RESOURCE, value: "present", effect: "NO_SCHEDULE" }] } : {}),
        },
        needs: fabric?.ready ?? [],
        ignoreDesiredSize: args.autoscaled || schedule !== undefined,
      },
      child,
    );
    if (schedule !== undefined) scheduleNodes(name, scalingGroup, args.desiredSize, schedule, child());

    this.nodeGroupName = group.nodeGroupName;
    this.registerOutputs({ nodeGroupName: this.nodeGroupName });
  }
}

function problemsOf(args: GpuNodeGroupArgs): pulumi.InputPropertyErrorDetails[] {
  const problems = capacityProblems({ ...args, efaInterfaces: args.facts.efaInterfaces });
  if (args.autoscaled && args.schedule !== undefined) {
    problems.push({ propertyPath: "schedule", reason: "an autoscaler that owns the number of nodes would undo it" });
  }
  if (args.zone !== undefined && args.subnetIds.length !== 1) {
    const reason = `${args.subnetIds.length} subnets for the one zone ${args.zone}`;
    problems.push({ propertyPath: "subnetIds", reason });
  }
  return problems;
}

/** EFA requires one security group that allows all traffic to and from itself. */
function fabricSecurityGroup(name: string, vpcId: pulumi.Input<string>, opts: pulumi.CustomResourceOptions) {
  const group = new aws.ec2.SecurityGroup(
    `${name}-efa`,
    { name: `${name}-efa`, description: "EFA between GPU nodes", vpcId, tags: { Name: `${name}-efa` } },
    opts,
  );
  const rule = {
    securityGroupId: group.id,
    referencedSecurityGroupId: group.id,
    ipProtocol: "-1",
    description: "EFA between GPU nodes",
  };
  const ingress = new aws.vpc.SecurityGroupIngressRule(`${name}-efa`, rule, opts);
  const egress = new aws.vpc.SecurityGroupEgressRule(`${name}-efa`, rule, opts);
  return { group, ready: [ingress, egress] };
}

/** Sets only the number of nodes at the times of the schedule; -1 leaves a size unchanged. */
function scheduleNodes(
  name: string,
  autoscalingGroupName: pulumi.Input<string>,
  desiredSize: number,
  schedule: NodeSchedule,
  opts: pulumi.CustomResourceOptions,
): void {
  const action = (suffix: "start" | "stop", recurrence: string, desiredCapacity: number) =>
    new aws.autoscaling.Schedule(
      `${name}-${suffix}`,
      {
        scheduledActionName: `${name}-${suffix}`,
        autoscalingGroupName,
        timeZone: schedule.timeZone,
        recurrence,
        desiredCapacity,
        minSize: -1,
        maxSize: -1,
      },
      opts,
    );
  action("start", schedule.start, desiredSize);
  action("stop", schedule.stop, 0);
}
