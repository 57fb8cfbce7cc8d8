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
import { crdsOf } from "../../../components/charts/crdBundle";
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
 * Builds the AWS side, in the order
 *
 *     network -> cluster -+-> system nodes -> DNS, node monitoring, storage -> load balancer controller
 *                         +-> GPU nodes -> EFA device plugin
 *
 * Everything is tagged with its owner.
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

  // A cluster's address is its own for as long as it lives; one made anew under the same name has another.
  const kubernetes = new k8s.Provider(
    "cluster",
    { ...PROVIDER_SETTINGS, kubeconfig: eks.kubeconfig, clusterIdentifier: eks.endpoint },
    { dependsOn: [eks] },
  );
  const connect = async () => openKubeconfig(await known(eks.kubeconfig));

  const foundation: BuiltPlatform["foundation"] = (installation, bundles) => {
    const systemNodes = new SystemNodes(
      `${name}-system`,
      {
        ...config.systemNodes,
        region,
        clusterName: eks.name,
        // Pinned like that of the GPU nodes: EKS would take whichever is newest on the day a node group is made.
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
    cluster: { provider: kubernetes, kubeconfig: pulumi.secret(eks.kubeconfig), deletedWith: eks.eksCluster },
    connect,
    render: chartRenderer(renderingProvider()),
    // The cluster may not exist yet, and nobody else has been in it.
    inspect: () => Promise.resolve(),
    foundation,
  };
}

/** The zones that are configured, or else discovered. */
async function networkZones({ network, gpuNodes }: AwsConfig, provider: aws.Provider): Promise<readonly string[]> {
  if (network.zones.length > 0) return network.zones;
  const { names } = await aws.getAvailabilityZones(
    {
      state: "available",
      // Neither local zones nor any other that has to be opted into.
      filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }],
      excludeZoneIds: [...ZONES_WITHOUT_EKS],
    },
    { provider },
  );
  return chooseZones(names, network.zoneCount, gpuNodes.zone);
}

/** A provider that renders charts while there is no cluster yet, and that no resource is given; made when first used. */
function renderingProvider(): () => k8s.Provider {
  const nowhere = JSON.stringify({ apiVersion: "v1", kind: "Config", clusters: [], contexts: [], users: [] });
  let provider: k8s.Provider | undefined;
  return () => (provider ??= new k8s.Provider("charts", { kubeconfig: nowhere }));
}
