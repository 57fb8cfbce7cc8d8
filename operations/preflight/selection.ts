import { resolveChartSources, ChartSourceError } from "../../components/charts/chartSource";
import type { AwsConfig } from "../../stacks/platforms/eks/awsConfig";
import { EKS_VERSIONS } from "../../stacks/platforms/eks/eksVersions";
import type { EnvironmentConfig } from "../../stacks/config";
import { allReleases } from "../../components/serving/modelReleases";
import { usedPins } from "../../stacks/usedPins";
import { imageReference } from "../../components/charts/images";
import { awsClientOptions } from "../common/aws";
import { ownerOf, PROJECT_ROOT, type StackSettings } from "../common/stackSettings";
import type { Check } from "./check";
import { addonCheck } from "./checks/addons";
import { amiReleaseCheck } from "./checks/amiRelease";
import { chartCheck, crdCheck, imageCheck, IndexCache } from "./checks/artifacts";
import { capacityCheck } from "./checks/capacity";
import { creatorCheck } from "./checks/creator";
import { credentialsCheck } from "./checks/credentials";
import { eksVersionCheck } from "./checks/eksVersion";
import { hubRepository, modelCheck, tokenCheck } from "./checks/huggingFace";
import { addressQuotaCheck, vpcQuotaCheck } from "./checks/networkQuota";
import { offeringCheck } from "./checks/offering";
import { vcpuQuotaCheck } from "./checks/vcpuQuota";
import type { Web } from "./web";

/** Every check that a stack's configuration calls for, in the order in which they are shown. */
export function selectChecks(settings: StackSettings, web: Web): Check<unknown>[] {
  const { config, project, stack, token } = settings;
  const repositories = allReleases(config)
    .map(({ model }) => hubRepository(model.uri))
    .filter((repository) => repository !== undefined);
  return [
    ...(config.aws === undefined ? [] : awsChecks(config.aws, ownerOf(project, stack))),
    tokenCheck(token, web),
    ...[...new Set(repositories)].map((repository) => modelCheck(repository, token, web)),
    ...artifactChecks(config, web),
  ];
}

/** What is checked where the stack makes its own cluster. */
export function awsChecks(aws: AwsConfig, owner: string): Check<unknown>[] {
  const options = awsClientOptions(aws.region);
  const { region, name, network, systemNodes, gpuNodes } = aws;
  const { capacity } = gpuNodes;
  const zones = network.zones;
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
  const discovery = { count: network.zoneCount, required: gpuNodes.zone };
  const gateways = network.nat === "single" ? 1 : zones.length > 0 ? zones.length : network.zoneCount;
  return [
    credentialsCheck(options),
    vcpuQuotaCheck(gpu, name, options),
    vcpuQuotaCheck(system, name, options),
    vpcQuotaCheck(owner, options),
    addressQuotaCheck(gateways, owner, options),
    offeringCheck({ group: "gpu", type: gpu.type, zone: gpuNodes.zone, zones, discovery, region }, options),
    offeringCheck({ group: "system", type: system.type, zones, discovery, region }, options),
    ...(capacity.type === "onDemand"
      ? []
      : [
          capacityCheck(
            { kind: capacity.type, id: capacity.id, type: gpu.type, zone: gpuNodes.zone, nodes: gpu.nodes, region },
            name,
            options,
          ),
        ]),
    eksVersionCheck(aws.cluster.version, options),
    addonCheck(aws.cluster.version, aws.cluster.addons, options),
    amiReleaseCheck(
      { group: "gpu", variant: "nvidia", release: gpuNodes.amiRelease, setting: "aws.gpuNodes.amiRelease", region },
      options,
    ),
    amiReleaseCheck(
      {
        group: "system",
        variant: "standard",
        release: EKS_VERSIONS[aws.cluster.version].amiRelease,
        setting: "stacks/platforms/eks/eksVersions.ts",
        region,
      },
      options,
    ),
    creatorCheck(name, aws.cluster.adminPrincipals, options),
  ];
}

/** Every chart, bundle of CRDs and image that the configuration names. */
export function artifactChecks(config: EnvironmentConfig, web: Web): Check<unknown>[] {
  const { charts, crds } = usedPins(config);
  const indexes = new IndexCache(web);
  const named = Object.entries(usedPins(config).images).map(([name, image]) => [name, imageReference(image)] as const);
  const own = allReleases(config).flatMap(({ model, weight }) =>
    model.image === undefined
      ? []
      : [[`model.${model.id ?? "default"}${weight === undefined ? "" : ".canary"}`, model.image] as const],
  );
  const imageChecks = [...named, ...own].map(([name, image]) => imageCheck(name, image, web));
  try {
    const sources = resolveChartSources({ charts, crds, ...config.charts, root: PROJECT_ROOT });
    const crdVersions: Readonly<Record<string, { version: string }>> = crds;
    return [
      ...Object.entries(sources.charts).map(([name, source]) => chartCheck(name, source, web, indexes)),
      ...Object.entries(sources.crds).map(([name, source]) =>
        crdCheck(name, source, crdVersions[name]?.version ?? "", web),
      ),
      ...imageChecks,
    ];
  } catch (error) {
    if (!(error instanceof ChartSourceError)) throw error;
    return [mirrorProblem(error), ...imageChecks];
  }
}

/** A mirror folder that lacks something: one check that says all of it. */
function mirrorProblem(error: ChartSourceError): Check<readonly string[]> {
  return {
    id: "charts.mirror",
    subject: "charts and CRDs",
    gather: () => Promise.resolve(error.problems),
    judge: (problems) => ({
      status: "failed",
      detail: `${problems.length} missing: ${problems.join("; ")}`,
      remedy: "Put them there, or look at llm-d:charts of this stack.",
    }),
  };
}
