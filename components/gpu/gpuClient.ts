import type * as k8s from "@kubernetes/client-node";
import type { ClusterApi } from "../cluster/clusterApi";
import type { ContainerState, GpuState, NodeState, OperandState, PodState, PolicyState } from "./gpuState";
import type { SmokeClient } from "./runSmokeTest";
import { smokeState } from "./smokeTest";

/** Calls about the GPUs of a cluster, all from resource hooks. */
export interface GpuClient extends SmokeClient {
  readGpuState(): Promise<GpuState>;
}

/** How long the pod of a deleted Job may take to end, in milliseconds. */
const REMOVAL_MS = 60_000;

/** A client for the GPUs of a cluster. */
export function gpuClient({ client, core, custom, of, ifExists }: ClusterApi): GpuClient {
  const apps = of(client.AppsV1Api);
  const batch = of(client.BatchV1Api);

  const readPolicies = async (): Promise<PolicyState[] | undefined> => {
    const answer = await ifExists(
      custom.listClusterCustomObject({ group: "nvidia.com", version: "v1", plural: "clusterpolicies" }),
    );
    return answer === undefined ? undefined : (answer as { items: Policy[] }).items.map(policyState);
  };
  const readOperand = async (set: k8s.V1DaemonSet): Promise<OperandState> => {
    const { name = "", namespace = "" } = set.metadata ?? {};
    const desired = set.status?.desiredNumberScheduled ?? 0;
    const ready = set.status?.numberReady ?? 0;
    if (ready >= desired) return { name, desired, ready, pods: [] };
    const labelSelector = Object.entries(set.spec?.selector.matchLabels ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(",");
    const { items } = await core.listNamespacedPod({ namespace, labelSelector });
    return { name, desired, ready, pods: items.map(podState) };
  };
  const removeJob = async (namespace: string, name: string): Promise<void> => {
    // In the foreground: the Job exists until its pod has ended and its GPU is free.
    await ifExists(batch.deleteNamespacedJob({ namespace, name, propagationPolicy: "Foreground" }));
    const end = performance.now() + REMOVAL_MS;
    while ((await ifExists(batch.readNamespacedJob({ namespace, name }))) !== undefined) {
      if (performance.now() > end) throw new Error(`the Job ${namespace}/${name} does not end; delete it by hand`);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  };

  return {
    async readGpuState() {
      const [policies, nodes, sets] = await Promise.all([
        readPolicies(),
        core.listNode(),
        apps.listDaemonSetForAllNamespaces(),
      ]);
      const operands = await Promise.all(sets.items.filter(isOperand).map(readOperand));
      return { ...(policies === undefined ? {} : { policies }), nodes: nodes.items.map(nodeState), operands };
    },
    async startJob(job) {
      const { name, namespace } = job.metadata;
      await removeJob(namespace, name);
      await batch.createNamespacedJob({ namespace, body: job });
    },
    async readSmokeTest(namespace, jobName) {
      const [job, { items }] = await Promise.all([
        ifExists(batch.readNamespacedJob({ namespace, name: jobName })),
        core.listNamespacedPod({ namespace, labelSelector: `job-name=${jobName}` }),
      ]);
      return smokeState(job, items[0]);
    },
    removeJob,
  };
}

interface Policy {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly state?: string; readonly conditions?: PolicyState["conditions"] };
}

function policyState({ metadata, status }: Policy): PolicyState {
  return {
    name: metadata.name,
    ...(status?.state === undefined || status.state === "" ? {} : { state: status.state }),
    conditions: status?.conditions ?? [],
  };
}

function nodeState({ metadata, status }: k8s.V1Node): NodeState {
  return {
    name: metadata?.name ?? "",
    ready: status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false,
    labels: metadata?.labels ?? {},
    allocatable: status?.allocatable ?? {},
  };
}

/** The operator's DaemonSets, and those of Node Feature Discovery from its chart or from OpenShift's operator. */
function isOperand({ metadata }: k8s.V1DaemonSet): boolean {
  const labels = metadata?.labels ?? {};
  return (
    (metadata?.ownerReferences ?? []).some(({ kind }) => kind === "ClusterPolicy") ||
    labels["app.kubernetes.io/name"] === "node-feature-discovery" ||
    labels["app"] === "nfd"
  );
}

function podState({ metadata, spec, status }: k8s.V1Pod): PodState {
  const scheduled = status?.conditions?.find(({ type }) => type === "PodScheduled");
  const states = (list: k8s.V1ContainerStatus[] | undefined, init: boolean) =>
    (list ?? []).map((container) => containerState(container, init));
  return {
    name: metadata?.name ?? "",
    ...(spec?.nodeName === undefined ? {} : { node: spec.nodeName }),
    ready: status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false,
    ...(scheduled?.status === "False" ? { unschedulable: scheduled.message ?? scheduled.reason ?? "" } : {}),
    containers: [...states(status?.initContainerStatuses, true), ...states(status?.containerStatuses, false)],
  };
}

function containerState(container: k8s.V1ContainerStatus, init: boolean): ContainerState {
  const { waiting, running, terminated } = container.state ?? {};
  const ended = terminated ?? container.lastState?.terminated;
  return {
    name: container.name,
    init,
    ready: container.ready,
    running: running !== undefined,
    ...(waiting === undefined ? {} : { waiting: { reason: waiting.reason ?? "", message: waiting.message } }),
    ...(ended === undefined ? {} : { terminated: { exitCode: ended.exitCode, message: ended.message } }),
  };
}
