import type { ClusterFacts, FoundCrd } from "../../stacks/platforms/inspection/facts";
import type { Wanted, WantedCrds } from "../../stacks/platforms/inspection/wanted";
import { OWNER_ANNOTATION } from "../../components/cluster/owner";
import type { CrdManifest } from "../../components/crds/crdManifests";

export const OWNER = "llm-d/test";
export const OURS = { annotations: { [OWNER_ANNOTATION]: OWNER } };
export const FOREIGN = { annotations: {} };

/** The annotations in which Gateway API and the Inference Extension write their release. */
export const GATEWAY_API = "gateway.networking.k8s.io/bundle-version";
export const INFERENCE = "inference.networking.k8s.io/bundle-version";

/** A CRD of a release with the served versions. */
export function manifest(name: string, served: string[], annotations: Record<string, string> = {}): CrdManifest {
  return { name, annotations, served, digest: "sha256:0" };
}

export const GATEWAYS = "gateways.gateway.networking.k8s.io";
export const ROUTES = "httproutes.gateway.networking.k8s.io";
export const POOLS = "inferencepools.inference.networking.x-k8s.io";
export const VIRTUAL_SERVICES = "virtualservices.networking.istio.io";

export const GATEWAY_API_BUNDLE: WantedCrds = {
  bundle: "gateway-api",
  title: "Gateway API",
  crds: [
    manifest(GATEWAYS, ["v1", "v1beta1"], { [GATEWAY_API]: "v1.3.0" }),
    manifest(ROUTES, ["v1", "v1beta1"], { [GATEWAY_API]: "v1.3.0" }),
  ],
  choice: "install",
  setting: "kubernetes.crds.gatewayApi",
  versionAnnotation: GATEWAY_API,
  oldest: { version: "v1.2.0", reason: "of fields" },
};

const INFERENCE_BUNDLE: WantedCrds = {
  bundle: "inference-extension",
  title: "Gateway API Inference Extension",
  crds: [manifest(POOLS, ["v1alpha2"], { [INFERENCE]: "v1.3.1" })],
  choice: "install",
  setting: "kubernetes.crds.inferenceExtension",
  versionAnnotation: INFERENCE,
  oldest: { version: "v1.3.1", reason: "of the endpoint picker" },
};

const ISTIO_BUNDLE: WantedCrds = {
  bundle: "istio-crds",
  title: "The CRDs istio-crds",
  crds: [manifest(VIRTUAL_SERVICES, ["v1"])],
  choice: "install",
};

/** What a new environment needs from the cluster, with changes. */
export function wanted(changes: Partial<Wanted> & { readonly adopt?: readonly string[] } = {}): Wanted {
  const { adopt = [], ...rest } = changes;
  return {
    owner: OWNER,
    bundles: [GATEWAY_API_BUNDLE, INFERENCE_BUNDLE, ISTIO_BUNDLE].map((bundle) =>
      adopt.includes(bundle.bundle) ? { ...bundle, choice: "adopt" } : bundle,
    ),
    istioNamespace: "istio-system",
    namespaces: { "istio-system": undefined, "llm-d": "namespace" },
    gatewayClass: "istio",
    gpuOperator: false,
    ...rest,
  };
}

/** A CRD in the cluster. */
export function crd(name: string, served: string[] = [], annotations: Record<string, string> = {}): FoundCrd {
  return { name, served, annotations };
}

/** The CRDs of a Gateway API release in the cluster. */
export function gatewayApi(release: string, served = ["v1", "v1beta1"], more: Record<string, string> = {}): FoundCrd[] {
  return [GATEWAYS, ROUTES].map((name) => crd(name, served, { [GATEWAY_API]: release, ...more }));
}

/** A new Kubernetes cluster, with changes. */
export function cluster(changes: Partial<ClusterFacts> = {}): ClusterFacts {
  return {
    kubernetes: "v1.33.4",
    crds: [],
    namespaces: { default: FOREIGN, "kube-system": FOREIGN },
    istiods: [],
    webhooks: [],
    gatewayClasses: [],
    gpuOperators: [],
    devicePlugins: [],
    admissionPolicies: [],
    openshift: undefined,
    ...changes,
  };
}

/** A new OpenShift cluster, with changes. */
export function openshift(
  changes: Partial<ClusterFacts> = {},
  own: Partial<ClusterFacts["openshift"]> = {},
): ClusterFacts {
  return cluster({
    kubernetes: "v1.31.6+abc1234",
    openshift: { version: "4.18.3", anyuid: { constraints: true, role: true }, operators: [], ...own },
    ...changes,
  });
}
