import type { ChartPin, CrdBundlePin } from "../components/charts/chartSource";

export type { ChartPin, CrdBundlePin };

/**
 * The one table of versions. Every chart, CRD bundle and image that this program installs is pinned here, by lane;
 * nothing else in the repository names a version, a chart repository or an image registry, but for what EKS installs
 * itself, its add-ons and AMIs (aws/eksVersions.ts).
 *
 * A lane is a set that is known to fit together. `compatibility.ts` checks any set, so that one which was changed
 * through the `versions` or `charts.overrides` settings is refused before anything is made when it does not fit.
 */

/** A lane that this program offers; the value of the `lane` setting. */
export type Lane = "istio-1.27";

/** The lane used when the `lane` setting is left out. */
export const DEFAULT_LANE: Lane = "istio-1.27";

/** Lanes that are planned: recognised in configuration and refused with a message of their own. */
export const PLANNED_LANES: readonly string[] = ["precise"];

/** API group and version of the InferencePool objects that are made; it has to be the one that Istio watches. */
export type InferencePoolApi = "inference.networking.x-k8s.io/v1alpha2" | "inference.networking.k8s.io/v1";

/** Every Helm chart that the program installs, by the chart's own name. */
export const CHART_NAMES = [
  "base",
  "istiod",
  "inferencepool",
  "llm-d-modelservice",
  "aws-load-balancer-controller",
  "aws-efa-k8s-device-plugin",
  "gpu-operator",
  "kube-prometheus-stack",
  "keda",
] as const;
export type ChartName = (typeof CHART_NAMES)[number];

/** Every bundle of custom resource definitions that the program installs. */
export const CRD_BUNDLE_NAMES = [
  "gateway-api",
  "inference-extension",
  "istio-crds",
  "aws-load-balancer-controller-crds",
  "gpu-operator-crds",
  "nvidia-driver-crds",
  "node-feature-discovery-crds",
  "prometheus-operator-crds",
  "keda-crds",
] as const;
export type CrdBundleName = (typeof CRD_BUNDLE_NAMES)[number];

/** Parts of an environment that only some have, and that bring charts or CRDs of their own. */
export type OptionalPart = "eks" | "gpuOperator" | "grafana" | "monitoringStack" | "keda";

/** Which part a chart or a bundle of CRDs belongs to; what is not named here belongs to every environment. */
export const PART_OF = {
  "aws-load-balancer-controller": "eks",
  "aws-load-balancer-controller-crds": "eks",
  "aws-efa-k8s-device-plugin": "eks",
  "gpu-operator": "gpuOperator",
  "gpu-operator-crds": "gpuOperator",
  "nvidia-driver-crds": "gpuOperator",
  "node-feature-discovery-crds": "gpuOperator",
  // It brings Prometheus and Grafana; where OpenShift has the one, only the other.
  "kube-prometheus-stack": "grafana",
  "prometheus-operator-crds": "monitoringStack",
  keda: "keda",
  "keda-crds": "keda",
} as const satisfies Readonly<Partial<Record<ChartName | CrdBundleName, OptionalPart>>>;

/** What every environment installs of charts or CRDs, by name. */
export type InEveryEnvironment<N extends string> = Exclude<N, keyof typeof PART_OF>;

/** Whether every environment installs a chart or a bundle of CRDs. */
export function isInEveryEnvironment<N extends string>(name: N): name is InEveryEnvironment<N> {
  return !(name in PART_OF);
}

/** Every image that the program names in chart values. */
export const IMAGE_NAMES = ["epp", "vllm", "pilot", "proxyv2", "node", "cuda"] as const;
export type ImageName = (typeof IMAGE_NAMES)[number];

/** An image, in the parts that charts ask for. */
export interface ImagePin {
  /** Registry and path, without the image's name. */
  readonly hub: string;
  readonly name: string;
  readonly tag: string;
  /**
   * `sha256:...` of the image index. No lane sets it: a digest has to be read from the registry that serves the
   * image, and a wrong one keeps pods from starting. Set `versions.images.<name>.digest` to pin it for a stack.
   */
  readonly digest?: string;
}

/** Everything that is installed, resolved for one environment. */
export interface VersionSet {
  /** Istio's version, without `v`. */
  readonly istio: string;
  /** Version of the Gateway API's CRDs, standard channel, with `v`. */
  readonly gatewayApi: string;
  /** Version of the Inference Extension's CRDs, with `v`. */
  readonly inferenceExtension: string;
  readonly inferencePoolApi: InferencePoolApi;
  readonly charts: Readonly<Record<ChartName, ChartPin>>;
  readonly crds: Readonly<Record<CrdBundleName, CrdBundlePin>>;
  readonly images: Readonly<Record<ImageName, ImagePin>>;
}

/** Version of the AWS Load Balancer Controller: of its chart, and with `v` of its image and its CRDs. */
const LOAD_BALANCER_CONTROLLER = "3.5.0";

/** Version of the GPU Operator: of its chart, and of the CRDs released with it. */
const GPU_OPERATOR = "v26.3.3";

/** Tag of the CUDA image that the GPU smoke test runs in. */
const CUDA = "12.4.1-base-ubi9";

/** Version of the Node Feature Discovery chart that the GPU Operator's chart includes. */
const NODE_FEATURE_DISCOVERY = "v0.18.3";

/** Version of the kube-prometheus-stack chart, and of the Prometheus Operator whose CRDs it is made for. */
const KUBE_PROMETHEUS_STACK = "88.5.3";
const PROMETHEUS_OPERATOR = "v0.93.1";

/** Version of KEDA: of its chart, and with `v` of the release that its CRDs are a file of. */
const KEDA = "2.17.1";

/** Tag of the Node.js image that runs the validation inside of the cluster. */
const NODE = "22.20.0-bookworm-slim";

/** Version of the chart of the EFA device plugin. */
const EFA_DEVICE_PLUGIN = "v0.5.30";

/** The parts that a set of versions is built from; everything else in a `VersionSet` follows from them. */
export interface VersionParts {
  readonly istio: string;
  readonly gatewayApi: string;
  readonly inferenceExtension: string;
  readonly inferencePoolApi: InferencePoolApi;
  /** Version of the llm-d-modelservice chart, with `v`. */
  readonly modelService: string;
  /** Tag of the vLLM image. */
  readonly vllm: string;
}

/**
 * Builds the whole set from its parts. The Istio charts, CRDs and images carry Istio's version, and the endpoint
 * picker's chart and image are released together with the Inference Extension's CRDs, so each is named once.
 */
export function versionSet(parts: VersionParts): VersionSet {
  const { istio, gatewayApi, inferenceExtension, inferencePoolApi, modelService, vllm } = parts;
  const istioCharts = "https://istio-release.storage.googleapis.com/charts";
  const inferenceRegistry = "registry.k8s.io/gateway-api-inference-extension";
  const eksCharts = "https://aws.github.io/eks-charts";
  return {
    istio,
    gatewayApi,
    inferenceExtension,
    inferencePoolApi,
    charts: {
      base: { name: "base", repository: istioCharts, version: istio },
      istiod: { name: "istiod", repository: istioCharts, version: istio },
      inferencepool: {
        name: "inferencepool",
        repository: `oci://${inferenceRegistry}/charts`,
        version: inferenceExtension,
      },
      "llm-d-modelservice": {
        name: "llm-d-modelservice",
        repository: "https://llm-d-incubation.github.io/llm-d-modelservice/",
        version: modelService,
      },
      "aws-load-balancer-controller": {
        name: "aws-load-balancer-controller",
        repository: eksCharts,
        version: LOAD_BALANCER_CONTROLLER,
      },
      "aws-efa-k8s-device-plugin": {
        name: "aws-efa-k8s-device-plugin",
        repository: eksCharts,
        version: EFA_DEVICE_PLUGIN,
      },
      "gpu-operator": {
        name: "gpu-operator",
        repository: "https://helm.ngc.nvidia.com/nvidia",
        version: GPU_OPERATOR,
      },
      "kube-prometheus-stack": {
        name: "kube-prometheus-stack",
        repository: "https://prometheus-community.github.io/helm-charts",
        version: KUBE_PROMETHEUS_STACK,
      },
      keda: { name: "keda", repository: "https://kedacore.github.io/charts", version: KEDA },
    },
    crds: {
      "gateway-api": {
        version: gatewayApi,
        url: `https://github.com/kubernetes-sigs/gateway-api/releases/download/${gatewayApi}/standard-install.yaml`,
      },
      "inference-extension": {
        version: inferenceExtension,
        url: `https://github.com/kubernetes-sigs/gateway-api-inference-extension/releases/download/${inferenceExtension}/manifests.yaml`,
      },
      // The base chart carries the same CRDs, marked so that Helm keeps them on uninstall; installing them as a bundle
      // of our own is what lets `pulumi destroy` leave nothing behind.
      "istio-crds": {
        version: istio,
        url: `https://raw.githubusercontent.com/istio/istio/${istio}/manifests/charts/base/files/crd-all.gen.yaml`,
      },
      // Without the controller's Gateway API kinds: Istio is what implements Gateways here.
      "aws-load-balancer-controller-crds": {
        version: `v${LOAD_BALANCER_CONTROLLER}`,
        url: `https://raw.githubusercontent.com/kubernetes-sigs/aws-load-balancer-controller/v${LOAD_BALANCER_CONTROLLER}/helm/aws-load-balancer-controller/crds/crds.yaml`,
      },
      "gpu-operator-crds": {
        version: GPU_OPERATOR,
        url: `https://raw.githubusercontent.com/NVIDIA/gpu-operator/${GPU_OPERATOR}/deployments/gpu-operator/crds/nvidia.com_clusterpolicies.yaml`,
      },
      "nvidia-driver-crds": {
        version: GPU_OPERATOR,
        url: `https://raw.githubusercontent.com/NVIDIA/gpu-operator/${GPU_OPERATOR}/deployments/gpu-operator/crds/nvidia.com_nvidiadrivers.yaml`,
      },
      "node-feature-discovery-crds": {
        version: NODE_FEATURE_DISCOVERY,
        url: `https://raw.githubusercontent.com/kubernetes-sigs/node-feature-discovery/${NODE_FEATURE_DISCOVERY}/deployment/base/nfd-crds/nfd-api-crds.yaml`,
      },
      "prometheus-operator-crds": {
        version: PROMETHEUS_OPERATOR,
        url: `https://github.com/prometheus-operator/prometheus-operator/releases/download/${PROMETHEUS_OPERATOR}/stripped-down-crds.yaml`,
      },
      "keda-crds": {
        version: `v${KEDA}`,
        url: `https://github.com/kedacore/keda/releases/download/v${KEDA}/keda-${KEDA}-crds.yaml`,
      },
    },
    images: {
      epp: { hub: inferenceRegistry, name: "epp", tag: inferenceExtension },
      // The registry is written out because some container runtimes refuse short names (CRI-O on OpenShift).
      vllm: { hub: "docker.io/vllm", name: "vllm-openai", tag: vllm },
      pilot: { hub: "docker.io/istio", name: "pilot", tag: istio },
      proxyv2: { hub: "docker.io/istio", name: "proxyv2", tag: istio },
      node: { hub: "docker.io/library", name: "node", tag: NODE },
      // For the GPU smoke test. Of CUDA 12.4, which driver 550 and every later one takes: an image of a newer CUDA is
      // refused by the container toolkit on nodes with an older driver, and nvidia-smi is the driver's own anyway.
      cuda: { hub: "nvcr.io/nvidia", name: "cuda", tag: CUDA },
    },
  };
}

/** The parts of each lane. */
export const LANE_PARTS: Readonly<Record<Lane, VersionParts>> = {
  // Istio 1.27 is built on Gateway API v1.3.0 and watches v1alpha2 pools only; v1.3.1 is an Inference Extension release
  // that still ships that API beside v1, and whose endpoint picker reconciles both.
  "istio-1.27": {
    istio: "1.27.9",
    gatewayApi: "v1.3.0",
    inferenceExtension: "v1.3.1",
    inferencePoolApi: "inference.networking.x-k8s.io/v1alpha2",
    modelService: "v0.4.12",
    vllm: "v0.10.0",
  },
};

/** The versions of each lane. */
export const LANES: Readonly<Record<Lane, VersionSet>> = {
  "istio-1.27": versionSet(LANE_PARTS["istio-1.27"]),
};

/** The tag of an image as charts take it: with the digest appended when there is one. */
export function imageTag(image: ImagePin): string {
  return image.digest === undefined ? image.tag : `${image.tag}@${image.digest}`;
}

/** The whole reference of an image, as a pod's `image` takes it. */
export function imageReference(image: ImagePin): string {
  return `${image.hub}/${image.name}:${imageTag(image)}`;
}
