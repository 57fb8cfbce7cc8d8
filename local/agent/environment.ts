/** A container's environment, from its env and envFrom and the pod and node it runs on: pure functions. */
import type { V1ConfigMap, V1Container, V1EnvVar, V1Pod, V1Secret } from "@kubernetes/client-node";

import { cpuOf, memoryOf, roundUp } from "./quantity";

/** What a container's environment can refer to. */
export interface EnvironmentSources {
  configMap(namespace: string, name: string): V1ConfigMap | undefined;
  secret(namespace: string, name: string): V1Secret | undefined;
  podIP: string;
  hostIP: string;
  /** The name of the GPUs that the node is played to have; undefined for a node without. */
  gpuProduct?: string;
  /** What a container without a limit of its own may use. */
  allocatable: { cpu: string; memory: string };
}

/** A container cannot be configured yet: what it refers to is not there. The kubelet tries again, and so does the agent. */
export class ContainerConfigError extends Error {}

/** The container's variables; those that come first in `base` give way to the container's own. */
export function containerEnvironment(
  pod: V1Pod,
  container: V1Container,
  sources: EnvironmentSources,
  base: Record<string, string>,
): Map<string, string> {
  const result = new Map(Object.entries(base));
  const namespace = pod.metadata?.namespace ?? "";
  for (const from of container.envFrom ?? []) {
    const [kind, reference, data] =
      from.configMapRef !== undefined
        ? ["configmap", from.configMapRef, sources.configMap(namespace, from.configMapRef.name ?? "")?.data]
        : ["secret", from.secretRef, decoded(sources.secret(namespace, from.secretRef?.name ?? ""))];
    if (data === undefined && reference?.optional !== true) {
      throw new ContainerConfigError(`${kind} "${reference?.name}" not found`);
    }
    for (const [name, value] of Object.entries(data ?? {})) result.set((from.prefix ?? "") + name, value);
  }
  for (const variable of container.env ?? []) {
    const value =
      variable.valueFrom === undefined
        ? expand(variable.value ?? "", result)
        : referenced(pod, container, variable, sources);
    if (value !== undefined) result.set(variable.name, value);
  }
  return result;
}

/** Replaces $(NAME) as Kubernetes does: unknown names stay, $$ is one $. */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (whole, name: string | undefined) =>
    name === undefined ? "$" : (variables.get(name) ?? whole),
  );
}

/** A field of the pod, as fieldRef and the downward API name them. */
export function podField(pod: V1Pod, fieldPath: string, addresses: { podIP: string; hostIP: string }): string {
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath);
  if (subscript !== null) {
    return pod.metadata?.[subscript[1] as "labels" | "annotations"]?.[subscript[2] ?? ""] ?? "";
  }
  switch (fieldPath) {
    case "metadata.name":
      return pod.metadata?.name ?? "";
    case "metadata.namespace":
      return pod.metadata?.namespace ?? "";
    case "metadata.uid":
      return pod.metadata?.uid ?? "";
    case "metadata.labels":
      return keyValueLines(pod.metadata?.labels);
    case "metadata.annotations":
      return keyValueLines(pod.metadata?.annotations);
    case "spec.nodeName":
      return pod.spec?.nodeName ?? "";
    case "spec.serviceAccountName":
      return pod.spec?.serviceAccountName ?? "";
    case "status.podIP":
    case "status.podIPs":
      return addresses.podIP;
    case "status.hostIP":
    case "status.hostIPs":
      return addresses.hostIP;
  }
  throw new ContainerConfigError(`unsupported fieldPath: ${fieldPath}`);
}

/** A container's request or limit in units of the divisor, rounded up, as the kubelet gives it. */
export function resourceField(
  container: V1Container,
  resource: string,
  divisor: string | undefined,
  allocatable: { cpu: string; memory: string },
): string {
  const [kind, name = ""] = resource.split(".", 2) as ["limits" | "requests", string];
  const own = container.resources?.[kind]?.[name];
  const unit = divisor === undefined || divisor === "0" ? "1" : divisor;
  if (name === "cpu") {
    return roundUp(cpuOf(own ?? (kind === "limits" ? allocatable.cpu : "0")), cpuOf(unit));
  }
  const fallback = kind === "limits" && name === "memory" ? allocatable.memory : "0";
  return roundUp(memoryOf(own ?? fallback), memoryOf(unit));
}

function referenced(pod: V1Pod, container: V1Container, variable: V1EnvVar, sources: EnvironmentSources) {
  const namespace = pod.metadata?.namespace ?? "";
  const from = variable.valueFrom;
  if (from?.fieldRef !== undefined) return podField(pod, from.fieldRef.fieldPath, sources);
  if (from?.resourceFieldRef !== undefined) {
    const { resource, divisor } = from.resourceFieldRef;
    return resourceField(container, resource, divisor, sources.allocatable);
  }
  const keyed = from?.configMapKeyRef ?? from?.secretKeyRef;
  if (keyed === undefined) throw new ContainerConfigError(`variable ${variable.name}: unsupported source`);
  const isSecret = from?.secretKeyRef !== undefined;
  const data = isSecret
    ? decoded(sources.secret(namespace, keyed.name ?? ""))
    : sources.configMap(namespace, keyed.name ?? "")?.data;
  const value = data?.[keyed.key];
  if (value !== undefined || keyed.optional === true) return value;
  const kind = isSecret ? "secret" : "configmap";
  throw new ContainerConfigError(
    // The kubelet's words.
    data === undefined
      ? `${kind} "${keyed.name}" not found`
      : `couldn't find key ${keyed.key} in ${isSecret ? "Secret" : "ConfigMap"} ${namespace}/${keyed.name}`,
  );
}

function decoded(secret: V1Secret | undefined): Record<string, string> | undefined {
  if (secret === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}

/** The downward API's format: sorted, values quoted. */
function keyValueLines(entries: Record<string, string> | undefined): string {
  return Object.keys(entries ?? {})
    .sort()
    .map((key) => `${key}=${JSON.stringify(entries?.[key])}`)
    .join("\n");
}
