import type { GpuState } from "../../../components/gpu/gpuState";
import type { Owned } from "../../../components/cluster/owner";

/** A custom resource definition that is in a cluster. */
export interface FoundCrd extends Owned {
  /** `gateways.gateway.networking.k8s.io`. */
  readonly name: string;
  /** Versions that the API server serves; read for those CRDs only that the program installs or adopts. */
  readonly served: readonly string[];
}

/** An object in a namespace. */
export interface FoundObject {
  readonly namespace: string;
  readonly name: string;
}

/** A webhook configuration of an Istio. */
export interface FoundWebhook {
  readonly name: string;
  /** Namespace of the istiod that it calls; undefined for one that calls a URL. */
  readonly namespace: string | undefined;
}

/** A GatewayClass, and which controller it belongs to. */
export interface FoundGatewayClass {
  readonly name: string;
  readonly controller: string;
}

/** What is to know about an OpenShift cluster beyond Kubernetes. */
export interface OpenShiftFacts {
  /** The release that was last installed whole, such as `4.18.3`. */
  readonly version: string;
  /** Whether there is the SecurityContextConstraints `anyuid`, and the ClusterRole that allows its use. */
  readonly anyuid: { readonly constraints: boolean; readonly role: boolean };
  /** Operators that OLM has installed: their ClusterServiceVersions. */
  readonly operators: readonly FoundObject[];
}

/** What the inspection of a cluster reads, and all that it judges by. */
export interface ClusterFacts {
  /** The API server's version, such as `v1.33.4`. */
  readonly kubernetes: string;
  readonly crds: readonly FoundCrd[];
  /** All namespaces that are not being deleted, by name. */
  readonly namespaces: Readonly<Record<string, Owned>>;
  /** Deployments of istiod. */
  readonly istiods: readonly FoundObject[];
  /** Istio's webhooks: sidecar injection, validation, revision tags. */
  readonly webhooks: readonly FoundWebhook[];
  readonly gatewayClasses: readonly FoundGatewayClass[];
  /** Deployments of NVIDIA's GPU Operator, and DaemonSets of its device plugin. */
  readonly gpuOperators: readonly FoundObject[];
  readonly devicePlugins: readonly FoundObject[];
  /** Names of ValidatingAdmissionPolicies; empty before Kubernetes 1.30. */
  readonly admissionPolicies: readonly string[];
  /** Undefined when the cluster is not OpenShift. */
  readonly openshift: OpenShiftFacts | undefined;
  /** What there is of GPUs; read only where they have to be there before. */
  readonly gpus?: GpuState;
}
