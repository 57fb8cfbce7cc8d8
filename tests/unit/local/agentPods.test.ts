import * as assert from "node:assert/strict";

import type { V1Container } from "@kubernetes/client-node";

import { PodAddresses } from "../../../local/agent/addresses";
import { containerEnvironment, ContainerConfigError, expand, resourceField } from "../../../local/agent/environment";
import { commandLine, programOf, reasonForKwok } from "../../../local/agent/images";
import { interfaceName, privilegesOf } from "../../../local/agent/sandboxSpec";
import { parseQuantity } from "../../../settings/quantities";

import { agentPod as pod, AGENT_SOURCES as SOURCES, NODE } from "./agentFixtures";

describe("images that the agent runs", () => {
  const names: [string, string | undefined][] = [
    ["docker.io/istio/pilot:1.27.9", "pilot-discovery"],
    ["istio/proxyv2:1.27.9-distroless", "pilot-agent with envoy"],
    ["registry.k8s.io/gateway-api-inference-extension/epp@sha256:abc", "epp"],
    ["localhost:5000/vllm/vllm-openai:v0.10.0@sha256:abc", "llm-d-inference-sim"],
    ["vllm/vllm-openai", "llm-d-inference-sim"],
    ["docker.io/library/node:22.20.0-bookworm-slim", "node"],
    ["quay.io/prometheus/prometheus:v3.8.1", "prometheus"],
    ["quay.io/prometheus-operator/prometheus-operator:v0.85.0", "prometheus-operator"],
    ["quay.io/prometheus-operator/prometheus-config-reloader:v0.85.0", "prometheus-config-reloader"],
    ["registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.15.0", "kube-state-metrics"],
    ["nginx:1", undefined],
    ["example.com/not-epp:1", undefined],
  ];
  for (const [image, program] of names) {
    it(`${image} is run as ${program ?? "a simulated pod by KWOK"}`, () =>
      assert.equal(programOf(image)?.name, program));
  }

  it("decide whether a pod is left to KWOK, and for which reason", () => {
    const epp = { name: "epp", image: "x/epp:1" };
    assert.equal(reasonForKwok(pod({ containers: [epp] })), undefined);
    assert.equal(reasonForKwok(pod({ containers: [epp, { ...epp, name: "b" }], initContainers: [epp] })), undefined);
    const nginx = { name: "n", image: "nginx" };
    assert.equal(reasonForKwok(pod({ containers: [epp, nginx] })), "nothing here runs nginx");
    assert.equal(reasonForKwok(pod({ containers: [epp], initContainers: [nginx] })), "nothing here runs nginx");
    assert.equal(
      reasonForKwok(pod({ containers: [epp], initContainers: [{ ...epp, restartPolicy: "Always" }] })),
      "it has init containers that go on running",
    );
  });

  it("are started by the container's command, or else by the image's entrypoint", () => {
    const program = programOf("x/pilot");
    assert.ok(program !== undefined);
    const line = (container: Partial<V1Container>) =>
      commandLine(program, { name: "c", ...container }, (text) => text.replace("$(X)", "x"));
    assert.deepEqual(line({ args: ["discovery", "$(X)"] }), ["/usr/local/bin/pilot-discovery", "discovery", "x"]);
    assert.deepEqual(line({ command: ["/other"], args: ["a"] }), ["/other", "a"]);
    const operator = programOf("x/prometheus-operator");
    assert.ok(operator !== undefined);
    assert.deepEqual(commandLine(operator, { name: "c", command: ["/bin/operator"], args: ["a"] }, String), [
      "/usr/local/bin/operator",
      "a",
    ]);
  });

  it("have the endpoint picker read metrics less often, unless the container says how often", () => {
    const picker = programOf("x/epp");
    assert.ok(picker !== undefined);
    const line = (container: Partial<V1Container>) => commandLine(picker, { name: "c", ...container }, String);
    // Of a repeated flag the last one counts.
    assert.deepEqual(line({ args: ["--refresh-metrics-interval=50ms"] }), [
      "/epp",
      "--refresh-metrics-interval=200ms",
      "--refresh-metrics-interval=50ms",
    ]);
    assert.deepEqual(line({ command: ["/other"], args: ["a"] }), ["/other", "a"]);
  });

  it("give the config reloader a short interval, unless it is to run once", () => {
    const reloader = programOf("x/prometheus-config-reloader");
    assert.ok(reloader !== undefined);
    const line = (...args: string[]) =>
      commandLine(reloader, { name: "c", command: ["/bin/prometheus-config-reloader"], args }, String);
    assert.deepEqual(line("a"), ["/usr/local/bin/prometheus-config-reloader", "a", "--watch-interval=5s"]);
    assert.deepEqual(line("--watch-interval=0"), ["/usr/local/bin/prometheus-config-reloader", "--watch-interval=0"]);
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

  it("is the same as with the kubelet", () => {
    const variables = containerEnvironment(pod({}), container, SOURCES, { PORT: "80", HOME: "/" });
    assert.deepEqual(Object.fromEntries(variables), {
      ...{ PORT: "80", HOME: "/", P_K: "v", IP: "10.244.1.0", LABEL: "1", CPU: "2", MEM: "1024", SECRET: "t" },
      URL: "http://10.244.1.0:80/$(IP)",
    });
  });

  it("reports a missing Secret or key in the kubelet's words", () => {
    const of = (env: V1Container["env"]) => () => containerEnvironment(pod({}), { name: "c", env }, SOURCES, {});
    const key = (name: string, k: string) => [{ name: "A", valueFrom: { secretKeyRef: { name, key: k } } }];
    assert.throws(of(key("gone", "k")), new ContainerConfigError('secret "gone" not found'));
    assert.throws(of(key("s", "k")), new ContainerConfigError("couldn't find key k in Secret ns/s"));
  });

  it("has the node's resources when the container has no limit", () => {
    assert.equal(resourceField({ name: "c" }, { resource: "limits.cpu", divisor: "1" }, NODE), "2");
    assert.equal(resourceField({ name: "c" }, { resource: "limits.memory", divisor: "1Gi" }, NODE), "8");
    assert.equal(resourceField({ name: "c" }, { resource: "requests.cpu", divisor: "1m" }, NODE), "0");
  });

  it("can contain quantities with every suffix of Kubernetes", () => {
    assert.deepEqual(
      ["35m", "7n", "2", "1.5k", "1e3", "1E", "2Ki", "1Pi"].map((text) => parseQuantity(text)),
      [0.035, 7e-9, 2, 1500, 1000, 1e18, 2048, 2 ** 50],
    );
    assert.deepEqual(["1x", "Gi", "1.2.3", "", undefined].map(parseQuantity), Array(5).fill(undefined));
  });

  it("leaves references to unknown variables unchanged", () => {
    assert.equal(expand("$(A) $(B) $$ $", new Map([["A", "1"]])), "1 $(B) $ $");
  });
});

describe("a container's privileges", () => {
  const vllm = programOf("vllm-openai");
  assert.ok(vllm !== undefined);

  it("come from the image by default", () => {
    const { uid, gid, capabilities, readOnlyRoot } = privilegesOf(pod({}), { name: "c" }, vllm);
    assert.deepEqual([uid, gid, readOnlyRoot, capabilities.includes("CHOWN")], [0, 0, false, true]);
  });

  it("come from the container's securityContext before the pod's", () => {
    const got = privilegesOf(
      pod({ securityContext: { runAsUser: 1, runAsGroup: 2, fsGroup: 3 } }),
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
    });
  });

  it("are refused when the image runs as root and the pod has runAsNonRoot", () => {
    assert.throws(
      () => privilegesOf(pod({ securityContext: { runAsNonRoot: true } }), { name: "c" }, vllm),
      /runAsNonRoot and image will run as root/,
    );
  });
});

describe("pods' addresses", () => {
  it("are assigned from the lower half in order, and a pod gets its previous address if it is free", () => {
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

  it("run out with an error", () => {
    const addresses = new PodAddresses("10.0.0.0/22");
    for (let n = 0; n < 256; n++) addresses.allocate(`p${n}`);
    assert.throws(() => addresses.allocate("last"), /no address is left/);
  });

  it("have interface names that Linux accepts", () => {
    assert.match(interfaceName("0d3cf3a4-7f5e-4c0b-9f43-4d9f4a3f2f10"), /^llmp[0-9a-f]{10}$/);
  });
});
