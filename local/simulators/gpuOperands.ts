/** The operands of NVIDIA's GPU Operator v26.3. Names and labels are those of the real operator. */
import * as crypto from "node:crypto";
import type { V1DaemonSet } from "@kubernetes/client-node";
import { SIMULATED_BY } from "../controlplane/kwok";

/** The part of a ClusterPolicy that the simulator reads. */
export interface ClusterPolicy {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  readonly spec: {
    readonly daemonsets?: { readonly tolerations?: object[] };
    readonly driver?: { readonly enabled?: boolean };
    readonly devicePlugin?: {
      readonly enabled?: boolean;
      readonly config?: { readonly name?: string; readonly default?: string };
    };
    readonly mig?: { readonly strategy?: string };
    readonly migManager?: { readonly enabled?: boolean; readonly config?: { readonly default?: string } };
  } & Readonly<Record<string, { readonly enabled?: boolean } | undefined>>;
  readonly status?: { readonly state?: string; readonly conditions?: PolicyCondition[] };
}

/** A condition of a ClusterPolicy. */
export interface PolicyCondition {
  type: string;
  status: string;
  reason: string;
  message: string;
  lastTransitionTime: string;
}

/** An operand: a DaemonSet that the operator deploys. */
export interface Operand {
  /** Its name in the operator's message `states not ready`. */
  readonly state: string;
  readonly daemonSet: string;
  /** Key of the ClusterPolicy's spec that enables it. */
  readonly key: string;
  /** Suffix of the node label `nvidia.com/gpu.deploy.*` that selects its nodes. */
  readonly deploy: string;
  readonly container: string;
  /** Its init container, which waits for an earlier operand. */
  readonly waitsIn?: string;
}

export const DRIVER_OPERAND = "nvidia-driver-daemonset";
const TOOLKIT_OPERAND = "nvidia-container-toolkit-daemonset";
export const DEVICE_PLUGIN_OPERAND = "nvidia-device-plugin-daemonset";
const EXPORTER_OPERAND = "nvidia-dcgm-exporter";
export const FEATURE_DISCOVERY_OPERAND = "gpu-feature-discovery";

const row = (
  state: string,
  daemonSet: string,
  key: string,
  deploy: string,
  container: string,
  waitsIn?: string,
): Operand => ({ state, daemonSet, key, deploy, container, ...(waitsIn === undefined ? {} : { waitsIn }) });

/** The operands, in the order in which the operator reconciles them. */
export const OPERANDS: readonly Operand[] = [
  row("state-driver", DRIVER_OPERAND, "driver", "driver", "nvidia-driver-ctr"),
  row(
    "state-container-toolkit",
    TOOLKIT_OPERAND,
    "toolkit",
    "container-toolkit",
    "nvidia-container-toolkit-ctr",
    "driver-validation",
  ),
  row(
    "state-operator-validation",
    "nvidia-operator-validator",
    "validator",
    "operator-validator",
    "nvidia-operator-validator",
    "driver-validation",
  ),
  row(
    "state-device-plugin",
    DEVICE_PLUGIN_OPERAND,
    "devicePlugin",
    "device-plugin",
    "nvidia-device-plugin",
    "toolkit-validation",
  ),
  row("state-dcgm", "nvidia-dcgm", "dcgm", "dcgm", "nvidia-dcgm-ctr", "toolkit-validation"),
  row(
    "state-dcgm-exporter",
    EXPORTER_OPERAND,
    "dcgmExporter",
    "dcgm-exporter",
    "nvidia-dcgm-exporter",
    "toolkit-validation",
  ),
  row(
    "gpu-feature-discovery",
    FEATURE_DISCOVERY_OPERAND,
    "gfd",
    "gpu-feature-discovery",
    "gpu-feature-discovery",
    "toolkit-validation",
  ),
  row(
    "state-mig-manager",
    "nvidia-mig-manager",
    "migManager",
    "mig-manager",
    "nvidia-mig-manager",
    "toolkit-validation",
  ),
  row(
    "state-node-status-exporter",
    "nvidia-node-status-exporter",
    "nodeStatusExporter",
    "node-status-exporter",
    "nvidia-node-status-exporter",
  ),
];

/** The DCGM exporter's environment and ports, as the operator sets them. It is the one operand that runs a process. */
const EXPORTER = {
  env: [
    { name: "DCGM_EXPORTER_LISTEN", value: ":9400" },
    { name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
  ],
  ports: [{ name: "metrics", containerPort: 9400 }],
};

/** Marks the pods that this simulator handles in the place of KWOK: those with a fault. */
export const SIMULATOR = "gpu-operator-simulator";

/** The operands that a policy enables. */
export function operandsOf({ spec }: ClusterPolicy): Operand[] {
  // The validator cannot be switched off.
  return OPERANDS.filter(({ key }) => key === "validator" || spec[key]?.enabled === true);
}

/** Why an operand's pods are not ready: its own fault, or `waiting` for an earlier operand that has one. */
export function faultOf(operand: Operand, faults: Readonly<Record<string, string>>): string | undefined {
  const own = faults[`operand.${operand.daemonSet}`];
  if (own !== undefined || operand.waitsIn === undefined) return own;
  const first = [DRIVER_OPERAND, TOOLKIT_OPERAND].some(
    (name) => name !== operand.daemonSet && faults[`operand.${name}`] !== undefined,
  );
  return first ? "waiting" : undefined;
}

/** Holds the fault of a pod. */
const FAULT = "llmd.local/fault";

/** Holds the hash of a DaemonSet's spec. */
const HASH = "llmd.local/spec-hash";

/** The DaemonSet of an operand. KWOK simulates its pods, except the DCGM exporter's and those with a fault. */
export function daemonSetOf(
  operand: Operand,
  policy: ClusterPolicy,
  namespace: string,
  fault: string | undefined,
): V1DaemonSet {
  const labels = { app: operand.daemonSet };
  const spec = {
    selector: { matchLabels: labels },
    template: {
      // The fault is part of the template, so another fault gets new pods.
      metadata: {
        labels,
        ...(fault === undefined ? {} : { annotations: { [SIMULATED_BY]: SIMULATOR, [FAULT]: fault } }),
      },
      spec: {
        nodeSelector: { [`nvidia.com/gpu.deploy.${operand.deploy}`]: "true" },
        tolerations: policy.spec.daemonsets?.tolerations as [],
        ...(operand.waitsIn === undefined
          ? {}
          : { initContainers: [{ name: operand.waitsIn, image: "stand-in/gpu-operator-validator" }] }),
        containers: [
          {
            name: operand.container,
            image: `stand-in/${operand.daemonSet}`,
            ...(operand.daemonSet === EXPORTER_OPERAND ? EXPORTER : {}),
          },
        ],
      },
    },
  };
  const hash = crypto.createHash("sha256").update(JSON.stringify(spec)).digest("hex").slice(0, 16);
  const { name, uid } = policy.metadata;
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: {
      name: operand.daemonSet,
      namespace,
      labels,
      annotations: { [HASH]: hash, "llm-d.ai/stand-in": "true" },
      ownerReferences: [
        { apiVersion: "nvidia.com/v1", kind: "ClusterPolicy", name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec,
  };
}

/** Whether two DaemonSets have the same spec. */
export function isSame(found: V1DaemonSet, wanted: V1DaemonSet): boolean {
  return found.metadata?.annotations?.[HASH] === wanted.metadata?.annotations?.[HASH];
}
