/** The status that the agent writes for a pod: a pure function of what it knows. */
import type { V1Container, V1ContainerStatus, V1Pod, V1PodCondition, V1PodStatus } from "@kubernetes/client-node";

import type { ProcessExit } from "./runtime";

/** A container that has ended. */
export interface Terminated {
  exitCode: number;
  reason: string;
  message?: string;
  startedAt?: Date;
  finishedAt: Date;
}

/** What a container is doing. */
export type ContainerState =
  { waiting: { reason: string; message?: string } } | { running: { startedAt: Date } } | { terminated: Terminated };

/** Everything about a pod that its status tells. */
export interface PodView {
  phase: "Pending" | "Running" | "Succeeded" | "Failed";
  podIP: string;
  hostIP: string;
  startTime: Date;
  state: ContainerState;
  lastTerminated?: Terminated;
  /** The startup probe, if there is one, has passed. */
  started: boolean;
  ready: boolean;
  restarts: number;
}

/** A pod's status; `now` is the time of the conditions that change. */
export function podStatus(pod: V1Pod, view: PodView, now: Date): V1PodStatus {
  const container = pod.spec?.containers[0];
  const finished = view.phase === "Succeeded" || view.phase === "Failed";
  const notReady = finished
    ? { reason: "PodCompleted" }
    : { reason: "ContainersNotReady", message: `containers with unready status: [${container?.name}]` };
  const gatesPassed = (pod.spec?.readinessGates ?? []).every(
    (gate) => pod.status?.conditions?.find(({ type }) => type === gate.conditionType)?.status === "True",
  );
  const gatesNotPassed = { reason: "ReadinessGatesNotReady", message: "a readiness gate has not passed" };
  return {
    phase: view.phase,
    podIP: view.podIP,
    podIPs: [{ ip: view.podIP }],
    hostIP: view.hostIP,
    ...(view.hostIP === "" ? {} : { hostIPs: [{ ip: view.hostIP }] }),
    startTime: view.startTime,
    conditions: [
      condition(pod, "PodReadyToStartContainers", true, {}, now),
      condition(pod, "Initialized", true, {}, now),
      condition(pod, "ContainersReady", view.ready, notReady, now),
      condition(pod, "Ready", view.ready && gatesPassed, view.ready ? gatesNotPassed : notReady, now),
    ],
    containerStatuses: container === undefined ? [] : [containerStatus(pod, container.image ?? "", view)],
  };
}

function containerStatus(pod: V1Pod, image: string, view: PodView): V1ContainerStatus {
  return {
    name: pod.spec?.containers[0]?.name ?? "",
    image,
    // No image is pulled: its programs are processes of this machine.
    imageID: "",
    ...("waiting" in view.state && view.restarts === 0 && view.lastTerminated === undefined
      ? {}
      : { containerID: `process://${pod.metadata?.uid}-${view.restarts}` }),
    ready: view.ready,
    started: view.started,
    restartCount: view.restarts,
    state: view.state,
    ...(view.lastTerminated === undefined ? {} : { lastState: { terminated: view.lastTerminated } }),
  };
}

/** A condition that keeps its time as long as it keeps its value. */
function condition(
  pod: V1Pod,
  type: string,
  holds: boolean,
  otherwise: { reason?: string; message?: string },
  now: Date,
): V1PodCondition {
  const status = holds ? "True" : "False";
  const before = pod.status?.conditions?.find((known) => known.type === type);
  const since = before?.status === status ? before.lastTransitionTime : undefined;
  return { type, status, lastTransitionTime: since ?? now, ...(holds ? {} : otherwise) };
}

/** pod-sandbox's exit code for a program that it could not start; it says why in the log. */
const SANDBOX_FAILED = 125;

/**
 * How a container ended, from its exit, the end of its log, and what it wrote for people to its termination message's
 * file (default /dev/termination-log).
 */
export function terminatedOf(container: V1Container, exit: ProcessExit, logEnd: string, written = ""): Terminated {
  const { exitCode, startedAt, finishedAt } = exit;
  const sandbox = logEnd.split("\n").findLast((line) => line.startsWith("pod-sandbox:"));
  if (exitCode === SANDBOX_FAILED && sandbox !== undefined) {
    return { exitCode: 128, reason: "StartError", message: sandbox, startedAt, finishedAt };
  }
  const fallsBack = exitCode !== 0 && container.terminationMessagePolicy === "FallbackToLogsOnError";
  const message = written === "" && fallsBack ? logEnd : written;
  const reason = exitCode === 0 ? "Completed" : "Error";
  return { exitCode, reason, ...(message === "" ? {} : { message }), startedAt, finishedAt };
}

/** The phase of a pod that has ended for good; a pod that is deleted ends in one too, which is what a Job counts. */
export function finalPhase(exitCode: number): "Succeeded" | "Failed" {
  return exitCode === 0 ? "Succeeded" : "Failed";
}

/** How long to wait before a container is started again, in milliseconds: doubles from base to most. */
export function backOff(restartsInARow: number, base: number, most: number): number {
  return Math.min(most, base * 2 ** Math.min(restartsInARow, 30));
}

/** Whether a container that ended is started again. */
export function startsAgain(restartPolicy: string | undefined, exitCode: number): boolean {
  if (restartPolicy === "Never") return false;
  return restartPolicy !== "OnFailure" || exitCode !== 0;
}

/** What is known of a pod before its worker has done anything, an earlier agent's work included. */
export function firstView(pod: V1Pod, podIP: string, hostIP: string, now: Date): PodView {
  const before = pod.status?.containerStatuses?.[0];
  const phase = pod.status?.phase;
  const over = phase === "Succeeded" || phase === "Failed";
  const ran = before?.state?.running !== undefined;
  const ended = endedWithAgent(now);
  const lastTerminated = ran ? ended : (before?.lastState?.terminated as Terminated | undefined);
  const common = { podIP, hostIP, startTime: pod.status?.startTime ?? now, started: false, ready: false };
  // One that is not started twice has failed with the agent.
  if (ran && !over && !startsAgain(pod.spec?.restartPolicy, ended.exitCode)) {
    return { ...common, phase: "Failed", state: { terminated: ended }, restarts: before.restartCount };
  }
  return {
    ...common,
    phase: over ? phase : before === undefined ? "Pending" : phase === "Running" ? "Running" : "Pending",
    state:
      over && before?.state?.terminated !== undefined
        ? { terminated: before.state.terminated as Terminated }
        : { waiting: { reason: "ContainerCreating" } },
    ...(lastTerminated === undefined ? {} : { lastTerminated }),
    restarts: (before?.restartCount ?? 0) + (ran ? 1 : 0),
  };
}

function endedWithAgent(now: Date): Terminated {
  return {
    exitCode: 137,
    reason: "ContainerStatusUnknown",
    message: "The container's process ended together with the node agent",
    finishedAt: now,
  };
}
