import type { Capability } from "../components/capability";
import type { CrdManifest } from "../components/crds/crdManifests";
import { gpuExpectation } from "../components/gpu/layer";
import type { GpuNodes } from "../components/gpu/readiness";
import { ISTIO_NAMESPACE } from "../components/naming";
import { CAPABILITIES } from "./capabilities";
import type { EnvironmentConfig } from "./config";
import type { CrdChoice, Wanted, WantedCrds } from "./platforms/inspection/wanted";
import type { ExpectedMonitoring } from "./platforms/inspection/monitoringFindings";
import type { CrdBundleName } from "./versions";

type Bundles = Readonly<Record<string, readonly CrdManifest[]>>;

const USE_GPUS = "Set llm-d:gpu.operator to preinstalled to use the existing one, or uninstall it first.";

/** The title of each bundle, and what to do if it already exists and can be used instead of removed. */
const BUNDLES: Readonly<Partial<Record<CrdBundleName, { readonly title: string; readonly remedy?: string }>>> = {
  "gateway-api": { title: "Gateway API" },
  "inference-extension": { title: "Gateway API Inference Extension" },
  "istio-crds": { title: "Istio" },
  "gpu-operator-crds": { title: "NVIDIA's GPU Operator (ClusterPolicy)", remedy: USE_GPUS },
  "nvidia-driver-crds": { title: "NVIDIA's GPU Operator (NVIDIADriver)", remedy: USE_GPUS },
  "node-feature-discovery-crds": { title: "Node Feature Discovery", remedy: USE_GPUS },
  "prometheus-operator-crds": {
    title: "The Prometheus Operator",
    remedy: "Set llm-d:monitoring.mode to bring-your-own to use the existing one.",
  },
  "keda-crds": { title: "KEDA", remedy: "Set llm-d:autoscaling.operator to preinstalled to use the existing one." },
};

/** The bundles that can be adopted, by their name in the table of versions. */
function choices({ kubernetes }: EnvironmentConfig): Readonly<Record<string, CrdChoice>> {
  return { "gateway-api": kubernetes.crds.gatewayApi, "inference-extension": kubernetes.crds.inferenceExtension };
}

/** Input of the inspection: what the environment will make in the cluster. */
export function wantedInCluster(
  config: EnvironmentConfig,
  bundles: Bundles,
  owner: string,
  gpuNodes: readonly GpuNodes[],
): Wanted {
  const capabilities: readonly Capability[] = CAPABILITIES;
  return {
    owner,
    bundles: Object.entries(bundles).map(([bundle, crds]): WantedCrds => {
      const choice = choices(config)[bundle];
      return {
        bundle,
        ...(BUNDLES[bundle as CrdBundleName] ?? { title: bundle }),
        crds,
        choice: choice ?? "install",
        ...(choice === undefined ? {} : adoptable(bundle, config)),
      };
    }),
    istioNamespace: ISTIO_NAMESPACE,
    namespaces: Object.assign(
      {},
      ...capabilities.map(({ namespaces }) => namespaces?.(config) ?? {}),
    ) as Wanted["namespaces"],
    gatewayClass: config.gateway.className,
    gpuOperator: config.gpu.operator !== "preinstalled",
    pickerDrains: config.endpointPicker.drainSeconds > 0,
    ...(config.gpu.operator === "preinstalled" ? { gpus: gpuExpectation(config.gpu, gpuNodes) } : {}),
    ...(config.monitoring.mode === "bring-your-own" ? { monitoring: expectedMonitoring(config) } : {}),
  };
}

/** The environment makes its own namespace, so that one is not expected. */
function expectedMonitoring({ namespace, monitoring }: EnvironmentConfig): ExpectedMonitoring {
  const { operator, namespace: theirs = namespace } = monitoring.bringYourOwn;
  return { operator, ...(theirs === namespace ? {} : { namespace: theirs }) };
}

function adoptable(bundle: string, { versions }: EnvironmentConfig): Partial<WantedCrds> {
  return bundle === "gateway-api"
    ? {
        setting: "kubernetes.crds.gatewayApi",
        versionAnnotation: "gateway.networking.k8s.io/bundle-version",
        oldest: {
          version: "v1.2.0",
          reason: "HTTPRoute.timeouts and Gateway.infrastructure, which this program sets, are standard since then",
        },
      }
    : {
        setting: "kubernetes.crds.inferenceExtension",
        versionAnnotation: "inference.networking.k8s.io/bundle-version",
        oldest: {
          version: versions.inferenceExtension,
          reason: "the endpoint picker watches the kinds of that release",
        },
      };
}

/** The bundles to install. An adopted bundle is empty. */
export function installedBundles(config: EnvironmentConfig, bundles: Bundles): Bundles {
  const chosen = choices(config);
  return Object.fromEntries(
    Object.entries(bundles).map(([bundle, crds]) => [bundle, chosen[bundle] === "adopt" ? [] : crds]),
  );
}
