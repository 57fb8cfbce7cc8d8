import * as crypto from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import { NODE_GROUP_LABEL } from "../../stacks/platforms/eks/resources/nodeTemplate";
import { crdsOf } from "../charts/crdBundle";
import { GpuOperator } from "./gpuOperator";
import { GpuReadiness } from "./gpuReadiness";
import { OpenshiftGpuOperator } from "./openshiftGpuOperator";
import type { GpuExpectation, GpuNodes } from "./readiness";
import { INSTANCE_TYPES } from "../../stacks/platforms/eks/instanceTypes";
import type { EnvironmentConfig } from "../../stacks/config";
import { imageReference } from "../../stacks/versions";
import type { LayerContext } from "../layerContext";

/** How long to wait for the operator's own pods, images included, in seconds. */
const OPERATOR_TIMEOUT_SECONDS = 600;

/** What model servers wait for. */
export interface GpuLayer {
  /** Nodes whose GPUs can be asked for. */
  readonly ready: readonly pulumi.Resource[];
}

/** What comes before the GPUs. */
export interface GpuLayerArgs {
  /** Nodes with GPUs, with their network interfaces. */
  readonly gpuNodes: readonly pulumi.Resource[];
  /** Where there are nodes for pods that need no GPU, such as the operator's own. */
  readonly nodes: readonly pulumi.Resource[];
  /** The models' namespace, once it exists. */
  readonly namespace: pulumi.Input<string>;
}

/** What makes the GPUs of nodes known to Kubernetes, between the nodes and the model servers. */
export function gpuLayer(context: LayerContext, args: GpuLayerArgs): GpuLayer {
  const { config, installation, inCluster } = context;
  const { gpu } = config;
  const before = [...args.gpuNodes, ...args.nodes];
  const operators = operatorsOf(context, before);
  const { enabled, image, timeoutSeconds } = gpu.smokeTest;
  const readiness = new GpuReadiness(
    "gpu-readiness",
    {
      installation,
      namespace: args.namespace,
      expectation: gpuExpectation(config),
      // What somebody else installed is there or it is not.
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

/** The operator, by whoever installs it. */
function operatorsOf(context: LayerContext, before: pulumi.Resource[]): pulumi.Resource[] {
  const { config, bundles, installation, inCluster } = context;
  const { operator } = config.gpu;
  switch (operator) {
    case "preinstalled":
      return [];
    case "olm":
      return [
        new OpenshiftGpuOperator(
          "openshift-gpu-operator",
          {
            installation,
            settings: config.gpu,
            olm: config.gpu.olm,
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
            settings: config.gpu,
            timeoutSeconds: OPERATOR_TIMEOUT_SECONDS,
          },
          { ...inCluster, dependsOn: before },
        ),
      ];
  }
}

/** The instance type that the embedded environment's GPU nodes are played after. */
const LOCAL_INSTANCE_TYPE = "p4d.24xlarge";

/** The nodes that have to advertise GPUs before models are made, and how many. */
export function gpuExpectation({
  platform,
  aws,
  gpu,
}: Pick<EnvironmentConfig, "platform" | "aws" | "gpu">): GpuExpectation {
  const shares = gpu.timeSlicing?.replicas ?? 1;
  const nodeGroup = { [NODE_GROUP_LABEL]: "gpu" };
  const ofType = (type: keyof typeof INSTANCE_TYPES, name: string, minimum: number): GpuNodes => {
    const { gpus, gpuModel: model } = INSTANCE_TYPES[type];
    const perNode = gpu.gpusPerNode ?? gpus * shares;
    // With mixed MIG, how a node is divided is said by its own label.
    return { name, selector: nodeGroup, minimum, model, ...(gpu.mig.strategy === "mixed" ? {} : { perNode }) };
  };
  const policy = gpu.operator !== "preinstalled";
  if (platform === "local") return { policy, nodes: [ofType(LOCAL_INSTANCE_TYPE, "GPU nodes", 1)] };
  if (aws !== undefined) {
    const { instanceType, desiredSize, minSize, schedule, autoscaled } = aws.gpuNodes;
    // Outside of its hours there are none; an autoscaler starts the first when a model asks for it.
    const minimum = schedule !== undefined ? 0 : autoscaled ? minSize : desiredSize;
    return { policy, nodes: [ofType(instanceType, `GPU nodes (${instanceType})`, minimum)] };
  }
  const { gpusPerNode } = gpu;
  return {
    policy,
    nodes: [{ name: "GPU nodes", minimum: 1, ...(gpusPerNode === undefined ? {} : { perNode: gpusPerNode }) }],
  };
}

/** Changes with everything that decides how GPUs are made known. */
function fingerprint({ gpu, versions }: EnvironmentConfig): string {
  const { operator, driver, toolkit, mig, timeSlicing, olm, values } = gpu;
  const version = operator === "helm" ? versions.charts["gpu-operator"].version : undefined;
  const settings = { operator, driver, toolkit, mig, timeSlicing, olm, values, version };
  return crypto.createHash("sha256").update(JSON.stringify(settings)).digest("hex").slice(0, 16);
}
