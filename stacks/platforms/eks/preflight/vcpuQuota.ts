import { EC2Client } from "@aws-sdk/client-ec2";
import { CannotCheck, type Check, failed, passed, type Verdict, warning } from "../../operations";
import { type RunningInstance, runningInstances, unusedReservations, vcpusOf } from "./instances";
import { increaseCommand, type Quota, quotaValue } from "./serviceQuota";

/**
 * Quotas on vCPUs of on-demand instances, and the instance families of each.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
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

/** The quota that an instance type counts against; undefined for families that are not listed here. */
export function vcpuQuotaOf(type: string): Quota | undefined {
  const family = /^[a-z]+/.exec(type)?.[0] ?? "";
  return VCPU_QUOTAS.find((quota) => quota.families.test(family));
}

/** What a node group needs. */
export interface NodeDemand {
  /** Last part of the check's id: `gpu` or `system`. */
  readonly group: string;
  readonly type: string;
  /** Nodes that `pulumi up` starts. */
  readonly nodes: number;
  /** Nodes that the group can grow to. */
  readonly maxNodes: number;
  /** Where the nodes come from. Reserved capacity is counted already. */
  readonly capacity: "onDemand" | "reservation" | "capacityBlock";
  readonly region: string;
}

/** The value and the use of the quota. */
interface VcpuEvidence {
  readonly quota: Quota;
  /** vCPUs. */
  readonly limit: number;
  readonly vcpusPerNode: number;
  /** vCPUs that run under this quota, without the nodes of this stack. */
  readonly usedByOthers: number;
  /** vCPUs that are reserved under this quota and unused; undefined when reservations could not be read. */
  readonly reserved?: number;
}

/** Whether the account may run the nodes. */
export function vcpuQuotaCheck(demand: NodeDemand, cluster: string): Check<VcpuEvidence | undefined> {
  const { region } = demand;
  return {
    id: `aws.quota.${demand.group}`,
    subject: `vCPU quota for ${demand.nodes} × ${demand.type}`,
    async gather(signal) {
      if (demand.capacity !== "onDemand") return undefined;
      const quota = vcpuQuotaOf(demand.type);
      if (quota === undefined) throw new CannotCheck(`no quota is known here for the family of ${demand.type}`);
      const client = new EC2Client({ region });
      const [limit, running, unused] = await Promise.all([
        quotaValue(region, quota, signal),
        runningInstances(client, cluster, signal),
        // Without the reservations the check is still possible, and less exact.
        unusedReservations(client, signal).catch(() => undefined),
      ]);
      const counted = running.filter((instance) => countsAgainst(instance, quota));
      const reservedHere = unused?.filter(({ type }) => vcpuQuotaOf(type)?.code === quota.code);
      const types = [...counted, ...(reservedHere ?? [])].map(({ type }) => type);
      const vcpus = await vcpusOf(client, [demand.type, ...types], signal);
      const vcpusPerNode = vcpus.get(demand.type);
      if (vcpusPerNode === undefined) throw new CannotCheck(`EC2 does not know ${demand.type} in ${region}`);
      const others = counted.filter((instance) => !instance.own);
      const usedByOthers = others.reduce((sum, { type }) => sum + (vcpus.get(type) ?? 0), 0);
      const reserved = reservedHere?.reduce((sum, { type, count }) => sum + count * (vcpus.get(type) ?? 0), 0);
      return { quota, limit, vcpusPerNode, usedByOthers, reserved };
    },
    judge: (evidence) => judgeVcpuQuota(demand, evidence),
  };
}

/** Spot instances have their own quotas, and instances of capacity blocks count against none. */
export function countsAgainst(instance: RunningInstance, quota: Quota): boolean {
  return instance.lifecycle === "on-demand" && vcpuQuotaOf(instance.type)?.code === quota.code;
}

/** Decides on the quota. */
export function judgeVcpuQuota(demand: NodeDemand, evidence: VcpuEvidence | undefined): Verdict {
  if (evidence === undefined) {
    return passed(
      `not needed: the nodes run in the ${demand.capacity === "reservation" ? "reservation" : "capacity block"}`,
    );
  }
  const { quota, limit, vcpusPerNode, usedByOthers, reserved } = evidence;
  const need = demand.nodes * vcpusPerNode;
  const max = demand.maxNodes * vcpusPerNode;
  const taken = usedByOthers + (reserved ?? 0);
  const reservations =
    reserved === undefined ? " (reservations could not be read)" : reserved > 0 ? ` and ${reserved} are reserved` : "";
  const have = `${quota.code} allows ${limit} vCPUs, others use ${usedByOthers}${reservations}`;
  const ask = increaseCommand(quota, taken + Math.max(need, max), demand.region);
  if (taken + need > limit) return failed(`needs ${need}; ${have}`, ask);
  if (taken + max <= limit) return passed(`needs ${need}, at most ${max}; ${have}`);
  return warning(
    `enough for ${demand.nodes} (${need}), not for maxSize ${demand.maxNodes} (${max}); ${have}`,
    `The node group cannot grow to its maxSize. ${ask}`,
  );
}
