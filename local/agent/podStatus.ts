/** The status that the agent writes for a pod: pure functions of what the agent knows. */
import type {
  V1Container,
  V1ContainerStateTerminated,
  V1ContainerStatus,
  V1Pod,
  V1PodCondition,
  V1PodStatus,
} from "@kubernetes/client-node";

import type { ProcessExit } from "./runtime";

/** The phase of a pod whose containers have ended for good. */
type FinalPhase = "Succeeded" | "Failed";

/** All phases of a pod that the agent reports. */
export type PodPhase = "Pending" | "Running" | FinalPhase;

/** Everything that a pod's status reports. */
export interface PodView {
  /** How the pod ended. Once set, none of its containers is started any more. */
  over?: FinalPhase;
  podIP: string;
  hostIP: string;
  startTime: Date;
  /** The init containers in their order. An init container that has ended with exit code 0 is ready. */
  init: readonly V1ContainerStatus[];
  /** The containers in their order. */
  containers: readonly V1ContainerStatus[];
}

/** A pod's phase, derived from its containers' states as the kubelet does. */
export function phaseOf(pod: V1Pod, { over, init, containers }: PodView): PodPhase {
  if (over !== undefined) return over;
  const policy = pod.spec?.restartPolicy;
  if (policy === "Never" && init.some(failed)) return "Failed";
  if (!init.every(succeeded)) return "Pending";
  // A container that waits for a restart has ended before. One that has never started keeps its pod pending.
  if (containers.some(({ state, lastState }) => state?.waiting !== undefined && lastState === undefined)) {
    return "Pending";
  }
  if (containers.length === 0 || !containers.every(({ state }) => state?.terminated !== undefined)) return "Running";
  if (policy !== "Always" && policy !== undefined) {
    if (containers.every(succeeded)) return "Succeeded";
    if (policy === "Never") return "Failed";
  }
  return "Running";
}

function succeeded({ state }: V1ContainerStatus): boolean {
  return state?.terminated?.exitCode === 0;
}

function failed({ state }: V1ContainerStatus): boolean {
  return state?.terminated !== undefined && state.terminated.exitCode !== 0;
}

/** A pod's status; `now` is the time of the conditions that change. */
export function podStatus(pod: V1Pod, view: PodView, now: Date): V1PodStatus {
  const { podIP, hostIP, startTime, init, containers } = view;
  const phase = phaseOf(pod, view);
  const ready = containers.length > 0 && containers.every((container) => container.ready);
  const namesOf = (statuses: V1ContainerStatus[]): string => statuses.map(({ name }) => name).join(" ");
  const unready = namesOf(containers.filter((container) => !container.ready));
  const incomplete = namesOf(init.filter((container) => !succeeded(container)));
  const notReady =
    phase === "Succeeded" || phase === "Failed"
      ? { reason: "PodCompleted" }
      : { reason: "ContainersNotReady", message: `containers with unready status: [${unready}]` };
  const notInitialized = {
    reason: "ContainersNotInitialized",
    message: `containers with incomplete status: [${incomplete}]`,
  };
  const gatesPassed = (pod.spec?.readinessGates ?? []).every(
    (gate) => pod.status?.conditions?.find(({ type }) => type === gate.conditionType)?.status === "True",
  );
  const gatesNotPassed = { reason: "ReadinessGatesNotReady", message: "a readiness gate has not passed" };
  const identified = (container: V1ContainerStatus): V1ContainerStatus => withId(pod, container);
  return {
    phase,
    podIP,
    podIPs: [{ ip: podIP }],
    hostIP,
    ...(hostIP === "" ? {} : { hostIPs: [{ ip: hostIP }] }),
    startTime,
    conditions: [
      condition(pod, "PodReadyToStartContainers", true, {}, now),
      condition(pod, "Initialized", incomplete === "", notInitialized, now),
      condition(pod, "ContainersReady", ready, notReady, now),
      condition(pod, "Ready", ready && gatesPassed, ready ? gatesNotPassed : notReady, now),
    ],
    ...(init.length === 0 ? {} : { initContainerStatuses: init.map(identified) }),
    containerStatuses: containers.map(identified),
  };
}

/** Adds an id to the status of a container that has been started at least once. */
function withId(pod: V1Pod, status: V1ContainerStatus): V1ContainerStatus {
  const { name, state, lastState, restartCount } = status;
  if (state?.waiting !== undefined && restartCount === 0 && lastState === undefined) return status;
  return { ...status, containerID: `process://${pod.metadata?.uid}-${name}-${restartCount}` };
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

/** pod-sandbox's exit code for a program that it could not start; the reason is in the log. */
const SANDBOX_FAILED = 125;

/**
 * The state of a container that has ended.
 *
 * @param logEnd the last lines of its log
 * @param written what it wrote to its termination message's file (`/dev/termination-log` by default)
 */
export function terminatedOf(
  container: V1Container,
  { exitCode, startedAt, finishedAt }: ProcessExit,
  logEnd: string,
  written = "",
): V1ContainerStateTerminated {
  const sandbox = logEnd.split("\n").findLast((line) => line.startsWith("pod-sandbox:"));
  if (exitCode === SANDBOX_FAILED && sandbox !== undefined) {
    return { exitCode: 128, reason: "StartError", message: sandbox, startedAt, finishedAt };
  }
  const fallsBack = exitCode !== 0 && container.terminationMessagePolicy === "FallbackToLogsOnError";
  const message = written === "" && fallsBack ? logEnd : written;
  const reason = exitCode === 0 ? "Completed" : "Error";
  return { exitCode, reason, ...(message === "" ? {} : { message }), startedAt, finishedAt };
}

/** The phase of a pod that has ended for good. A deleted pod ends in a phase too, which Jobs count. */
export function finalPhase({ init, containers }: PodView): FinalPhase {
  return [...init, ...containers].every(succeeded) ? "Succeeded" : "Failed";
}

/** How long to wait before a container is started again, in milliseconds: doubles from `base` to `most`. */
export function backOff(restartsInARow: number, base: number, most: number): number {
  return Math.min(most, base * 2 ** Math.min(restartsInARow, 30));
}

/** Whether a container that has ended is started again. */
export function startsAgain(restartPolicy: string | undefined, exitCode: number): boolean {
  if (restartPolicy === "Never") return false;
  return restartPolicy !== "OnFailure" || exitCode !== 0;
}

/** The restart policy of a pod's init containers: one that has ended with exit code 0 is never run again. */
export function initPolicy(restartPolicy: string | undefined): "OnFailure" | "Never" {
  return restartPolicy === "Never" ? "Never" : "OnFailure";
}

/** What is known of a pod before its worker has done anything; an earlier agent may have run it already. */
export function firstView(pod: V1Pod, podIP: string, hostIP: string, now: Date): PodView {
  const { phase, startTime, initContainerStatuses, containerStatuses } = pod.status ?? {};
  const { initContainers = [], containers = [], restartPolicy } = pod.spec ?? {};
  const over = phase === "Succeeded" || phase === "Failed" ? phase : undefined;
  const first = (of: V1Container[], before: V1ContainerStatus[] | undefined, policy: string | undefined) =>
    of.map((container) => firstStatus(container, before, over === undefined ? policy : "Never", now));
  return {
    ...(over === undefined ? {} : { over }),
    ...{ podIP, hostIP, startTime: startTime ?? now },
    init: first(initContainers, initContainerStatuses, initPolicy(restartPolicy)),
    containers: first(containers, containerStatuses, restartPolicy),
  };
}

/** A container as an earlier agent left it. A container that was running has ended together with that agent. */
function firstStatus(
  { name, image = "" }: V1Container,
  statuses: V1ContainerStatus[] | undefined,
  policy: string | undefined,
  now: Date,
): V1ContainerStatus {
  const before = statuses?.find((status) => status.name === name);
  // No image is pulled: the programs are processes of this machine.
  const created = { name, image, imageID: "", ready: false, started: false };
  const waiting = { reason: "ContainerCreating" };
  if (before === undefined) return { ...created, restartCount: 0, state: { waiting } };
  const { restartCount } = before;
  const { terminated: endedBefore, running } = before.state ?? {};
  const ended = running === undefined ? endedBefore : endedWithAgent(now);
  if (ended !== undefined && !startsAgain(policy, ended.exitCode)) {
    const ready = endedBefore !== undefined && before.ready;
    return { ...created, ready, restartCount, state: { terminated: ended } };
  }
  const terminated = ended ?? before.lastState?.terminated;
  return {
    ...created,
    restartCount: restartCount + (ended === undefined ? 0 : 1),
    state: { waiting },
    ...(terminated === undefined ? {} : { lastState: { terminated } }),
  };
}

function endedWithAgent(finishedAt: Date): V1ContainerStateTerminated {
  const message = "The container's process ended together with the node agent";
  return { exitCode: 137, reason: "ContainerStatusUnknown", message, finishedAt };
}
