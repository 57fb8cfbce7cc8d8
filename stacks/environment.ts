import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { resolveChartSources } from "../components/charts/chartSource";
import { OwnedNamespace } from "../components/cluster/ownedNamespace";
import { crdsOf } from "../components/charts/crdBundle";
import { loadCrds } from "../components/charts/crdManifests";
import { GatewayApi } from "../components/gateway/gatewayApi";
import { InferenceExtension } from "../components/endpointPicker/inferenceExtension";
import { InferenceRoute, type RoutedModel } from "../components/gateway/inferenceRoute";
import { Istio } from "../components/istio/istio";
import { IstioCrds } from "../components/istio/istioCrds";
import {
  HUGGING_FACE_SECRET,
  INFERENCE_ROUTE,
  ISTIO_NAMESPACE,
  ISTIOD_SERVICE_ACCOUNT,
  MODEL_SERVER_ACCOUNT,
  modelNames,
} from "../components/naming";
import { ingressRules, SCRAPERS } from "../components/networkPolicies/ingressRules";
import { NetworkPolicies } from "../components/networkPolicies/networkPolicies";
import { EndpointPicker } from "../components/endpointPicker/endpointPicker";
import { HuggingFaceSecret } from "../components/serving/huggingFaceSecret";
import { ModelServer } from "../components/serving/modelServer";
import { ModelServerAccount } from "../components/serving/modelServerAccount";
import { MODEL_SERVER_PORT } from "../components/serving/modelValues";
import { mergeValues } from "../components/charts/values";
import type { EnvironmentConfig } from "./config";
import { platformOf } from "./platforms/platform";
import { installedBundles, wantedInCluster } from "./platforms/wanted";
import { autoscalingLayer } from "../components/autoscaling/layer";
import { Installation } from "../components/installation";
import type { LayerContext } from "../components/layerContext";
import { gatewayLayer } from "../components/gateway/layer";
import { gpuLayer } from "../components/gpu/layer";
import { grafanaListener } from "../monitoring/grafanaAddress";
import { monitoringLayer } from "../monitoring/layer";
import type { MonitoringOutputs } from "../monitoring/chartLayer";
import { validationLayer } from "../validation/layer";
import { releasesOf } from "../components/serving/modelReleases";
import { pinsOf } from "./pins";
import { imageReference, imageTag } from "./versions";

/** The project's folder, which relative paths of the configuration start from. */
export const PROJECT_ROOT = path.resolve(__dirname, "..");

/** How long to wait for one of the small deployments (istiod, endpoint picker), images included, in seconds. */
const DEPLOYMENT_TIMEOUT_SECONDS = 600;

/** How long to wait for the gateway to take a route, in seconds. */
const ROUTE_TIMEOUT_SECONDS = 300;

/** What an environment has to say about itself once it is up. */
export interface Environment extends MonitoringOutputs {
  readonly kubeconfig: pulumi.Output<string>;
  readonly namespace: pulumi.Output<string>;
  /** URL of the gateway. */
  readonly gatewayUrl: pulumi.Output<string>;
  /** Address of the gateway's load balancer. */
  readonly gatewayAddress: pulumi.Output<string>;
  /** URL of each model: the gateway's, followed by the model's path. */
  readonly gatewayUrls: Readonly<Record<string, pulumi.Output<string>>>;
}

/** Builds the whole environment. It reads as the architecture does: each `dependsOn` is an arrow of docs/architecture.md. */
export async function buildEnvironment(config: EnvironmentConfig): Promise<Environment> {
  const { versions } = config;
  const sources = resolveChartSources({
    ...pinsOf(config),
    overrides: config.charts.overrides,
    mirror: config.charts.mirror,
    root: PROJECT_ROOT,
  });
  const owner = `${pulumi.getProject()}/${pulumi.getStack()}`;
  const platform = await platformOf(config, owner, PROJECT_ROOT);
  const { cluster } = platform;
  const released = await loadCrds(sources, cluster.render);
  await platform.inspect(wantedInCluster(config, released, owner));
  const bundles = installedBundles(config, released);
  // What is made by the namespace's end and the Gateway's is in the cluster's cloud as well, and so is a model's GPU: those
  // three are really deleted. Everything else may go with the cluster.
  const kept = { provider: cluster.provider };
  const inCluster = { ...kept, ...(cluster.deletedWith === undefined ? {} : { deletedWith: cluster.deletedWith }) };
  const installation = new Installation({ owner, sources, connect: cluster.connect });
  const context: LayerContext = {
    config,
    cluster,
    platform,
    installation,
    bundles,
    inCluster,
    kept,
  };
  const { nodes, gpuNodes, loadBalancers, loadBalancerAnnotations } = platform.foundation({
    installation,
    loadBalancerCrds: bundles["aws-load-balancer-controller-crds"] ?? [],
  });

  // The kinds that everything on the gateway's side is made of.
  const gatewayApi = new GatewayApi("gateway-api", { installation, crds: crdsOf(bundles, "gateway-api") }, inCluster);
  const inferenceExtension = new InferenceExtension(
    "inference-extension",
    { installation, crds: crdsOf(bundles, "inference-extension") },
    inCluster,
  );

  const istioCrds = new IstioCrds("istio-crds", { installation, crds: crdsOf(bundles, "istio-crds") }, inCluster);
  const istioNamespace = new OwnedNamespace(
    ISTIO_NAMESPACE,
    { installation, name: ISTIO_NAMESPACE, podSecurity: "restricted" },
    inCluster,
  );

  const istiodAdmission = platform.admit(
    "istiod",
    { namespace: istioNamespace.namespace, name: ISTIOD_SERVICE_ACCOUNT },
    { ...inCluster, dependsOn: [istioNamespace] },
  );

  // istiod looks for the kinds of its branch when it starts, and the gateway's would be missed if they came later.
  const istio = new Istio(
    "istio",
    {
      installation,
      namespace: istioNamespace.namespace,
      pilot: config.istio.pilot,
      images: { pilot: imageReference(versions.images.pilot), proxyv2: imageReference(versions.images.proxyv2) },
      values: mergeValues(platform.istioValues, config.istio.values),
      timeoutSeconds: DEPLOYMENT_TIMEOUT_SECONDS,
    },
    {
      ...inCluster,
      dependsOn: [gatewayApi, inferenceExtension, istioCrds, istioNamespace, ...istiodAdmission, ...nodes],
    },
  );

  // The serving side's own branch: nothing of it waits for the gateway's. Destroy waits until the namespace is empty, the
  // gateway's Service with its balancer included: only then may go what removes balancers.
  const llmd = new OwnedNamespace(
    config.namespace,
    // Not restricted: vLLM's image runs as root, and the endpoint picker's chart has no values for a securityContext.
    { installation, name: config.namespace, podSecurity: "baseline", protect: config.protect },
    { ...kept, dependsOn: [...loadBalancers] },
  );
  const { namespace } = llmd;
  const gpus = gpuLayer(context, { gpuNodes, nodes, namespace });
  const token = new HuggingFaceSecret(
    HUGGING_FACE_SECRET,
    { namespace, token: config.huggingFaceToken },
    { ...inCluster, dependsOn: [llmd] },
  );
  const modelAccount = new ModelServerAccount(MODEL_SERVER_ACCOUNT, { namespace }, { ...inCluster, dependsOn: [llmd] });
  new NetworkPolicies(
    "network-policies",
    {
      rules: ingressRules({
        namespace: config.namespace,
        istioNamespace: ISTIO_NAMESPACE,
        gatewayName: config.gateway.name,
        gatewayPort: config.gateway.port,
        modelPort: MODEL_SERVER_PORT,
        scrapers: SCRAPERS[config.monitoring.mode],
      }),
    },
    { ...inCluster, dependsOn: [llmd, istioNamespace] },
  );

  const { gateway, gatewayUrl } = gatewayLayer(context, {
    namespace,
    loadBalancerAnnotations,
    dependsOn: [istio, llmd],
  });

  const gatewayUrls: Record<string, pulumi.Output<string>> = {};
  const served: ModelServer[] = [];
  const pools: pulumi.Resource[] = [];
  const routed: RoutedModel[] = [];
  for (const model of config.models) {
    const released = releasesOf(model).map((release) => {
      const { names, model: settings, weight } = release;

      const modelServer = new ModelServer(
        names.modelRelease,
        {
          installation,
          releaseName: names.modelRelease,
          namespace,
          model: { ...settings, replicas: settings.autoscaling?.maxReplicas ?? settings.replicas },
          image: settings.image ?? imageReference(versions.images.vllm),
          podLabels: names.podLabels,
          authSecretName: token.secretName,
          serviceAccountName: modelAccount.accountName,
          autoscaled: settings.autoscaling !== undefined,
        },
        { ...kept, dependsOn: [llmd, token, modelAccount, ...gpus.ready] },
      );

      const endpointPicker = new EndpointPicker(
        names.poolRelease,
        {
          installation,
          releaseName: names.poolRelease,
          namespace,
          endpointPicker: config.endpointPicker,
          image: { hub: versions.images.epp.hub, name: versions.images.epp.name, tag: imageTag(versions.images.epp) },
          inferencePoolApi: versions.inferencePoolApi,
          selector: names.podLabels,
          targetPort: MODEL_SERVER_PORT,
          blockSize: model.blockSize,
          prefixCaching: model.prefixCaching,
          metricsAuthentication: config.monitoring.mode !== "off",
          rolling: true,
          timeoutSeconds: DEPLOYMENT_TIMEOUT_SECONDS,
        },
        { ...inCluster, dependsOn: [gateway] },
      );

      // A canary has to serve before requests are sent to it; the model itself is waited for by none of them.
      if (weight === undefined) served.push(modelServer);
      else pools.push(modelServer);
      pools.push(endpointPicker);
      const { poolName, poolGroup } = endpointPicker;
      return { poolName, poolGroup, pathPrefix: names.pathPrefix, weight: weight ?? 0 };
    });
    const [stable, canary] = released;
    if (stable !== undefined) routed.push({ ...stable, ...(canary === undefined ? {} : { canary }) });
    gatewayUrls[model.name] = pulumi.interpolate`${gatewayUrl}${modelNames(model.id).pathPrefix}`;
  }

  const route = new InferenceRoute(
    INFERENCE_ROUTE,
    {
      routeName: INFERENCE_ROUTE,
      namespace,
      gatewayName: gateway.gatewayName,
      ...(grafanaListener(config) === undefined ? {} : { listener: gateway.portName }),
      models: routed,
      timeoutSeconds: ROUTE_TIMEOUT_SECONDS,
    },
    { ...inCluster, dependsOn: pools },
  );

  validationLayer(context, {
    namespace,
    gatewayService: gateway.serviceName,
    gatewayPort: config.gateway.port,
    dependsOn: [...served, route],
  });

  // A branch of its own as well: only what scales models by its metrics waits for it.
  const monitoring = monitoringLayer(context, { nodes, llmd, istioNamespace, gateway });
  autoscalingLayer(context, { nodes, prometheusUrl: monitoring.prometheusUrl, modelServers: served });

  return {
    ...monitoring,
    kubeconfig: cluster.kubeconfig,
    namespace,
    gatewayUrl,
    gatewayAddress: gateway.address,
    gatewayUrls,
  };
}
