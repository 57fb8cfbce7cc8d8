import * as crypto from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import { crdsOf } from "../crds/crdBundle";
import { GpuOperator } from "./gpuOperator";
import { GpuReadiness } from "./gpuReadiness";
import { OpenshiftGpuOperator } from "./openshiftGpuOperator";
import type { GpuExpectation, GpuNodes } from "./readiness";
import type { ChartPin } from "../charts/chartSource";
import { type ImagePin, imageReference } from "../charts/images";
import type { GpuConfig } from "./settings";
import type { LayerContext } from "../layerContext";

/** How long to wait for the pods of the operator, images included, in seconds. */
const OPERATOR_TIMEOUT_SECONDS = 600;

/** The resources that model servers wait for. */
export interface GpuLayer {
  /** Nodes that advertise their GPUs. */
  readonly ready: readonly pulumi.Resource[];
}

/** The part of the configuration that the GPU layer is made from. */
export interface GpuLayerConfig {
  readonly gpu: GpuConfig;
  readonly versions: {
    readonly charts: { readonly "gpu-operator": ChartPin };
    readonly images: { readonly cuda: ImagePin };
  };
}

/** Arguments of the GPU layer. */
export interface GpuLayerArgs {
  /** The nodes that must advertise GPUs. */
  readonly expected: readonly GpuNodes[];
  /** Nodes with GPUs, with their network interfaces. */
  readonly gpuNodes: readonly pulumi.Resource[];
  /** Nodes for pods that need no GPU, such as those of the operator. */
  readonly nodes: readonly pulumi.Resource[];
  /** The models' namespace, once it exists. */
  readonly namespace: pulumi.Input<string>;
}

/** Installs the GPU operator and waits until the nodes advertise their GPUs. Model servers wait for this layer. */
export function gpuLayer(context: LayerContext, config: GpuLayerConfig, args: GpuLayerArgs): GpuLayer {
  const { installation, inCluster } = context;
  const { gpu } = config;
  const before = [...args.gpuNodes, ...args.nodes];
  const operators = operatorsOf(context, gpu, before);
  const { enabled, image, timeoutSeconds } = gpu.smokeTest;
  const readiness = new GpuReadiness(
    "gpu-readiness",
    {
      installation,
      namespace: args.namespace,
      expectation: gpuExpectation(gpu, args.expected),
      // A preinstalled operator is ready already, so waiting does not help.
      timeoutSeconds: gpu.operator === "preinstalled" ? 0 : gpu.readinessTimeoutSeconds,
      ...(enabled
        ? { smokeTest: { image: image ?? imageReference(config.versions.images.cuda), timeoutSeconds } }
        : {}),
      settings: { operator: gpu.operator, configuration: fingerprint(config) },
    },
    { ...inCluster, dependsOn: [...operators, ...before] },
  );
  return { ready: [...args.gpuNodes, readiness] };
}

/** The GPU operator, if this program installs it. */
function operatorsOf(
  { bundles, installation, inCluster }: LayerContext,
  gpu: GpuConfig,
  before: pulumi.Resource[],
): pulumi.Resource[] {
  switch (gpu.operator) {
    case "preinstalled":
      return [];
    case "olm":
      return [
        new OpenshiftGpuOperator(
          "openshift-gpu-operator",
          {
            installation,
            settings: gpu,
            olm: gpu.olm,
            timeoutSeconds: OPERATOR_TIMEOUT_SECONDS,
          },
          { ...inCluster, dependsOn: before },
        ),
      ];
    case "helm":
      return [
        new GpuOperator(
          "gpu-operator",
          {
            installation,
            crds: (["gpu-operator-crds", "nvidia-driver-crds", "node-feature-discovery-crds"] as const).flatMap(
              (name) => crdsOf(bundles, name),
            ),
            settings: gpu,
            timeoutSeconds: OPERATOR_TIMEOUT_SECONDS,
          },
          { ...inCluster, dependsOn: before },
        ),
      ];
  }
}

/** The state of GPUs that models need. */
export function gpuExpectation({ operator }: Pick<GpuConfig, "operator">, nodes: readonly GpuNodes[]): GpuExpectation {
  return { policy: operator !== "preinstalled", nodes };
}

/** A hash of all settings of the GPU operator. When it changes, the nodes are checked again. */
function fingerprint({ gpu, versions }: GpuLayerConfig): string {
  const { operator, driver, toolkit, mig, timeSlicing, olm, values } = gpu;
  const version = operator === "helm" ? versions.charts["gpu-operator"].version : undefined;
  const settings = { operator, driver, toolkit, mig, timeSlicing, olm, values, version };
  return crypto.createHash("sha256").update(JSON.stringify(settings)).digest("hex").slice(0, 16);
}
