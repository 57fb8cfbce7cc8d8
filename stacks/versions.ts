import { CAPABILITIES } from "./capabilities";
import { PLATFORMS } from "./platforms";
import { mergePins, type MergedPins } from "./mergePins";

/**
 * The one table of versions: every chart, CRD bundle and image that this program installs. Nothing else in the repository names a
 * version, except for what EKS installs itself (platforms/eks/eksVersions.ts). Where each part comes from is in the `pins.ts` of its
 * capability.
 *
 * A lane is a set that is known to fit together. `compatibility.ts` checks any set, so that one which a stack changes by `versions` or
 * `charts.overrides` is refused where it does not fit.
 */

/** A lane that this program offers; the value of the `lane` setting. */
export type Lane = "istio-1.27";

/** The lane used when the `lane` setting is left out. */
export const DEFAULT_LANE: Lane = "istio-1.27";

/** Lanes that are planned: recognised in configuration and refused with a message of their own. */
export const PLANNED_LANES: readonly string[] = ["precise"];

/** API group and version of the InferencePool objects. It has to be the one that Istio watches. */
export type InferencePoolApi = "inference.networking.x-k8s.io/v1alpha2" | "inference.networking.k8s.io/v1";

/** What is the same in every lane. */
const SHARED = {
  /** Of the chart; with `v` of its image and its CRDs. */
  loadBalancerController: "3.5.0",
  efaDevicePlugin: "v0.5.30",
  /** Of the chart, and of the CRDs released with it. */
  gpuOperator: "v26.3.3",
  /** Of the chart that the GPU operator's chart includes. */
  nodeFeatureDiscovery: "v0.18.3",
  /**
   * Tag of the image of the GPU smoke test. Driver 550 and every later one take CUDA 12.4. The container toolkit refuses an image of a
   * newer CUDA on nodes with an older driver, and nvidia-smi is the driver's own anyway.
   */
  cuda: "12.4.1-base-ubi9",
  kubePrometheusStack: "88.5.3",
  /** The operator that this kube-prometheus-stack is made for. */
  prometheusOperator: "v0.93.1",
  /** Of the chart; with `v` of the release whose CRDs are installed. */
  keda: "2.17.1",
  /** Tag of the Node.js image. */
  node: "22.20.0-bookworm-slim",
} as const;

/** The versions that a set is built from. Everything else in a `VersionSet` follows from them. */
export interface VersionParts extends Readonly<Record<keyof typeof SHARED, string>> {
  /** Istio's version, without `v`. */
  readonly istio: string;
  /** Version of the Gateway API's CRDs, standard channel, with `v`. */
  readonly gatewayApi: string;
  /** Version of the Inference Extension with `v`: its CRDs, and the chart and image of the endpoint picker. */
  readonly inferenceExtension: string;
  readonly inferencePoolApi: InferencePoolApi;
  /** Version of the llm-d-modelservice chart, with `v`. */
  readonly modelService: string;
  /** Tag of the vLLM image. */
  readonly vllm: string;
}

/** The versions of each lane. */
export const LANE_PARTS: Readonly<Record<Lane, VersionParts>> = {
  // Istio 1.27 is built on Gateway API v1.3.0 and watches v1alpha2 pools only. Inference Extension v1.3.1 still ships that API
  // besides v1, and its endpoint picker reconciles both.
  "istio-1.27": {
    ...SHARED,
    istio: "1.27.9",
    gatewayApi: "v1.3.0",
    inferenceExtension: "v1.3.1",
    inferencePoolApi: "inference.networking.x-k8s.io/v1alpha2",
    modelService: "v0.4.12",
    vllm: "v0.10.0",
  },
};

/** Everything that brings charts, CRDs or images. */
const BRINGERS = [...CAPABILITIES, ...PLATFORMS] as const;

type AllPins = MergedPins<(typeof BRINGERS)[number]>;

/** Name of a Helm chart that the program installs. */
export type ChartName = keyof AllPins["charts"];
/** Name of a bundle of custom resource definitions that the program installs. */
export type CrdBundleName = keyof AllPins["crds"];
/** Name of an image that the program names in chart values. */
export type ImageName = keyof AllPins["images"];

/** Everything that is installed, resolved for one environment. */
export interface VersionSet extends Pick<
  VersionParts,
  "istio" | "gatewayApi" | "inferenceExtension" | "inferencePoolApi"
> {
  readonly charts: AllPins["charts"];
  readonly crds: AllPins["crds"];
  readonly images: AllPins["images"];
}

/** Builds the whole set from its versions. */
export function versionSet(parts: VersionParts): VersionSet {
  const { istio, gatewayApi, inferenceExtension, inferencePoolApi } = parts;
  return { istio, gatewayApi, inferenceExtension, inferencePoolApi, ...mergePins(BRINGERS, parts) };
}

/** The versions of each lane. */
export const LANES: Readonly<Record<Lane, VersionSet>> = { "istio-1.27": versionSet(LANE_PARTS["istio-1.27"]) };

const names = <T extends object>(pins: T) => Object.keys(pins) as [keyof T, ...(keyof T)[]];

/** Every Helm chart that the program installs, by the chart's own name. */
export const CHART_NAMES: readonly ChartName[] = names(LANES[DEFAULT_LANE].charts);
/** Every bundle of custom resource definitions that the program installs. */
export const CRD_BUNDLE_NAMES: readonly CrdBundleName[] = names(LANES[DEFAULT_LANE].crds);
/** Every image that the program names in chart values. */
export const IMAGE_NAMES: readonly ImageName[] = names(LANES[DEFAULT_LANE].images);
