import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { autoscalingLayer } from "../components/autoscaling/layer";
import { resolveChartSources } from "../components/charts/chartSource";
import { loadCrds } from "../components/crds/crdManifests";
import { endpointPickerLayer, inferenceExtensionLayer } from "../components/endpointPicker/layer";
import { gatewayApiLayer, gatewayLayer } from "../components/gateway/layer";
import { routeLayer } from "../components/gateway/routeLayer";
import { gpuLayer } from "../components/gpu/layer";
import { Installation } from "../components/installation";
import { istioLayer } from "../components/istio/layer";
import { networkPoliciesLayer } from "../components/networkPolicies/layer";
import { modelsNamespace, servingLayer } from "../components/serving/layer";
import { grafanaHosts } from "../monitoring/grafanaAddress";
import { monitoringLayer, type MonitoringOutputs } from "../monitoring/layer";
import { validationLayer } from "../validation/layer";
import { kubernetesOfIstio } from "./compatibility";
import type { EnvironmentConfig } from "./config";
import { PLATFORMS, platformNamed } from "./platforms";
import type { PlatformDefinition } from "./platforms/definition";
import { usedPins } from "./usedPins";
import { installedBundles, wantedInCluster } from "./wanted";

/** The project's folder. Relative paths of the configuration start here. */
export const PROJECT_ROOT = path.resolve(__dirname, "..");

/** The addresses of an environment. */
export interface Environment extends MonitoringOutputs {
  /** Secret. */
  readonly kubeconfig: pulumi.Output<string>;
  readonly namespace: pulumi.Output<string>;
  /** URL of the gateway. */
  readonly gatewayUrl: pulumi.Output<string>;
  /** Address of the gateway's load balancer. */
  readonly gatewayAddress: pulumi.Output<string>;
  /** URL of each model: the gateway's, followed by the model's path. */
  readonly gatewayUrls: Readonly<Record<string, pulumi.Output<string>>>;
}

/** Finds or makes the cluster, inspects it, and prepares the installation into it. */
async function beginInstallation(config: EnvironmentConfig, platforms: readonly PlatformDefinition[]) {
  const owner = `${pulumi.getProject()}/${pulumi.getStack()}`;
  const definition = platformNamed(config.platform, platforms);
  const { overrides, mirror } = config.charts;
  const sources = resolveChartSources({ ...usedPins(config, platforms), overrides, mirror, root: PROJECT_ROOT });
  const kubernetes = kubernetesOfIstio(config.versions);
  const istio = { version: config.versions.istio, ...(kubernetes === undefined ? {} : { kubernetes }) };
  const platform = await definition.build(config, { owner, root: PROJECT_ROOT, istio });
  const released = await loadCrds(sources, platform.render);
  const expected = definition.gpuNodes(config);
  await platform.inspect(wantedInCluster(config, released, owner, expected));
  const bundles = installedBundles(config, released);
  const installation = new Installation({
    owner,
    sources,
    connect: platform.connect,
    crdProvider: () => platform.cluster.crdProvider,
  });
  const { provider, deletedWith } = platform.cluster;
  const kept = { provider };
  const inCluster = { ...kept, ...(deletedWith === undefined ? {} : { deletedWith }) };
  const context = { platform, installation, bundles, inCluster, kept };
  return { context, expected, cloud: definition.facts.cloud, foundation: platform.foundation(installation, bundles) };
}

/** Builds the whole environment. Each resource argument is an arrow in docs/architecture.md. */
export async function buildEnvironment(
  config: EnvironmentConfig,
  platforms: readonly PlatformDefinition[] = PLATFORMS,
): Promise<Environment> {
  const { context, expected, cloud, foundation } = await beginInstallation(config, platforms);
  const { nodes, gpuNodes, loadBalancers, loadBalancerAnnotations } = foundation;

  const watched = [gatewayApiLayer(context), inferenceExtensionLayer(context)];
  const { istio, namespace: istioNamespace } = istioLayer(context, config, { watched, nodes });

  const llmd = modelsNamespace(context, config, loadBalancers);
  const { namespace } = llmd;
  networkPoliciesLayer(context, config, [llmd, istioNamespace]);

  // Models do not wait for the gateway.
  const gpus = gpuLayer(context, config, { expected, gpuNodes, nodes, namespace });
  const served = servingLayer(context, config, { llmd, gpus: gpus.ready });

  const moreHosts = grafanaHosts(config);
  const { gateway, gatewayUrl } = gatewayLayer(context, config, {
    namespace,
    loadBalancerAnnotations,
    moreHosts,
    cloud,
    dependsOn: [istio, llmd],
  });
  const pools = endpointPickerLayer(context, config, { namespace, gateway, served });
  const route = routeLayer(context, {
    namespace,
    gatewayName: gateway.gatewayName,
    ...(Object.keys(moreHosts).length === 0 ? {} : { listener: gateway.portName }),
    pools,
  });

  const models = pools.filter(({ weight }) => weight === undefined);
  const modelServers = models.map(({ server }) => server);
  validationLayer(context, config, {
    namespace,
    gatewayService: gateway.serviceName,
    dependsOn: [...modelServers, route],
  });
  const monitoring = monitoringLayer(context, config, { nodes, llmd, istioNamespace, gateway });
  autoscalingLayer(context, config, { nodes, prometheusUrl: monitoring.prometheusUrl, modelServers });

  return {
    ...monitoring,
    kubeconfig: context.platform.cluster.kubeconfig,
    namespace,
    gatewayUrl,
    gatewayAddress: gateway.address,
    gatewayUrls: Object.fromEntries(
      models.map(({ model, names }) => [model.name, pulumi.interpolate`${gatewayUrl}${names.pathPrefix}`]),
    ),
  };
}
