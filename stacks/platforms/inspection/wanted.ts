import type { CrdManifest } from "../../../components/crds/crdManifests";
import type { GpuExpectation } from "../../../components/gpu/readiness";
import type { ExpectedMonitoring } from "./monitoringFindings";

/** Whether this stack installs a bundle of CRDs, or uses the existing one. */
export type CrdChoice = "install" | "adopt";

/** A bundle of CRDs that an environment needs. */
export interface WantedCrds {
  /** The bundle's name in the table of versions, such as `gateway-api`. */
  readonly bundle: string;
  /** Title for messages, such as `Gateway API`. */
  readonly title: string;
  readonly crds: readonly CrdManifest[];
  readonly choice: CrdChoice;
  /** What to do if it already exists. @default remove it, or adopt it where that is possible */
  readonly remedy?: string;
  /** Configuration key of the choice. @default none: it cannot be adopted */
  readonly setting?: string;
  /** Annotation of each CRD with its release. @default none */
  readonly versionAnnotation?: string;
  /** The oldest release that can be adopted, such as `v1.2.0`, and the reason. */
  readonly oldest?: { readonly version: string; readonly reason: string };
}

/** What an environment will make in an existing cluster. */
export interface Wanted {
  /** The owner: `<project>/<stack>`. Objects with this owner are from an earlier run and no conflict. */
  readonly owner: string;
  readonly bundles: readonly WantedCrds[];
  /** Namespace of Istio's control plane. */
  readonly istioNamespace: string;
  /** The namespaces to make, each with the setting of its name, if it has one. */
  readonly namespaces: Readonly<Record<string, string | undefined>>;
  /** The gateway's class. */
  readonly gatewayClass: string;
  /** Whether it installs NVIDIA's GPU Operator. */
  readonly gpuOperator: boolean;
  /** GPUs that must exist already. @default none */
  readonly gpus?: GpuExpectation;
  /** Monitoring that must exist already. @default none */
  readonly monitoring?: ExpectedMonitoring;
  /** Whether the endpoint picker drains before it ends. @default false */
  readonly pickerDrains?: boolean;
}
