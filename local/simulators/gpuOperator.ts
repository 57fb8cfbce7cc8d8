/** Simulates NVIDIA's GPU Operator and Node Feature Discovery on the simulated GPU nodes. See README.md. */
import * as k8s from "@kubernetes/client-node";
import { parse } from "yaml";
import { hardwareOf } from "../controlplane/nodes";
import { readKubeconfig } from "../kubeconfig";
import {
  advertisedGpus,
  featureLabels,
  GPU_RESOURCE,
  isGpuNode,
  labelPatch,
  NFD_ANNOTATION,
  operatorLabels,
  productLabels,
  type Sharing,
  sharingOf,
} from "./gpuNodes";
import {
  type ClusterPolicy,
  daemonSetOf,
  DEVICE_PLUGIN_OPERAND,
  FEATURE_DISCOVERY_OPERAND,
  faultOf,
  isSame,
  operandsOf,
  OPERANDS,
} from "./gpuOperands";
import { FaultyPods } from "./faultyPods";
import { ifExists, MERGE, type Simulator, readFaults, startSimulator, versionsOf } from "./simulator";
import { policyStatus } from "./policyStatus";

const POLICIES = { group: "nvidia.com", version: "v1", plural: "clusterpolicies" } as const;

/** Starts the simulator. Without an operator Deployment and a ClusterPolicy it does nothing. */
export function simulateGpuOperator(kubeconfig: string, log: (line: string) => void): Simulator {
  const operator = new GpuOperatorSimulator(readKubeconfig(kubeconfig));
  return startSimulator("GPU Operator", () => operator.reconcile(), log);
}

class GpuOperatorSimulator {
  private readonly core: k8s.CoreV1Api;
  private readonly apps: k8s.AppsV1Api;
  private readonly custom: k8s.CustomObjectsApi;
  private readonly faultyPods: FaultyPods;
  /** Whether nodes may still have labels and resources to remove. */
  private active = true;

  constructor(config: k8s.KubeConfig) {
    this.core = config.makeApiClient(k8s.CoreV1Api);
    this.apps = config.makeApiClient(k8s.AppsV1Api);
    this.custom = config.makeApiClient(k8s.CustomObjectsApi);
    this.faultyPods = new FaultyPods(this.core);
  }

  /** Reads the cluster and writes what differs. @returns what it has read; undefined when that is not all */
  async reconcile(): Promise<string | undefined> {
    const policies = await this.policies();
    const [policy, ...others] = policies.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    if (policy === undefined && !this.active) return undefined;
    const faults = await readFaults(this.core);
    await this.faultyPods.remove();
    const { items: nodes } = await this.core.listNode();
    const { items: sets } = await this.apps.listDaemonSetForAllNamespaces();
    await this.discover(nodes, sets, faults);
    if (policy === undefined) {
      for (const node of nodes.filter((one) => hardwareOf(one) !== undefined)) await this.write(node, {}, 0);
      this.active = policies.length > 0 || sets.some(isDiscovery);
      return undefined;
    }
    this.active = true;
    for (const other of others) await this.report(other, { state: "ignored" });
    const namespace = await this.operatorNamespace();
    if (namespace === undefined) return undefined;
    const pods = await this.applyPolicy(policy, namespace, nodes, sets, faults);
    return `${JSON.stringify(faults)} ${versionsOf([...policies, ...nodes, ...sets, ...pods])}`;
  }

  private async policies(): Promise<ClusterPolicy[]> {
    const found = (await ifExists(this.custom.listClusterCustomObject(POLICIES))) as
      { items: ClusterPolicy[] } | undefined;
    return found?.items ?? [];
  }

  /** The operator's namespace; undefined when no operator is ready. */
  private async operatorNamespace(): Promise<string | undefined> {
    const { items } = await this.apps.listDeploymentForAllNamespaces({ labelSelector: "app=gpu-operator" });
    return items.find(({ status }) => (status?.readyReplicas ?? 0) > 0)?.metadata?.namespace;
  }

  /** Writes the labels of Node Feature Discovery, and lists them in its annotation. */
  private async discover(
    nodes: k8s.V1Node[],
    sets: k8s.V1DaemonSet[],
    faults: Readonly<Record<string, string>>,
  ): Promise<void> {
    const running = sets.some((set) => isDiscovery(set) && (set.status?.numberReady ?? 0) > 0);
    for (const node of nodes) {
      const { name = "", labels = {}, annotations = {} } = node.metadata ?? {};
      const own = new Set((annotations[NFD_ANNOTATION] ?? "").split(",").filter(Boolean));
      const hasDevice = hardwareOf(node) !== undefined && faults[`node.${name}`] !== "no-device";
      const wanted = running ? featureLabels(hasDevice, node.status?.nodeInfo?.kernelVersion ?? "") : {};
      const patch = labelPatch(labels, wanted, (label) => own.has(label));
      if (patch === undefined) continue;
      const noted = Object.keys(wanted).join(",");
      const body = { metadata: { labels: patch, annotations: { [NFD_ANNOTATION]: noted === "" ? null : noted } } };
      node.metadata = (await this.core.patchNode({ name, body }, MERGE)).metadata;
    }
  }

  /** @returns the pods of the operator's namespace */
  private async applyPolicy(
    policy: ClusterPolicy,
    namespace: string,
    nodes: k8s.V1Node[],
    sets: k8s.V1DaemonSet[],
    faults: Readonly<Record<string, string>>,
  ): Promise<readonly k8s.V1Pod[]> {
    const gpuNodes = nodes.filter(({ metadata }) => isGpuNode(metadata?.labels));
    const wanted = operandsOf(policy);
    const notReady: string[] = [];
    for (const operand of OPERANDS) {
      const found = sets.find(
        ({ metadata }) => metadata?.name === operand.daemonSet && metadata.namespace === namespace,
      );
      if (!wanted.includes(operand)) {
        if (found !== undefined) await this.apps.deleteNamespacedDaemonSet({ namespace, name: operand.daemonSet });
        continue;
      }
      const set = daemonSetOf(operand, policy, namespace, faultOf(operand, faults));
      if (found === undefined) await this.apps.createNamespacedDaemonSet({ namespace, body: set });
      else if (!isSame(found, set)) {
        const body = { ...set, metadata: { ...set.metadata, resourceVersion: found.metadata?.resourceVersion } };
        await this.apps.replaceNamespacedDaemonSet({ namespace, name: operand.daemonSet, body });
      }
      if (found === undefined || !isSettled(found)) notReady.push(operand.state);
    }
    const { items: pods } = await this.core.listNamespacedPod({ namespace });
    await this.faultyPods.writeStatus(pods, faults);
    const sharing = sharingOf(policy, await this.replicas(policy, namespace));
    let written = false;
    for (const node of nodes) {
      written = (await this.writeNode(node, gpuNodes.includes(node), pods, sharing, faults)) || written;
    }
    // The DaemonSet controller has not seen the new labels yet.
    if (written) return pods;
    const hasDiscovery = nodes.some(({ metadata }) =>
      Object.keys(metadata?.labels ?? {}).some((label) => label.startsWith("feature.node.kubernetes.io/")),
    );
    await this.report(policy, policyStatus(policy, notReady, hasDiscovery, gpuNodes.length > 0, namespace));
    return pods;
  }

  /** Writes the labels and resources of operator and operands. @returns whether the node became, or ceased to be, a GPU node */
  private async writeNode(
    node: k8s.V1Node,
    isGpu: boolean,
    pods: readonly k8s.V1Pod[],
    sharing: Sharing,
    faults: Readonly<Record<string, string>>,
  ): Promise<boolean> {
    const hardware = hardwareOf(node);
    if (hardware === undefined) return false;
    const name = node.metadata?.name ?? "";
    const runs = (operand: string): boolean =>
      pods.some(
        ({ metadata, spec, status }) =>
          spec?.nodeName === name &&
          metadata?.labels?.["app"] === operand &&
          status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True"),
      );
    const labels = {
      ...(isGpu ? operatorLabels(hardware) : {}),
      ...(runs(FEATURE_DISCOVERY_OPERAND) ? productLabels(hardware, sharing) : {}),
    };
    const advertises = runs(DEVICE_PLUGIN_OPERAND) && faults[`node.${name}`] !== "no-gpus";
    const before = node.metadata?.labels?.["nvidia.com/gpu.present"];
    await this.write(node, labels, advertises ? advertisedGpus(hardware, sharing) : 0);
    return before !== labels["nvidia.com/gpu.present" as keyof typeof labels];
  }

  private async write(node: k8s.V1Node, labels: Record<string, string>, gpus: number): Promise<void> {
    const name = node.metadata?.name ?? "";
    const patch = labelPatch(node.metadata?.labels ?? {}, labels, (label) => label.startsWith("nvidia.com/"));
    if (patch !== undefined) await this.core.patchNode({ name, body: { metadata: { labels: patch } } }, MERGE);
    const found = node.status?.allocatable?.[GPU_RESOURCE];
    if ((found ?? "0") === String(gpus)) return;
    const resources = { [GPU_RESOURCE]: String(gpus) };
    await this.core.patchNodeStatus({ name, body: { status: { capacity: resources, allocatable: resources } } }, MERGE);
  }

  /** Pods that share one GPU, from the device plugin's configuration. */
  private async replicas({ spec }: ClusterPolicy, namespace: string): Promise<number> {
    const { name, default: entry } = spec.devicePlugin?.config ?? {};
    if (!name || !entry) return 1;
    const { data } = await this.core.readNamespacedConfigMap({ namespace, name });
    const configuration = parse(data?.[entry] ?? "") as {
      sharing?: { timeSlicing?: { resources?: { name: string; replicas: number }[] } };
    } | null;
    const resources = configuration?.sharing?.timeSlicing?.resources ?? [];
    return resources.find((resource) => resource.name === GPU_RESOURCE)?.replicas ?? 1;
  }

  private async report(policy: ClusterPolicy, status: NonNullable<ClusterPolicy["status"]>): Promise<void> {
    if (JSON.stringify(policy.status) === JSON.stringify(status)) return;
    const { name } = policy.metadata;
    await this.custom.patchClusterCustomObjectStatus({ ...POLICIES, name, body: { status } }, MERGE);
  }
}

/** Whether this is Node Feature Discovery's worker, from its chart or from OpenShift's operator. */
function isDiscovery({ metadata }: k8s.V1DaemonSet): boolean {
  return (
    metadata?.labels?.["app.kubernetes.io/name"] === "node-feature-discovery" || metadata?.labels?.["app"] === "nfd"
  );
}

/** Whether all pods of a DaemonSet are up to date and ready. */
function isSettled({ metadata, status }: k8s.V1DaemonSet): boolean {
  const { desiredNumberScheduled = 0, updatedNumberScheduled = 0, numberReady = 0 } = status ?? {};
  return (
    status?.observedGeneration === metadata?.generation &&
    updatedNumberScheduled === desiredNumberScheduled &&
    numberReady === desiredNumberScheduled
  );
}
