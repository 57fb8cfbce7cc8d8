import type { GpuState } from "../../../components/gpu/gpuState";
import type { Owned } from "../../../components/cluster/owner";

/** A custom resource definition in a cluster. */
export interface FoundCrd extends Owned {
  /** `gateways.gateway.networking.k8s.io`. */
  readonly name: string;
  /** Versions that the API server serves. Read only for CRDs that the program installs or adopts. */
  readonly served: readonly string[];
}

/** An object in a namespace. */
export interface FoundObject {
  readonly namespace: string;
  readonly name: string;
}

/** A webhook configuration of Istio. */
export interface FoundWebhook {
  readonly name: string;
  /** Namespace of the istiod that it calls; undefined if it calls a URL. */
  readonly namespace: string | undefined;
}

/** A GatewayClass and its controller. */
export interface FoundGatewayClass {
  readonly name: string;
  readonly controller: string;
}

/** Facts about an OpenShift cluster besides Kubernetes. */
export interface OpenShiftFacts {
  /** The last release whose installation completed, such as `4.18.3`. */
  readonly version: string;
  /** Whether the SecurityContextConstraints `anyuid` exists, and the ClusterRole that allows its use. */
  readonly anyuid: { readonly constraints: boolean; readonly role: boolean };
  /** ClusterServiceVersions of the operators that OLM installed. */
  readonly operators: readonly FoundObject[];
}

/** All facts about a cluster that the inspection reads and judges. */
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
  /** State of GPUs. Read only if they must exist before. */
  readonly gpus?: GpuState;
}
