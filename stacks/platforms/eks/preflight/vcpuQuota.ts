import { EC2Client } from "@aws-sdk/client-ec2";
import type { AwsClientOptions } from "../awsClient";
import { CannotCheck, type Check, type Verdict } from "../../operations";
import { type RunningInstance, runningInstances, unusedReservations, vcpusOf } from "./instances";
import { increaseCommand, type Quota, quotaValue } from "./serviceQuota";

/**
 * Quotas on vCPUs of on-demand instances, and the families that each covers:
 * https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html.
 */
const VCPU_QUOTAS: readonly (Quota & { readonly families: RegExp })[] = [
  { service: "ec2", code: "L-417A185B", name: "Running On-Demand P instances", families: /^p$/ },
  { service: "ec2", code: "L-DB2E81BA", name: "Running On-Demand G and VT instances", families: /^(g|gr|vt)$/ },
  {
    service: "ec2",
    code: "L-1216C47A",
    name: "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
    families: /^(a|c|d|h|i|im|is|m|r|t|z)$/,
  },
];

/** The quota that an instance type counts against; undefined for families that this program does not use. */
export function vcpuQuotaOf(type: string): Quota | undefined {
  const family = /^[a-z]+/.exec(type)?.[0] ?? "";
  return VCPU_QUOTAS.find((quota) => quota.families.test(family));
}

/** What a node group asks for. */
export interface NodeDemand {
  /** Last part of the check's id: `gpu` or `system`. */
  readonly group: string;
  readonly type: string;
  /** Nodes that `pulumi up` starts. */
  readonly nodes: number;
  /** Nodes that it may grow to. */
  readonly maxNodes: number;
  /** Where they come from; what is reserved already counts against nothing more. */
  readonly capacity: "onDemand" | "reservation" | "capacityBlock";
  readonly region: string;
}

/** What the account has and uses. */
export interface VcpuEvidence {
  readonly quota: Quota;
  /** vCPUs. */
  readonly limit: number;
  readonly vcpusPerNode: number;
  /** vCPUs that run already under this quota and are not nodes of this stack, which its demand includes. */
  readonly usedByOthers: number;
  /** vCPUs that are reserved under this quota and not used; undefined when reservations could not be read. */
  readonly reserved?: number;
}

/** Whether the account may run the nodes. */
export function vcpuQuotaCheck(
  demand: NodeDemand,
  cluster: string,
  options: AwsClientOptions,
): Check<VcpuEvidence | undefined> {
  return {
    id: `aws.quota.${demand.group}`,
    subject: `vCPU quota for ${demand.nodes} × ${demand.type}`,
    async gather(signal) {
      if (demand.capacity !== "onDemand") return undefined;
      const quota = vcpuQuotaOf(demand.type);
      if (quota === undefined) throw new CannotCheck(`no quota is known here for the family of ${demand.type}`);
      const client = new EC2Client(options);
      const [limit, running, unused] = await Promise.all([
        quotaValue(options, quota, signal),
        runningInstances(client, cluster, signal),
        // The quota can be judged without, less exactly.
        unusedReservations(client, signal).catch(() => undefined),
      ]);
      const counted = running.filter((instance) => countsAgainst(instance, quota));
      const reservedHere = unused?.filter(({ type }) => vcpuQuotaOf(type)?.code === quota.code);
      const types = [...counted, ...(reservedHere ?? [])].map(({ type }) => type);
      const vcpus = await vcpusOf(client, [demand.type, ...types], signal);
      const vcpusPerNode = vcpus.get(demand.type);
      if (vcpusPerNode === undefined) throw new CannotCheck(`EC2 does not know ${demand.type} in ${options.region}`);
      const others = counted.filter((instance) => !instance.own);
      const usedByOthers = others.reduce((sum, { type }) => sum + (vcpus.get(type) ?? 0), 0);
      const reserved = reservedHere?.reduce((sum, { type, count }) => sum + count * (vcpus.get(type) ?? 0), 0);
      return { quota, limit, vcpusPerNode, usedByOthers, reserved };
    },
    judge: (evidence) => judgeVcpuQuota(demand, evidence),
  };
}

/** Spot instances have quotas of their own, and those of capacity blocks are paid for already. */
export function countsAgainst(instance: RunningInstance, quota: Quota): boolean {
  return instance.lifecycle === "on-demand" && vcpuQuotaOf(instance.type)?.code === quota.code;
}

export function judgeVcpuQuota(demand: NodeDemand, evidence: VcpuEvidence | undefined): Verdict {
  if (evidence === undefined) {
    const what = demand.capacity === "reservation" ? "the reservation" : "the capacity block";
    return { status: "passed", detail: `not needed: the nodes run in ${what}` };
  }
  const { quota, limit, vcpusPerNode, usedByOthers, reserved } = evidence;
  const need = demand.nodes * vcpusPerNode;
  const max = demand.maxNodes * vcpusPerNode;
  const taken = usedByOthers + (reserved ?? 0);
  const reservations =
    reserved === undefined ? " (reservations could not be read)" : reserved > 0 ? ` and ${reserved} are reserved` : "";
  const have = `${quota.code} allows ${limit} vCPUs, others use ${usedByOthers}${reservations}`;
  const ask = increaseCommand(quota, taken + Math.max(need, max), demand.region);
  if (taken + need > limit) {
    return { status: "failed", detail: `needs ${need}; ${have}`, remedy: ask };
  }
  if (taken + max > limit) {
    return {
      status: "warning",
      detail: `enough for ${demand.nodes} (${need}), not for maxSize ${demand.maxNodes} (${max}); ${have}`,
      remedy: `The node group cannot grow to its maxSize. ${ask}`,
    };
  }
  return { status: "passed", detail: `needs ${need}, at most ${max}; ${have}` };
}
