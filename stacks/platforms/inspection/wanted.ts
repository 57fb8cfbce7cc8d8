import type { CrdManifest } from "../../../components/charts/crdManifests";
import type { GpuExpectation } from "../../../components/gpu/readiness";
import type { ExpectedMonitoring } from "./monitoringFindings";

/** Whether a bundle of CRDs is installed by this stack, or one that is there already is used. */
export type CrdChoice = "install" | "adopt";

/** A bundle of CRDs that an environment needs. */
export interface WantedCrds {
  /** The bundle's name in the table of versions, such as `gateway-api`. */
  readonly bundle: string;
  /** What a person calls it, such as `Gateway API`. */
  readonly title: string;
  readonly crds: readonly CrdManifest[];
  readonly choice: CrdChoice;
  /** What to do where somebody else has it; undefined where it can only be removed, or adopted. */
  readonly remedy?: string;
  /** Key of the choice in the configuration; undefined where there is none. */
  readonly setting?: string;
  /** Annotation of each CRD that names its release, where they have one. */
  readonly versionAnnotation?: string;
  /** The oldest release that can be adopted, with why; `v1.2.0`. */
  readonly oldest?: { readonly version: string; readonly reason: string };
}

/** What an environment is about to make in a cluster that it did not make. */
export interface Wanted {
  /** Who makes it: `<project>/<stack>`. What carries this name is of an earlier run and no conflict. */
  readonly owner: string;
  readonly bundles: readonly WantedCrds[];
  /** Namespace of Istio's control plane. */
  readonly istioNamespace: string;
  /** The namespaces that it makes, with the setting that names each, where there is one. */
  readonly namespaces: Readonly<Record<string, string | undefined>>;
  /** The gateway's class. */
  readonly gatewayClass: string;
  /** Whether it installs NVIDIA's GPU Operator. */
  readonly gpuOperator: boolean;
  /** GPUs that have to be there, where somebody else sees to them. */
  readonly gpus?: GpuExpectation;
  /** Monitoring that has to be there, where somebody else runs it. */
  readonly monitoring?: ExpectedMonitoring;
  /** Whether the endpoint picker waits for a while before it ends. */
  readonly pickerDrains?: boolean;
}
