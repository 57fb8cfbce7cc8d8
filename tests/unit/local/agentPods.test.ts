import * as assert from "node:assert/strict";

import type { V1Container } from "@kubernetes/client-node";

import { PodAddresses } from "../../../local/agent/addresses";
import { containerEnvironment, ContainerConfigError, expand, resourceField } from "../../../local/agent/environment";
import { commandLine, programOf, reasonForKwok } from "../../../local/agent/images";
import { backOff, firstView, podStatus, startsAgain, terminatedOf } from "../../../local/agent/podStatus";
import { interfaceName } from "../../../local/agent/sandboxSpec";
import { privilegesOf } from "../../../local/agent/securityContext";

import { agentPod as pod, AGENT_SOURCES as SOURCES, NODE } from "./agentFixtures";

describe("images that the agent runs", () => {
  const names: [string, string | undefined][] = [
    ["docker.io/istio/pilot:1.27.9", "pilot-discovery"],
    ["istio/proxyv2:1.27.9-distroless", "pilot-agent with envoy"],
    ["registry.k8s.io/gateway-api-inference-extension/epp@sha256:abc", "epp"],
    ["localhost:5000/vllm/vllm-openai:v0.10.0@sha256:abc", "llm-d-inference-sim"],
    ["vllm/vllm-openai", "llm-d-inference-sim"],
    ["docker.io/library/node:22.20.0-bookworm-slim", "node"],
    ["nginx:1", undefined],
    ["example.com/not-epp:1", undefined],
  ];
  for (const [image, program] of names) {
    it(`${image}: ${program ?? "KWOK"}`, () => assert.equal(programOf(image)?.name, program));
  }

  it("says why a pod is left to KWOK", () => {
    const epp = { name: "epp", image: "x/epp:1" };
    assert.equal(reasonForKwok(pod({ containers: [epp] })), undefined);
    assert.equal(reasonForKwok(pod({ containers: [epp, epp] })), "it has several containers");
    assert.equal(reasonForKwok(pod({ containers: [epp], initContainers: [epp] })), "it has init containers");
    assert.equal(reasonForKwok(pod({ containers: [{ name: "n", image: "nginx" }] })), "nothing here runs nginx");
  });

  it("starts the image's entrypoint with the container's args, or the container's command", () => {
    const program = programOf("x/pilot");
    assert.ok(program !== undefined);
    const line = (container: Partial<V1Container>) =>
      commandLine(program, { name: "c", ...container }, (text) => text.replace("$(X)", "x"));
    assert.deepEqual(line({ args: ["discovery", "$(X)"] }), ["/usr/local/bin/pilot-discovery", "discovery", "x"]);
    assert.deepEqual(line({ command: ["/other"], args: ["a"] }), ["/other", "a"]);
  });
});

describe("a container's environment", () => {
  const container: V1Container = {
    name: "c",
    resources: { limits: { cpu: "1500m", memory: "1Gi" } },
    envFrom: [{ prefix: "P_", configMapRef: { name: "cm" } }, { secretRef: { name: "absent", optional: true } }],
    env: [
      { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      { name: "LABEL", valueFrom: { fieldRef: { fieldPath: "metadata.labels['a']" } } },
      { name: "CPU", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
      { name: "MEM", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1Mi" } } },
      { name: "SECRET", valueFrom: { secretKeyRef: { name: "s", key: "TOKEN" } } },
      { name: "NONE", valueFrom: { secretKeyRef: { name: "s", key: "NO", optional: true } } },
      { name: "URL", value: "http://$(IP):$(PORT)/$$(IP)" },
    ],
  };

  it("is what the kubelet makes of it", () => {
    const variables = containerEnvironment(pod({}), container, SOURCES, { PORT: "80", HOME: "/" });
    assert.deepEqual(Object.fromEntries(variables), {
      ...{ PORT: "80", HOME: "/", P_K: "v", IP: "10.244.1.0", LABEL: "1", CPU: "2", MEM: "1024", SECRET: "t" },
      URL: "http://10.244.1.0:80/$(IP)",
    });
  });

  it("names what is missing in the kubelet's words", () => {
    const of = (env: V1Container["env"]) => () => containerEnvironment(pod({}), { name: "c", env }, SOURCES, {});
    const key = (name: string, k: string) => [{ name: "A", valueFrom: { secretKeyRef: { name, key: k } } }];
    assert.throws(of(key("gone", "k")), new ContainerConfigError('secret "gone" not found'));
    assert.throws(of(key("s", "k")), new ContainerConfigError("couldn't find key k in Secret ns/s"));
  });

  it("takes the node's resources where there is no limit", () => {
    assert.equal(resourceField({ name: "c" }, "limits.cpu", "1", NODE), "2");
    assert.equal(resourceField({ name: "c" }, "limits.memory", "1Gi", NODE), "8");
    assert.equal(resourceField({ name: "c" }, "requests.cpu", "1m", NODE), "0");
  });

  it("leaves unknown names as they are", () => {
    assert.equal(expand("$(A) $(B) $$ $", new Map([["A", "1"]])), "1 $(B) $ $");
  });
});

describe("a container's privileges", () => {
  const vllm = programOf("vllm-openai");
  assert.ok(vllm !== undefined);

  it("come from the image where nothing else is said", () => {
    const { uid, gid, capabilities, readOnlyRoot } = privilegesOf(pod({}), { name: "c" }, vllm);
    assert.deepEqual([uid, gid, readOnlyRoot, capabilities.includes("CHOWN")], [0, 0, false, true]);
  });

  it("come from the container before the pod", () => {
    const got = privilegesOf(
      pod({ securityContext: { runAsUser: 1, runAsGroup: 2, fsGroup: 3, sysctls: [{ name: "net.a", value: "0" }] } }),
      {
        name: "c",
        securityContext: {
          runAsUser: 5,
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
        },
      },
      vllm,
    );
    assert.deepEqual(got, {
      uid: 5,
      gid: 2,
      groups: [3],
      capabilities: ["NET_BIND_SERVICE"],
      noNewPrivileges: true,
      readOnlyRoot: true,
      sysctls: { "net.a": "0" },
    });
  });

  it("refuse root where the pod refuses it", () => {
    assert.throws(
      () => privilegesOf(pod({ securityContext: { runAsNonRoot: true } }), { name: "c" }, vllm),
      /runAsNonRoot and image will run as root/,
    );
  });
});

describe("a pod's status", () => {
  const now = new Date("2026-01-02T03:04:05Z");
  const running = { name: "c", image: "i", ready: true, started: true, restartCount: 2, imageID: "" };

  it("goes on counting after an agent that ended", () => {
    const before = pod(
      {},
      { phase: "Running", containerStatuses: [{ ...running, state: { running: { startedAt: now } } }] },
    );
    const view = firstView(before, "10.244.1.0", "10.0.0.1", now);
    assert.deepEqual([view.phase, view.restarts, view.lastTerminated?.exitCode], ["Running", 3, 137]);
  });

  it("has failed with the agent where it is not started twice", () => {
    const statuses = [{ ...running, state: { running: { startedAt: now } } }];
    const of = (restartPolicy: string) =>
      firstView(pod({ restartPolicy }, { phase: "Running", containerStatuses: statuses }), "10.244.1.0", "", now);
    const never = of("Never");
    assert.deepEqual([never.phase, never.restarts, "terminated" in never.state], ["Failed", 2, true]);
    assert.deepEqual([of("OnFailure").phase, of("OnFailure").restarts], ["Running", 3]);
  });

  it("stays as it ended, whatever agent tells of it", () => {
    const terminated = { exitCode: 3, reason: "Error", message: "why", finishedAt: now };
    const statuses = [{ ...running, ready: false, state: { terminated } }];
    const view = firstView(pod({}, { phase: "Failed", containerStatuses: statuses }), "10.244.1.0", "", now);
    assert.deepEqual([view.phase, view.state, view.restarts], ["Failed", { terminated }, 2]);
    const status = podStatus(pod({ containers: [{ name: "c" }] }), view, now);
    assert.equal(status.conditions?.find(({ type }) => type === "Ready")?.reason, "PodCompleted");
  });

  it("keeps the time of conditions that stay", () => {
    const earlier = new Date("2026-01-01T00:00:00Z");
    const container = { name: "c", image: "i" };
    const conditions = [{ type: "Ready", status: "True", lastTransitionTime: earlier }];
    const view = { ...firstView(pod({}), "10.244.1.0", "10.0.0.1", now), ready: true, started: true };
    const status = podStatus(pod({ containers: [container] }, { conditions }), view, now);
    const time = (type: string) => status.conditions?.find((c) => c.type === type)?.lastTransitionTime;
    assert.deepEqual([time("Ready"), time("ContainersReady")], [earlier, now]);
  });

  it("waits for readiness gates", () => {
    const view = { ...firstView(pod({}), "10.244.1.0", "", now), ready: true };
    const gated = pod({ containers: [{ name: "c" }], readinessGates: [{ conditionType: "lb" }] });
    const ready = podStatus(gated, view, now).conditions?.find(({ type }) => type === "Ready");
    assert.deepEqual([ready?.status, ready?.reason], ["False", "ReadinessGatesNotReady"]);
  });

  it("tells how the container ended", () => {
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
      const told = terminatedOf({ name: "c", ...policy }, exit(exitCode), "the log", "the message");
      assert.deepEqual([told.reason, told.message], [reason, "the message"]);
    }
  });

  it("backs off up to a limit, and restarts by policy", () => {
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

describe("pods' addresses", () => {
  it("come from the lower half, one after the other, the old one again if it is free", () => {
    const addresses = new PodAddresses("10.244.0.0/16");
    assert.equal(addresses.gateway, "10.244.0.1");
    assert.equal(addresses.allocate("a"), "10.244.1.0");
    assert.equal(addresses.allocate("b"), "10.244.1.1");
    assert.equal(addresses.allocate("c", "10.244.1.0"), "10.244.1.2");
    assert.equal(addresses.allocate("d", "10.244.127.255"), "10.244.127.255");
    assert.equal(addresses.allocate("e", "10.244.128.0"), "10.244.1.3");
    addresses.release("10.244.1.0", "a");
    assert.equal(addresses.allocate("f", "10.244.1.0"), "10.244.1.0");
    assert.deepEqual(
      ["10.244.1.0", "10.244.127.255", "10.244.128.0", "10.244.0.9", ""].map((ip) => addresses.owns(ip)),
      [true, true, false, false, false],
    );
  });

  it("say when there are none", () => {
    const addresses = new PodAddresses("10.0.0.0/22");
    for (let n = 0; n < 256; n++) addresses.allocate(`p${n}`);
    assert.throws(() => addresses.allocate("last"), /no address is left/);
  });

  it("have interface names that Linux takes", () => {
    assert.match(interfaceName("0d3cf3a4-7f5e-4c0b-9f43-4d9f4a3f2f10"), /^llmp[0-9a-f]{10}$/);
  });
});
