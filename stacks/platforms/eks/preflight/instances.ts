import {
  DescribeInstanceTypesCommand,
  type EC2Client,
  type Instance,
  paginateDescribeCapacityReservations,
  paginateDescribeInstances,
  type _InstanceType,
} from "@aws-sdk/client-ec2";
import { allItems } from "../awsClient";

/** A running instance. */
export interface RunningInstance {
  readonly type: string;
  /** on-demand, spot or capacity-block. */
  readonly lifecycle: string;
  /** Whether it is a node of this stack's cluster. */
  readonly own: boolean;
  /** The reservation it runs in. */
  readonly reservation?: string;
}

/** Instances of the account and region that run or start. */
export async function runningInstances(
  client: EC2Client,
  cluster: string,
  abortSignal: AbortSignal,
): Promise<RunningInstance[]> {
  const states = { Name: "instance-state-name", Values: ["pending", "running"] };
  const reservations = await allItems(
    paginateDescribeInstances({ client }, { Filters: [states] }, { abortSignal }),
    (page) => page.Reservations,
  );
  return reservations
    .flatMap((reservation) => reservation.Instances ?? [])
    .map((instance) => ({
      type: instance.InstanceType ?? "",
      lifecycle: instance.InstanceLifecycle ?? "on-demand",
      own: isNodeOf(instance, cluster),
      reservation: instance.CapacityReservationId,
    }));
}

/** EKS tags the instances of its node groups with the cluster's name. */
function isNodeOf(instance: Instance, cluster: string): boolean {
  return (instance.Tags ?? []).some(
    ({ Key, Value }) => (Key === "eks:cluster-name" && Value === cluster) || Key === `kubernetes.io/cluster/${cluster}`,
  );
}

/** Reserved instances that do not run, by type. They count against quotas too. */
export async function unusedReservations(
  client: EC2Client,
  abortSignal: AbortSignal,
): Promise<{ type: string; count: number }[]> {
  const Filters = [{ Name: "state", Values: ["active"] }];
  const reservations = await allItems(
    paginateDescribeCapacityReservations({ client }, { Filters }, { abortSignal }),
    (page) => page.CapacityReservations,
  );
  return reservations
    .filter((reservation) => (reservation.ReservationType ?? "default") === "default")
    .map(({ InstanceType, AvailableInstanceCount }) => ({
      type: InstanceType ?? "",
      count: AvailableInstanceCount ?? 0,
    }))
    .filter(({ count }) => count > 0);
}

/** vCPUs of instance types, by type. */
export async function vcpusOf(
  client: EC2Client,
  types: readonly string[],
  abortSignal: AbortSignal,
): Promise<Map<string, number>> {
  const names = [...new Set(types)];
  const vcpus = new Map<string, number>();
  // The call takes at most 100 types.
  for (let from = 0; from < names.length; from += 100) {
    const InstanceTypes = names.slice(from, from + 100) as _InstanceType[];
    const answer = await client.send(new DescribeInstanceTypesCommand({ InstanceTypes }), { abortSignal });
    for (const type of answer.InstanceTypes ?? []) {
      vcpus.set(type.InstanceType ?? "", type.VCpuInfo?.DefaultVCpus ?? 0);
    }
  }
  return vcpus;
}
