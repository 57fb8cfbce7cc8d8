import type { V1Pod } from "@kubernetes/client-node";

export const NODE = { cpu: "2", memory: "8Gi" };

export function agentPod(spec: Partial<NonNullable<V1Pod["spec"]>>, status?: V1Pod["status"]): V1Pod {
  return {
    metadata: { name: "p", namespace: "ns", uid: "u1", labels: { b: "2", a: "1" }, annotations: { x: 'say "hi"' } },
    spec: { containers: [], nodeName: "n1", serviceAccountName: "sa", ...spec },
    status,
  };
}

export const AGENT_SOURCES = {
  configMap: (_: string, name: string) =>
    name === "cm" ? { data: { K: "v" }, binaryData: { bin: Buffer.from([0, 1]).toString("base64") } } : undefined,
  secret: (_: string, name: string) =>
    name === "s" ? { data: { TOKEN: Buffer.from("t").toString("base64") } } : undefined,
  token: () => Promise.resolve("jwt"),
  claim: () => Promise.resolve(undefined as string | undefined),
  podIP: "10.244.1.0",
  hostIP: "10.0.0.1",
  allocatable: NODE,
};
