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

/** Everything about a container that its pod's status tells. */
export interface ContainerView {
  state: ContainerState;
  lastTerminated?: Terminated;
  /** The startup probe, if there is one, has passed. */
  started: boolean;
  ready: boolean;
  restarts: number;
}

/** Everything about a pod that its status tells. */
export interface PodView {
  /** How it ended, once it has: nothing of it is started any more. */
  over?: "Succeeded" | "Failed";
  podIP: string;
  hostIP: string;
  startTime: Date;
  /** Each init container's, by name; an init container that has ended well is ready. */
  init: Readonly<Record<string, ContainerView>>;
  /** Each container's, by name. */
  containers: Readonly<Record<string, ContainerView>>;
}

export type PodPhase = "Pending" | "Running" | "Succeeded" | "Failed";

/** A container of which nothing is known. */
const NEW_CONTAINER: ContainerView = {
  state: { waiting: { reason: "ContainerCreating" } },
  started: false,
  ready: false,
  restarts: 0,
};

/** A pod's phase, from its containers' states as the kubelet does it. */
export function phaseOf(pod: V1Pod, view: PodView): PodPhase {
  if (view.over !== undefined) return view.over;
  const policy = pod.spec?.restartPolicy;
  const init = (pod.spec?.initContainers ?? []).map(({ name }) => view.init[name] ?? NEW_CONTAINER);
  if (policy === "Never" && init.some(({ state }) => failed(state))) return "Failed";
  if (!init.every(({ state }) => succeeded(state))) return "Pending";
  const containers = (pod.spec?.containers ?? []).map(({ name }) => view.containers[name] ?? NEW_CONTAINER);
  // One that waits to be started again has ended; one that has never been started keeps its pod pending.
  if (containers.some(({ state, lastTerminated }) => "waiting" in state && lastTerminated === undefined)) {
    return "Pending";
  }
  if (containers.length === 0 || !containers.every(({ state }) => "terminated" in state)) return "Running";
  if (policy !== "Always" && policy !== undefined) {
    if (containers.every(({ state }) => succeeded(state))) return "Succeeded";
    if (policy === "Never") return "Failed";
  }
  return "Running";
}

function succeeded(state: ContainerState): boolean {
  return "terminated" in state && state.terminated.exitCode === 0;
}

function failed(state: ContainerState): boolean {
  return "terminated" in state && state.terminated.exitCode !== 0;
}

/** Whether all containers of a pod are ready. */
export function isReady(pod: V1Pod, view: PodView): boolean {
  const containers = pod.spec?.containers ?? [];
  return containers.length > 0 && containers.every(({ name }) => view.containers[name]?.ready === true);
}

/** A pod's status; `now` is the time of the conditions that change. */
export function podStatus(pod: V1Pod, view: PodView, now: Date): V1PodStatus {
  const phase = phaseOf(pod, view);
  const finished = phase === "Succeeded" || phase === "Failed";
  const init = pod.spec?.initContainers ?? [];
  const containers = pod.spec?.containers ?? [];
  const ready = isReady(pod, view);
  const unready = containers.map(({ name }) => name).filter((name) => view.containers[name]?.ready !== true);
  const incomplete = init
    .map(({ name }) => name)
    .filter((name) => !succeeded((view.init[name] ?? NEW_CONTAINER).state));
  const notReady = finished
    ? { reason: "PodCompleted" }
    : { reason: "ContainersNotReady", message: `containers with unready status: [${unready.join(" ")}]` };
  const notInitialized = {
    reason: "ContainersNotInitialized",
    message: `containers with incomplete status: [${incomplete.join(" ")}]`,
  };
  const gatesPassed = (pod.spec?.readinessGates ?? []).every(
    (gate) => pod.status?.conditions?.find(({ type }) => type === gate.conditionType)?.status === "True",
  );
  const gatesNotPassed = { reason: "ReadinessGatesNotReady", message: "a readiness gate has not passed" };
  const statuses = (of: V1Container[], views: PodView["containers"]): V1ContainerStatus[] =>
    of.map((container) => containerStatus(pod, container, views[container.name] ?? NEW_CONTAINER));
  return {
    phase,
    podIP: view.podIP,
    podIPs: [{ ip: view.podIP }],
    hostIP: view.hostIP,
    ...(view.hostIP === "" ? {} : { hostIPs: [{ ip: view.hostIP }] }),
    startTime: view.startTime,
    conditions: [
      condition(pod, "PodReadyToStartContainers", true, {}, now),
      condition(pod, "Initialized", incomplete.length === 0, notInitialized, now),
      condition(pod, "ContainersReady", ready, notReady, now),
      condition(pod, "Ready", ready && gatesPassed, ready ? gatesNotPassed : notReady, now),
    ],
    ...(init.length === 0 ? {} : { initContainerStatuses: statuses(init, view.init) }),
    containerStatuses: statuses(containers, view.containers),
  };
}

function containerStatus(pod: V1Pod, container: V1Container, view: ContainerView): V1ContainerStatus {
  return {
    name: container.name,
    image: container.image ?? "",
    // No image is pulled: its programs are processes of this machine.
    imageID: "",
    ...("waiting" in view.state && view.restarts === 0 && view.lastTerminated === undefined
      ? {}
      : { containerID: `process://${pod.metadata?.uid}-${container.name}-${view.restarts}` }),
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
export function finalPhase(view: PodView): "Succeeded" | "Failed" {
  const all = [...Object.values(view.init), ...Object.values(view.containers)];
  return all.every(({ state }) => succeeded(state)) ? "Succeeded" : "Failed";
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
  const { phase, startTime, initContainerStatuses, containerStatuses } = pod.status ?? {};
  const { initContainers = [], containers = [], restartPolicy } = pod.spec ?? {};
  const over = phase === "Succeeded" || phase === "Failed" ? phase : undefined;
  const views = (
    of: V1Container[],
    statuses: V1ContainerStatus[] | undefined,
    policy: string | undefined,
  ): PodView["containers"] =>
    Object.fromEntries(
      of.map(({ name }) => {
        const before = statuses?.find((status) => status.name === name);
        return [name, firstContainerView(before, over === undefined ? policy : "Never", now)];
      }),
    );
  return {
    ...(over === undefined ? {} : { over }),
    ...{ podIP, hostIP, startTime: startTime ?? now },
    init: views(initContainers, initContainerStatuses, initPolicy(restartPolicy)),
    containers: views(containers, containerStatuses, restartPolicy),
  };
}

/** The restart policy of a pod's init containers: one that has ended well is done under any. */
export function initPolicy(restartPolicy: string | undefined): "OnFailure" | "Never" {
  return restartPolicy === "Never" ? "Never" : "OnFailure";
}

/** A container as an earlier agent left it. One that ran has ended with the agent. */
function firstContainerView(
  before: V1ContainerStatus | undefined,
  policy: string | undefined,
  now: Date,
): ContainerView {
  if (before === undefined) return NEW_CONTAINER;
  const { terminated, running } = before.state ?? {};
  const ended = running === undefined ? (terminated as Terminated | undefined) : endedWithAgent(now);
  if (ended !== undefined && !startsAgain(policy, ended.exitCode)) {
    const ready = terminated !== undefined && before.ready;
    return { state: { terminated: ended }, started: false, ready, restarts: before.restartCount };
  }
  const lastTerminated = ended ?? (before.lastState?.terminated as Terminated | undefined);
  return {
    ...NEW_CONTAINER,
    ...(lastTerminated === undefined ? {} : { lastTerminated }),
    restarts: before.restartCount + (ended === undefined ? 0 : 1),
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
