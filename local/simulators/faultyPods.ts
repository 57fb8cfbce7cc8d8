import * as k8s from "@kubernetes/client-node";
import { SIMULATED_BY } from "../controlplane/kwok";
import { statusOf } from "../agent/cluster";
import { faultOf, OPERANDS, SIMULATOR } from "./gpuOperands";

const STRATEGIC = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.StrategicMergePatch);

/** Pods of operands that have a fault. KWOK leaves them alone, so this class writes their status and finishes their deletion. */
export class FaultyPods {
  constructor(private readonly core: k8s.CoreV1Api) {}

  /** Finishes the deletion of terminating pods, as a kubelet does. */
  async remove(): Promise<void> {
    const { items } = await this.core.listPodForAllNamespaces({ labelSelector: "app" });
    for (const { metadata } of items.filter(isOwn)) {
      if (metadata?.deletionTimestamp === undefined) continue;
      const { name = "", namespace = "" } = metadata;
      try {
        await this.core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 });
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
      }
    }
  }

  /** Writes the status that the fault causes. */
  async writeStatus(pods: readonly k8s.V1Pod[], faults: Readonly<Record<string, string>>): Promise<void> {
    for (const pod of pods.filter(isOwn)) {
      const { name = "", namespace = "", labels, deletionTimestamp } = pod.metadata ?? {};
      const operand = OPERANDS.find(({ daemonSet }) => daemonSet === labels?.["app"]);
      const fault = operand === undefined ? undefined : faultOf(operand, faults);
      const bound = pod.spec?.nodeName !== undefined;
      if (fault === undefined || !bound || deletionTimestamp !== undefined || pod.status?.startTime !== undefined)
        continue;
      await this.core.patchNamespacedPodStatus(
        { name, namespace, body: { status: faultyStatus(pod, fault) } },
        STRATEGIC,
      );
    }
  }
}

function isOwn({ metadata }: k8s.V1Pod): boolean {
  return metadata?.annotations?.[SIMULATED_BY] === SIMULATOR;
}

/** @param fault `running` (and never ready), `waiting` (in the init container), or a waiting reason with its message */
function faultyStatus(pod: k8s.V1Pod, fault: string): object {
  const [, reason = "", message = ""] = /^([A-Za-z]+)(?:: (.*))?$/s.exec(fault) ?? [];
  const running = { running: { startedAt: new Date() } };
  const waitsInInit = fault === "waiting";
  const state =
    fault === "running" ? running : { waiting: { reason: waitsInInit ? "PodInitializing" : reason, message } };
  const container = (of: k8s.V1Container, itsState: object, ready: boolean) => ({
    name: of.name,
    image: of.image,
    imageID: "",
    ready,
    restartCount: 0,
    state: itsState,
  });
  const ended = { terminated: { exitCode: 0, reason: "Completed", finishedAt: new Date() } };
  return {
    phase: fault === "running" ? "Running" : "Pending",
    startTime: new Date(),
    conditions: [
      { type: "Initialized", status: waitsInInit ? "False" : "True" },
      { type: "Ready", status: "False", reason: "ContainersNotReady" },
    ],
    initContainerStatuses: (pod.spec?.initContainers ?? []).map((of) =>
      container(of, waitsInInit ? running : ended, !waitsInInit),
    ),
    containerStatuses: (pod.spec?.containers ?? []).map((of) => container(of, state, false)),
  };
}
