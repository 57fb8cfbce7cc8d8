import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../../../components/childOptions";
import { type Capacity, capacityInputs, capacityProblems } from "./capacity";
import { efaInterfaces, type NetworkFacts } from "./efa";
import { type CommonNodeArgs, nodeGroup } from "./nodeGroup";
import { GPU_RESOURCE } from "./nodeTemplate";
import { encodeUserData, nodeUserData } from "./userData";

/** Hours in which there are GPU nodes. */
export interface GpuSchedule {
  /** IANA name of the time zone of both. */
  readonly timeZone: string;
  /** Cron expression of five fields: when nodes start. */
  readonly start: string;
  /** When they stop. */
  readonly stop: string;
}

/** What is known of an instance type. */
export interface GpuInstanceFacts extends NetworkFacts {
  /** Whether it has NVMe disks of its own. */
  readonly instanceStore: boolean;
  /** Pods that its network interfaces have addresses for. */
  readonly maxPods: number;
}

/** Arguments of the GPU node group. */
export interface GpuNodeGroupArgs extends CommonNodeArgs {
  /** The security group that control plane and nodes share. */
  readonly clusterSecurityGroupId: pulumi.Input<string>;
  readonly vpcId: pulumi.Input<string>;
  /** The zone of `subnetIds`; undefined when they are those of all zones. */
  readonly zone?: string;
  readonly facts: GpuInstanceFacts;
  readonly capacity: Capacity;
  /** Elastic Fabric Adapters on all network cards. */
  readonly efa: boolean;
  /** All nodes in one cluster placement group. */
  readonly placementGroup: boolean;
  /** Only pods that tolerate `nvidia.com/gpu`. */
  readonly taint: boolean;
  /** Whether an autoscaler owns the number of nodes. */
  readonly autoscaled: boolean;
  readonly schedule?: GpuSchedule;
}

/** Nodes with GPUs, for model servers. */
export class GpuNodeGroup extends pulumi.ComponentResource {
  readonly nodeGroupName: pulumi.Output<string>;

  constructor(name: string, args: GpuNodeGroupArgs, opts?: pulumi.ComponentResourceOptions) {
    validate(args);
    super("llmd:aws:GpuNodeGroup", name, {}, opts);
    const child = (...more: pulumi.Resource[]) => childOptions(this, opts, more);
    const { facts, schedule } = args;
    const { capacityType, ...market } = capacityInputs(args.capacity);

    const fabric = args.efa ? fabricSecurityGroup(name, args.vpcId, child()) : undefined;
    const placement = args.placementGroup
      ? new aws.ec2.PlacementGroup(name, { name, strategy: "cluster" }, child())
      : undefined;

    const { group, scalingGroup } = nodeGroup(
      name,
      // The end of the schedule has to be able to reach zero.
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
                // With interfaces of our own EKS no longer adds its security group by itself.
                networkInterfaces: efaInterfaces(facts).map((networkInterface) => ({
                  ...networkInterface,
                  securityGroups: [args.clusterSecurityGroupId, fabric.group.id],
                })),
              }),
        },
        group: {
          amiType: "AL2023_x86_64_NVIDIA",
          capacityType,
          // One at a time, the old node before the new one: there is hardly a second such instance to be had. So with
          // repair, which replaces a node that the monitoring agent calls broken.
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

function validate(args: GpuNodeGroupArgs): void {
  const { minSize, maxSize, desiredSize } = args;
  const problems = capacityProblems({ ...args, efaInterfaces: args.facts.efaInterfaces });
  if (minSize > desiredSize || desiredSize > maxSize) {
    problems.push(`sizes: ${minSize} <= ${desiredSize} <= ${maxSize} does not hold`);
  }
  if (args.autoscaled && args.schedule !== undefined) {
    problems.push("schedule: an autoscaler that owns the number of nodes would undo it");
  }
  if (args.zone !== undefined && args.subnetIds.length !== 1) {
    problems.push(`zone: ${args.subnetIds.length} subnets for the one zone ${args.zone}`);
  }
  if (problems.length > 0) throw new Error(`GPU nodes: ${problems.join("; ")}`);
}

/** EFA passes only between members of one security group that allows everything to and from itself. */
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

/** Sets the number of nodes at the hours of the schedule, and nothing else of the group (-1 leaves a size as it is). */
function scheduleNodes(
  name: string,
  autoscalingGroupName: pulumi.Input<string>,
  desiredSize: number,
  schedule: GpuSchedule,
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
