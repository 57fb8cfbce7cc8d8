import type { Check } from "../../operations";
import type { AwsConfig } from "../awsConfig";
import { cannotCheck } from "../awsClient";
import { EKS_VERSIONS } from "../eksVersions";
import { addonCheck } from "./addons";
import { amiReleaseCheck } from "./amiRelease";
import { capacityCheck } from "./capacity";
import { creatorCheck } from "./creator";
import { credentialsCheck } from "./credentials";
import { eksVersionCheck } from "./eksVersion";
import { addressQuotaCheck, vpcQuotaCheck } from "./networkQuota";
import { offeringCheck } from "./offering";
import { vcpuQuotaCheck } from "./vcpuQuota";

/**
 * What is checked at AWS before `pulumi up`, in the order of the report.
 *
 * @param owner `<project>/<stack>`
 */
export function awsChecks(aws: AwsConfig, owner: string): Check[] {
  const { region, name, network, systemNodes, gpuNodes, cluster } = aws;
  const { capacity, zone } = gpuNodes;
  const { zones } = network;
  const nodes = (group: { minSize: number; desiredSize: number }): number => Math.max(group.minSize, group.desiredSize);
  const system = {
    group: "system",
    type: systemNodes.instanceType,
    nodes: nodes(systemNodes),
    maxNodes: systemNodes.maxSize,
    capacity: "onDemand",
    region,
  } as const;
  const gpu = {
    group: "gpu",
    type: gpuNodes.instanceType,
    nodes: nodes(gpuNodes),
    maxNodes: gpuNodes.maxSize,
    capacity: capacity.type,
    region,
  } as const;
  const gpuImage = {
    group: "gpu",
    variant: "nvidia",
    release: gpuNodes.amiRelease,
    setting: "aws.gpuNodes.amiRelease",
    region,
  } as const;
  const systemImage = {
    group: "system",
    variant: "standard",
    release: EKS_VERSIONS[cluster.version].amiRelease,
    setting: "stacks/platforms/eks/eksVersions.ts",
    region,
  } as const;
  const discovery = { count: network.zoneCount, required: zone };
  const gateways = network.nat === "single" ? 1 : zones.length > 0 ? zones.length : network.zoneCount;
  const reserved =
    capacity.type === "onDemand"
      ? []
      : [{ kind: capacity.type, id: capacity.id, type: gpu.type, zone, nodes: gpu.nodes, region } as const];
  const checks: Check[] = [
    credentialsCheck(region),
    vcpuQuotaCheck(gpu, name),
    vcpuQuotaCheck(system, name),
    vpcQuotaCheck(owner, region),
    addressQuotaCheck(gateways, owner, region),
    offeringCheck({ group: "gpu", type: gpu.type, zone, zones, discovery, region }),
    offeringCheck({ group: "system", type: system.type, zones, discovery, region }),
    ...reserved.map((demand) => capacityCheck(demand, name)),
    eksVersionCheck(cluster.version, region),
    addonCheck(cluster.version, cluster.addons, region),
    amiReleaseCheck(gpuImage),
    amiReleaseCheck(systemImage),
    creatorCheck(name, cluster.adminPrincipals, region),
  ];
  return checks.map(withExplainedErrors);
}

/** Makes a check fail with a message for an operator instead of the SDK's. */
export function withExplainedErrors(check: Check): Check {
  const gather = (signal: AbortSignal): Promise<unknown> =>
    check.gather(signal).catch((error: unknown) => Promise.reject(cannotCheck(error)));
  return { ...check, gather };
}
