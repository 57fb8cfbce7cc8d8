import * as assert from "node:assert/strict";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";

import type { V1Container, V1Pod, V1PodStatus } from "@kubernetes/client-node";

import { Cluster } from "../../../local/agent/cluster";
import { PodWorker } from "../../../local/agent/podWorker";
import type { SandboxSpec } from "../../../local/agent/runtime";

import { agentPod, AGENT_SOURCES } from "./agentFixtures";

/** Replaces pod-sandbox: runs a container's command without a sandbox, and writes down its input. Needs no privileges. */
const SANDBOX = `#!/usr/bin/env node
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const spec = JSON.parse(fs.readFileSync(0, "utf8"));
fs.appendFileSync(__dirname + "/specs", JSON.stringify({ ...spec, pid: process.pid }) + "\\n");
let child;
for (const name of ["SIGTERM", "SIGINT"]) process.on(name, () => child?.kill(name));
const pause = spec.arguments[1] === "pause";
child = pause ? spawn("sleep", ["600"]) : spawn(spec.arguments[0], spec.arguments.slice(1), { stdio: ["ignore", 1, 2] });
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGTERM" ? 143 : 137)));
`;

/** A cluster that records what is written about one pod. */
class Written extends Cluster {
  readonly statuses: V1PodStatus[] = [];
  readonly events: string[] = [];
  removed = false;
  override writePodStatus(_: V1Pod, status: V1PodStatus): Promise<void> {
    this.statuses.push(status);
    return Promise.resolve();
  }
  override report(_: unknown, __: unknown, { reason, message }: { reason: string; message: string }): void {
    this.events.push(`${reason}: ${message}`);
  }
  override removePod(): Promise<void> {
    this.removed = true;
    return Promise.resolve();
  }
}

/** A script that ignores SIGTERM. */
const IGNORES_SIGTERM = "trap '' TERM; echo b >> $F/order; while [ -e $F/order ]; do sleep 0.1; done";

const KUBECONFIG = JSON.stringify({
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
  users: [{ name: "u", user: {} }],
  contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
  "current-context": "x",
});

describe("the containers of a pod", () => {
  let folder: string;
  let cluster: Written;
  let worker: PodWorker | undefined;
  let done: Promise<void> | undefined;
  let pullSeconds: number;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-agent-"));
    pullSeconds = 0;
    fs.writeFileSync(path.join(folder, "pod-sandbox"), SANDBOX, { mode: 0o755 });
    fs.writeFileSync(path.join(folder, "kubeconfig"), KUBECONFIG);
    cluster = new Written(path.join(folder, "kubeconfig"), () => undefined);
  });
  afterEach(async () => {
    worker?.drop();
    await done;
    worker = undefined;
    fs.rmSync(folder, { recursive: true, force: true });
  });

  /** A container that runs a line of shell, with `$F` for the test's folder. */
  const container = (name: string, script: string, more: Partial<V1Container> = {}): V1Container => ({
    ...{ name, image: "x/epp:1", command: ["sh", "-c", `F=${folder}; ${script}`] },
    ...more,
  });
  const run = (spec: Partial<NonNullable<V1Pod["spec"]>>): PodWorker => {
    const pod = agentPod({ terminationGracePeriodSeconds: 1, ...spec });
    const made = new PodWorker(pod, {
      toolchain: { bin: (name) => path.join(folder, name), share: folder },
      ...{ bridge: "br", gateway: "10.244.0.1", prefixLength: 16, apiServer: { host: "10.96.0.1", port: 443 } },
      ...{ hostsFile: path.join(folder, "hosts"), cluster, sources: AGENT_SOURCES, podIP: "127.0.0.1" },
      folder: path.join(folder, "pod"),
      pullSeconds: () => pullSeconds,
      logFile: (name) => path.join(folder, `${name}.log`),
      times: { backOffBaseMs: 50, backOffMaxMs: 100, gracePeriodCapSeconds: 1 },
      log: () => undefined,
      finished: () => undefined,
    });
    worker = made;
    done = made.work();
    return made;
  };
  const until = async (what: string, holds: () => boolean): Promise<void> => {
    for (const end = Date.now() + 10_000; !holds();) {
      if (Date.now() > end) assert.fail(`${what}: last status ${JSON.stringify(cluster.statuses.at(-1))}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const last = (): V1PodStatus => cluster.statuses.at(-1) ?? {};
  const ready = (): boolean => last().conditions?.find(({ type }) => type === "Ready")?.status === "True";
  const restarts = (): Record<string, number> =>
    Object.fromEntries((last().containerStatuses ?? []).map(({ name, restartCount }) => [name, restartCount]));
  const specs = (): (SandboxSpec & { pid: number })[] =>
    read("specs")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as SandboxSpec & { pid: number });
  /** What the containers wrote, in order. A container without a probe is ready before it has written anything. */
  const order = (): string => read("order").replaceAll("\n", " ").trim();
  const read = (name: string): string => {
    const file = path.join(folder, name);
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  };

  it("start after all init containers have ended, which run one after another", async () => {
    run({
      initContainers: [
        container("one", "sleep 0.2; echo one >> $F/order"),
        container("two", "echo two >> $F/order; echo said"),
      ],
      containers: [container("a", "echo main >> $F/order; exec sleep 60"), container("b", "exec sleep 60")],
    });
    await until("the pod is ready and has begun", () => ready() && order().includes("main"));
    assert.equal(order(), "one two main");
    assert.deepEqual(
      last().initContainerStatuses?.map(({ name, state, ready: well }) => [name, state?.terminated?.reason, well]),
      [
        ["one", "Completed", true],
        ["two", "Completed", true],
      ],
    );
    assert.equal(fs.readFileSync(path.join(folder, "two.log"), "utf8"), "said\n");
    assert.ok(cluster.statuses.some(({ phase }) => phase === "Pending"));
    assert.equal(last().phase, "Running");
  });

  it("start only after a failed init container has been run again and has ended with exit code 0", async () => {
    run({
      initContainers: [container("i", "echo try >> $F/order; [ $(wc -l < $F/order) -ge 3 ]")],
      containers: [container("a", "echo main >> $F/order; exec sleep 60")],
    });
    await until("the pod is ready and has begun", () => ready() && order().includes("main"));
    assert.equal(order(), "try try try main");
    assert.equal(last().initContainerStatuses?.[0]?.restartCount, 2);
    assert.ok(cluster.events.some((event) => event.startsWith("BackOff: Back-off restarting failed container i")));
  });

  it("never start when an init container fails and the restart policy is Never", async () => {
    run({
      restartPolicy: "Never",
      initContainers: [container("i", "exit 4"), container("j", "echo second >> $F/order")],
      containers: [container("a", "echo main >> $F/order")],
    });
    await until("the pod has failed", () => last().phase === "Failed");
    assert.ok(!fs.existsSync(path.join(folder, "order")));
    assert.equal(last().initContainerStatuses?.[0]?.state?.terminated?.exitCode, 4);
  });

  it("are restarted independently of each other", async () => {
    const made = run({
      containers: [
        container("steady", "exec sleep 60"),
        container("crashes", "echo x >> $F/order; [ $(wc -l < $F/order) -ge 3 ] && exec sleep 60; exit 7"),
      ],
    });
    await until("it has crashed twice and runs", () => ready() && restarts().crashes === 2);
    assert.deepEqual(restarts(), { steady: 0, crashes: 2 });
    const crashed = cluster.statuses.find((status) => status.containerStatuses?.[1]?.state?.waiting !== undefined);
    assert.deepEqual([crashed?.phase, crashed?.containerStatuses?.[0]?.ready], ["Pending", false]);
    assert.equal(last().containerStatuses?.[1]?.lastState?.terminated?.exitCode, 7);
    assert.deepEqual(
      made.workers.map(({ run: process }) => process !== undefined),
      [true, true],
    );
  });

  it("make the pod ready once each of them is ready", async () => {
    const server = net.createServer((socket) => socket.destroy());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as net.AddressInfo;
    server.close();
    await once(server, "close");
    run({
      containers: [
        container("plain", "exec sleep 60"),
        container("probed", "exec sleep 60", { readinessProbe: { tcpSocket: { port }, periodSeconds: 0.05 } }),
      ],
    });
    const readiness = (): (boolean | undefined)[] => (last().containerStatuses ?? []).map((status) => status.ready);
    await until("the one without a probe is ready", () => readiness()[0] === true);
    assert.deepEqual([readiness(), ready()], [[true, false], false]);
    server.listen(port, "127.0.0.1");
    await until("both are ready", ready);
    server.close();
  });

  it("wait for the configured pull time of their image before their first start only", async () => {
    pullSeconds = 0.3;
    const began = performance.now();
    run({ containers: [container("a", "exec sleep 0.2")] });
    await until("it has ended and started again", () => (restarts().a ?? 0) >= 1);
    const pulling = cluster.events.filter((event) => event.startsWith("Pulling:"));
    assert.deepEqual(pulling, ['Pulling: Pulling image "x/epp:1" (simulated: 0.3 s)']);
    const { startedAt } = last().containerStatuses?.[0]?.lastState?.terminated ?? {};
    assert.ok((startedAt?.getTime() ?? 0) - (performance.timeOrigin + began) >= 290, "it started too early");
  });

  it("share the network of one pause process", async () => {
    run({ containers: [container("a", "exec sleep 60"), container("b", "exec sleep 60")] });
    await until("the pod is ready", ready);
    await until("three sandboxes were started", () => specs().length === 3);
    const pause = specs().find((spec) => spec.arguments[1] === "pause");
    assert.equal(pause?.network.join, 0);
    const joined = specs().filter((spec) => spec !== pause && spec.arguments[1] !== "pause");
    assert.deepEqual(
      joined.map((spec) => spec.network.join),
      [pause.pid, pause.pid],
    );
  });

  it("start again in a new network when their network is lost", async () => {
    run({ containers: [container("a", "exec sleep 60"), container("b", "exec sleep 60")] });
    await until("the pod is ready", () => ready() && specs().length === 3);
    const pauses = (): number[] => specs().flatMap((spec) => (spec.arguments[1] === "pause" ? [spec.pid] : []));
    process.kill(pauses()[0] ?? 0, "SIGKILL");
    await until("both have started again", () => ready() && restarts().a === 1 && restarts().b === 1);
    await until("the pause and both have said so", () => specs().length === 6);
    const [, second] = pauses();
    assert.deepEqual(
      specs()
        .filter((spec) => spec.arguments[1] !== "pause")
        .slice(-2)
        .map((spec) => spec.network.join),
      [second, second],
    );
  });

  it("run their preStop hook before SIGTERM, for no longer than the grace period", async () => {
    const hook = (command: string) => ({
      lifecycle: { preStop: { exec: { command: ["sh", "-c", `F=${folder}; ${command}`] } } },
    });
    const made = run({
      containers: [
        {
          ...container("a", "trap 'echo a >> $F/order; exit 0' TERM; echo up >> $F/order; while :; do sleep 0.1; done"),
          ...hook("echo h >> $F/order"),
        },
        { ...container("b", "exec sleep 60"), ...hook("sleep 60") },
      ],
    });
    await until("both run", () => ready() && order() === "up");
    made.stop({ hookSeconds: 1, seconds: 5 });
    await done;
    assert.equal(order(), "up h a");
    assert.deepEqual(
      last().containerStatuses?.map(({ state }) => state?.terminated?.exitCode),
      [0, 143],
    );
  });

  it("all end when their pod is deleted, which is then removed from the API", async () => {
    const made = run({
      containers: [container("a", "echo a >> $F/order; exec sleep 60"), container("b", IGNORES_SIGTERM)],
    });
    await until("both run", () => ready() && order().length === "a b".length);
    made.stop({ hookSeconds: 1, seconds: 1 });
    await done;
    assert.ok(cluster.removed);
    assert.deepEqual(
      last().containerStatuses?.map(({ state }) => state?.terminated?.exitCode),
      [143, 137],
    );
    assert.ok(!fs.existsSync(path.join(folder, "pod")));
  });
});
