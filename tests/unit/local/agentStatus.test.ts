import * as assert from "node:assert/strict";

import type { V1Container, V1ContainerStatus, V1Pod, V1PodSpec, V1PodStatus } from "@kubernetes/client-node";

import {
  backOff,
  finalPhase,
  firstView,
  phaseOf,
  type PodPhase,
  podStatus,
  type PodView,
  startsAgain,
  terminatedOf,
} from "../../../local/agent/podStatus";

import { agentPod as pod } from "./agentFixtures";

describe("a pod's status", () => {
  const now = new Date("2026-01-02T03:04:05Z");
  const running = { name: "c", image: "i", ready: true, started: true, restartCount: 2, imageID: "" };
  type Part = Partial<V1ContainerStatus>;
  const IS_READY: Part = { state: { running: { startedAt: now } }, started: true, ready: true, restartCount: 0 };
  const ended = (exitCode: number): Part => ({
    state: { terminated: { exitCode, reason: exitCode === 0 ? "Completed" : "Error", finishedAt: now } },
    ...{ started: false, ready: exitCode === 0, restartCount: 0 },
  });
  const crashed: Part = {
    state: { waiting: { reason: "CrashLoopBackOff" } },
    lastState: { terminated: { exitCode: 1, reason: "Error", finishedAt: now } },
    ...{ started: false, ready: false, restartCount: 1 },
  };

  const c: V1Container = { name: "c", image: "i" };
  /** The first view of a pod, with parts of its containers' statuses replaced by the containers' names. */
  const view = (of: V1Pod, containers: Record<string, Part> = {}, init: Record<string, Part> = {}): PodView => {
    const first = firstView(of, "10.244.1.0", "10.0.0.1", now);
    const replaced = (statuses: readonly V1ContainerStatus[], parts: Record<string, Part>): V1ContainerStatus[] =>
      statuses.map((status) => ({ ...status, ...parts[status.name] }));
    return { ...first, containers: replaced(first.containers, containers), init: replaced(first.init, init) };
  };
  const conditionOf = (status: V1PodStatus, type: string) => status.conditions?.find((found) => found.type === type);

  it("counts the end of the earlier agent as a restart of a container that was running", () => {
    const before = pod(
      { containers: [c] },
      { phase: "Running", containerStatuses: [{ ...running, state: { running: { startedAt: now } } }] },
    );
    const known = view(before);
    const { restartCount, lastState } = known.containers[0] ?? {};
    assert.deepEqual([phaseOf(before, known), restartCount, lastState?.terminated?.exitCode], ["Running", 3, 137]);
  });

  it("is Failed after the end of the earlier agent when its restart policy is Never", () => {
    const statuses = [{ ...running, state: { running: { startedAt: now } } }];
    const of = (restartPolicy: string) => {
      const before = pod({ restartPolicy, containers: [c] }, { phase: "Running", containerStatuses: statuses });
      const known = view(before);
      const { restartCount, state } = known.containers[0] ?? {};
      return [phaseOf(before, known), restartCount, state?.terminated !== undefined];
    };
    assert.deepEqual(of("Never"), ["Failed", 2, true]);
    assert.deepEqual(of("OnFailure"), ["Running", 3, false]);
  });

  it("does not change after the pod has ended, when another agent reports it", () => {
    const terminated = { exitCode: 3, reason: "Error", message: "why", finishedAt: now };
    const statuses = [{ ...running, ready: false, state: { terminated } }];
    const of = pod({ containers: [c] }, { phase: "Failed", containerStatuses: statuses });
    const known = view(of);
    assert.deepEqual(
      [phaseOf(of, known), known.containers[0]?.state, known.containers[0]?.restartCount],
      ["Failed", { terminated }, 2],
    );
    assert.equal(conditionOf(podStatus(of, known, now), "Ready")?.reason, "PodCompleted");
  });

  it("ends as Succeeded only if every container has ended with exit code 0", () => {
    const of = pod({ containers: [c, { ...c, name: "d" }] });
    assert.equal(finalPhase(view(of, { c: ended(0), d: ended(0) })), "Succeeded");
    assert.equal(finalPhase(view(of, { c: ended(0), d: ended(143) })), "Failed");
    assert.equal(finalPhase(view(of, { c: ended(0) })), "Failed");
  });

  it("keeps the time of a condition that keeps its value", () => {
    const earlier = new Date("2026-01-01T00:00:00Z");
    const conditions = [{ type: "Ready", status: "True", lastTransitionTime: earlier }];
    const of = pod({ containers: [c] }, { conditions });
    const status = podStatus(of, view(of, { c: IS_READY }), now);
    const time = (type: string) => conditionOf(status, type)?.lastTransitionTime;
    assert.deepEqual([time("Ready"), time("ContainersReady")], [earlier, now]);
  });

  it("is not ready until every readiness gate has passed", () => {
    const gated = pod({ containers: [c], readinessGates: [{ conditionType: "lb" }] });
    const ready = conditionOf(podStatus(gated, view(gated, { c: IS_READY }), now), "Ready");
    assert.deepEqual([ready?.status, ready?.reason], ["False", "ReadinessGatesNotReady"]);
  });

  it("is ready when all containers are ready, and names the containers that are not", () => {
    const two = pod({ containers: [c, { ...c, name: "d" }, { ...c, name: "e" }] });
    const unready = podStatus(two, view(two, { c: IS_READY }), now);
    assert.equal(conditionOf(unready, "Ready")?.message, "containers with unready status: [d e]");
    assert.deepEqual(
      unready.containerStatuses?.map(({ name, ready }) => [name, ready]),
      [
        ["c", true],
        ["d", false],
        ["e", false],
      ],
    );
    const all = podStatus(two, view(two, { c: IS_READY, d: IS_READY, e: IS_READY }), now);
    assert.deepEqual([all.phase, conditionOf(all, "Ready")?.status], ["Running", "True"]);
  });

  it("is Pending until every init container has ended with exit code 0, and names the others", () => {
    const of = pod({
      containers: [c],
      initContainers: [
        { ...c, name: "i" },
        { ...c, name: "j" },
      ],
    });
    const first = podStatus(of, view(of, {}, { i: ended(0) }), now);
    const initialized = conditionOf(first, "Initialized");
    assert.deepEqual(
      [
        first.phase,
        initialized?.status,
        initialized?.message,
        first.initContainerStatuses?.[0]?.state?.terminated?.reason,
      ],
      ["Pending", "False", "containers with incomplete status: [j]", "Completed"],
    );
    const done = podStatus(of, view(of, { c: IS_READY }, { i: ended(0), j: ended(0) }), now);
    assert.deepEqual([done.phase, conditionOf(done, "Initialized")?.status], ["Running", "True"]);
  });

  const phases: [string, V1PodSpec["restartPolicy"], Record<string, Part>, PodPhase][] = [
    ["one of which has not started yet", "Always", { c: IS_READY }, "Pending"],
    ["one of which waits for a restart", "Always", { c: IS_READY, d: crashed }, "Running"],
    ["that have ended and start again", "Always", { c: ended(0), d: ended(1) }, "Running"],
    ["that have ended with exit code 0", "Never", { c: ended(0), d: ended(0) }, "Succeeded"],
    ["one of which has failed and is not restarted", "Never", { c: ended(0), d: ended(1) }, "Failed"],
    ["one of which has failed while another one runs", "Never", { c: IS_READY, d: ended(1) }, "Running"],
    ["one of which has failed and is restarted", "OnFailure", { c: ended(0), d: crashed }, "Running"],
  ];
  for (const [what, restartPolicy, containers, phase] of phases) {
    it(`is ${phase} with containers ${what}`, () => {
      const of = pod({ restartPolicy, containers: [c, { ...c, name: "d" }] });
      assert.equal(phaseOf(of, view(of, containers)), phase);
    });
  }

  it("is Failed when an init container has failed and the restart policy is Never", () => {
    const of = pod({ restartPolicy: "Never", containers: [c], initContainers: [{ ...c, name: "i" }] });
    assert.equal(phaseOf(of, view(of, {}, { i: ended(1) })), "Failed");
    assert.equal(
      phaseOf({ ...of, spec: { ...of.spec, containers: [c], restartPolicy: "Always" } }, view(of, {}, { i: ended(1) })),
      "Pending",
    );
  });

  it("contains the reason and the message with which a container ended", () => {
    const exit = (exitCode: number) => ({ exitCode, startedAt: now, finishedAt: now });
    const facts = (container: Partial<V1Container>, exitCode: number) => {
      const { reason, message } = terminatedOf(
        { name: "c", ...container },
        exit(exitCode),
        "x\npod-sandbox: no root\n",
      );
      return [reason, message];
    };
    assert.deepEqual(facts({}, 0), ["Completed", undefined]);
    assert.deepEqual(facts({}, 2), ["Error", undefined]);
    const policy = { terminationMessagePolicy: "FallbackToLogsOnError" };
    assert.deepEqual(facts(policy, 2), ["Error", "x\npod-sandbox: no root\n"]);
    assert.deepEqual(facts({}, 125), ["StartError", "pod-sandbox: no root"]);
    for (const [exitCode, reason] of [[0, "Completed"] as const, [1, "Error"] as const]) {
      const terminated = terminatedOf({ name: "c", ...policy }, exit(exitCode), "the log", "the message");
      assert.deepEqual([terminated.reason, terminated.message], [reason, "the message"]);
    }
  });

  it("doubles the wait between restarts up to a limit, and restarts according to the policy", () => {
    assert.deepEqual(
      [0, 1, 2, 9].map((n) => backOff(n, 1000, 30_000)),
      [1000, 2000, 4000, 30_000],
    );
    const policies = [undefined, "Always", "OnFailure", "Never"];
    assert.deepEqual(
      policies.map((policy) => [startsAgain(policy, 0), startsAgain(policy, 1)]),
      [
        [true, true],
        [true, true],
        [false, true],
        [false, false],
      ],
    );
  });
});
