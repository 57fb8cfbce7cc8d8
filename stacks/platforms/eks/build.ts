import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Cluster as EksCluster } from "./resources/cluster";
import { EfaDevicePlugin } from "./resources/efaDevicePlugin";
import { GpuNodeGroup } from "./resources/gpuNodeGroup";
import { LoadBalancerController, NETWORK_LOAD_BALANCER_ANNOTATIONS } from "./resources/loadBalancerController";
import { Network } from "./resources/network";
import { SystemNodes } from "./resources/systemNodes";
import { WorkloadAddons } from "./resources/workloadAddons";
import { chooseZones, ZONES_WITHOUT_EKS } from "./resources/networkPlan";
import { openKubeconfig } from "../../../components/cluster/clusterApi";
import { OWNER_ANNOTATION } from "../../../components/cluster/owner";
import { listVolumes } from "../../../components/cluster/volumes";
import { crdsOf } from "../../../components/crds/crdBundle";
import { CrdProvider } from "../../../components/crds/customResourceDefinition";
import { known } from "../../../components/outputs";
import { EKS_REGISTRIES, EKS_VERSIONS } from "./eksVersions";
import { INSTANCE_TYPES, SYSTEM_INSTANCE_TYPES } from "./instanceTypes";
import type { BuiltPlatform, Site } from "../definition";
import { chartRenderer, PLAIN_KUBERNETES, PROVIDER_SETTINGS } from "../kubeconfigCluster";
import type { AwsConfig } from "./awsConfig";

/** How long to wait for the load balancer controller and the device plugin, images included, in seconds. */
const CONTROLLER_TIMEOUT_SECONDS = 600;

/** The part of the configuration that the platform is built from. */
export interface EksConfigured {
  readonly aws?: AwsConfig | undefined;
  readonly protect: boolean;
}

/**
 * Builds the AWS resources in this order:
 *
 *     network -> cluster -+-> system nodes -> DNS, node monitoring, storage -> load balancer controller
 *                         +-> GPU nodes -> EFA device plugin
 *
 * Every AWS resource has the tag of its owner.
 */
export async function buildEks({ aws: config, protect }: EksConfigured, { owner }: Site): Promise<BuiltPlatform> {
  if (config === undefined) throw new Error("aws is not set");
  const { name, region } = config;
  const tags = { ...config.tags, [OWNER_ANNOTATION]: owner };
  const provider = new aws.Provider("aws", { region, defaultTags: { tags } });
  const inAws = { provider };

  const network = new Network(
    name,
    {
      region,
      cidr: config.network.cidr,
      zones: await networkZones(config, provider),
      nat: config.network.nat,
      interfaceEndpoints: config.network.interfaceEndpoints,
      flowLogs: config.network.flowLogs,
      clusterName: name,
    },
    inAws,
  );
  const eks = new EksCluster(
    name,
    {
      region,
      version: config.cluster.version,
      subnetIds: network.privateSubnetIds,
      endpoint: config.cluster.endpoint,
      logTypes: config.cluster.logTypes,
      logRetentionDays: config.cluster.logRetentionDays,
      adminPrincipals: config.cluster.adminPrincipals,
      caller: (await aws.getCallerIdentity({}, inAws)).arn,
      addons: config.cluster.addons,
      tags,
      protect,
    },
    { ...inAws, dependsOn: [network] },
  );

  // The endpoint identifies the cluster: a new cluster with the same name has another endpoint.
  const identified = { kubeconfig: eks.kubeconfig, clusterIdentifier: eks.endpoint };
  const kubernetes = new k8s.Provider("cluster", { ...PROVIDER_SETTINGS, ...identified }, { dependsOn: [eks] });
  const crdProvider = new CrdProvider("cluster-crds", identified, { dependsOn: [eks] });
  const connect = async () => openKubeconfig(await known(eks.kubeconfig));

  const foundation: BuiltPlatform["foundation"] = (installation, bundles) => {
    const systemNodes = new SystemNodes(
      `${name}-system`,
      {
        ...config.systemNodes,
        region,
        clusterName: eks.name,
        // Pinned, because EKS would take the newest release on the day that the node group is created.
        amiRelease: EKS_VERSIONS[config.cluster.version].amiRelease,
        subnetIds: network.privateSubnetIds,
        tags,
      },
      { ...inAws, dependsOn: [eks] },
    );
    const workloadAddons = new WorkloadAddons(
      name,
      {
        region,
        clusterName: eks.name,
        eksCluster: eks.eksCluster,
        versions: config.cluster.addons,
        tags,
        sharedInterfaces: SYSTEM_INSTANCE_TYPES[config.systemNodes.instanceType].interfaces,
        listVolumes: async () => listVolumes(await connect()),
      },
      { providers: [provider, kubernetes], dependsOn: [systemNodes] },
    );
    const loadBalancerController = new LoadBalancerController(
      name,
      {
        installation,
        crds: crdsOf(bundles, "aws-load-balancer-controller-crds"),
        clusterName: eks.name,
        eksCluster: eks.eksCluster,
        region,
        vpcId: network.vpcId,
        tags,
        timeoutSeconds: CONTROLLER_TIMEOUT_SECONDS,
      },
      {
        providers: [provider, kubernetes],
        dependsOn: [workloadAddons],
      },
    );

    const gpuNodes = new GpuNodeGroup(
      `${name}-gpu`,
      {
        ...config.gpuNodes,
        region,
        clusterName: eks.name,
        clusterSecurityGroupId: eks.securityGroupId,
        vpcId: network.vpcId,
        subnetIds: network.privateSubnetsOf(config.gpuNodes.zone),
        facts: INSTANCE_TYPES[config.gpuNodes.instanceType],
        tags,
      },
      { ...inAws, dependsOn: [eks] },
    );
    const devices = config.gpuNodes.efa
      ? [
          new EfaDevicePlugin(
            "efa-device-plugin",
            { installation, timeoutSeconds: CONTROLLER_TIMEOUT_SECONDS, registry: EKS_REGISTRIES[region] },
            { provider: kubernetes, dependsOn: [gpuNodes], deletedWith: eks.eksCluster },
          ),
        ]
      : [];

    return {
      nodes: [workloadAddons],
      gpuNodes: [gpuNodes, ...devices],
      loadBalancers: [loadBalancerController],
      loadBalancerAnnotations: NETWORK_LOAD_BALANCER_ANNOTATIONS,
    };
  };
  return {
    ...PLAIN_KUBERNETES,
    cluster: {
      provider: kubernetes,
      crdProvider,
      kubeconfig: pulumi.secret(eks.kubeconfig),
      deletedWith: eks.eksCluster,
    },
    connect,
    render: chartRenderer(renderingProvider()),
    // Only the program uses this cluster, and it may not exist yet.
    inspect: () => Promise.resolve(),
    foundation,
  };
}

/** The configured zones, or discovered zones if none are configured. */
async function networkZones({ network, gpuNodes }: AwsConfig, provider: aws.Provider): Promise<readonly string[]> {
  if (network.zones.length > 0) return network.zones;
  const { names } = await aws.getAvailabilityZones(
    {
      state: "available",
      // Excludes local zones and other zones that need an opt-in.
      filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }],
      excludeZoneIds: [...ZONES_WITHOUT_EKS],
    },
    { provider },
  );
  return chooseZones(names, network.zoneCount, gpuNodes.zone);
}

/** A provider that renders charts before the cluster exists. No resource uses it, so it is made at its first use. */
function renderingProvider(): () => k8s.Provider {
  const nowhere = JSON.stringify({ apiVersion: "v1", kind: "Config", clusters: [], contexts: [], users: [] });
  let provider: k8s.Provider | undefined;
  return () => (provider ??= new k8s.Provider("charts", { kubeconfig: nowhere }));
}
