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
import { type NodeDemand, vcpuQuotaCheck } from "./vcpuQuota";

/**
 * What is checked at AWS before `pulumi up`, in the order of the report.
 *
 * @param owner `<project>/<stack>`
 */
export function awsChecks(aws: AwsConfig, owner: string): Check[] {
  const { region, name, network, systemNodes, gpuNodes, cluster } = aws;
  const { capacity, zone } = gpuNodes;
  const { zones } = network;
  const system = nodeDemand("system", systemNodes, "onDemand", region);
  const gpu = nodeDemand("gpu", gpuNodes, capacity.type, region);
  const systemRelease = EKS_VERSIONS[cluster.version].amiRelease;
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
    amiReleaseCheck("gpu", "nvidia", gpuNodes.amiRelease, "aws.gpuNodes.amiRelease", region),
    amiReleaseCheck("system", "standard", systemRelease, "stacks/platforms/eks/eksVersions.ts", region),
    creatorCheck(name, cluster.adminPrincipals, region),
  ];
  return checks.map(withExplainedErrors);
}

function nodeDemand(
  group: string,
  { instanceType, minSize, desiredSize, maxSize }: AwsConfig["gpuNodes"] | AwsConfig["systemNodes"],
  capacity: NodeDemand["capacity"],
  region: string,
): NodeDemand {
  return { group, type: instanceType, nodes: Math.max(minSize, desiredSize), maxNodes: maxSize, capacity, region };
}

/** Makes a check fail with a message for an operator instead of the SDK's. */
export function withExplainedErrors(check: Check): Check {
  const gather = (signal: AbortSignal): Promise<unknown> =>
    check.gather(signal).catch((error: unknown) => Promise.reject(cannotCheck(error)));
  return { ...check, gather };
}
