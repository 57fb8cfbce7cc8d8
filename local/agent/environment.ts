/** A container's environment, from its `env` and `envFrom` and from its pod and node: pure functions. */
import type {
  V1ConfigMap,
  V1Container,
  V1EnvVar,
  V1Pod,
  V1ResourceFieldSelector,
  V1Secret,
} from "@kubernetes/client-node";

import { parseQuantity } from "../../settings/quantities";

/** What the environment and the volumes of a pod can refer to. */
export interface PodSources {
  configMap(namespace: string, name: string): V1ConfigMap | undefined;
  secret(namespace: string, name: string): V1Secret | undefined;
  podIP: string;
  hostIP: string;
  /** The name of the node's simulated GPUs; undefined for a node without GPUs. */
  gpuProduct?: string;
  /** What a container without its own limit may use. */
  allocatable: { cpu: string; memory: string };
}

/** A container cannot be configured (yet), so the agent tries again, as the kubelet does. */
export class ContainerConfigError extends Error {}

/**
 * The container's variables. They override those in `base`.
 *
 * @throws ContainerConfigError when the container refers to something that does not exist
 */
export function containerEnvironment(
  pod: V1Pod,
  container: V1Container,
  sources: PodSources,
  base: Record<string, string>,
): Map<string, string> {
  const result = new Map(Object.entries(base));
  for (const { configMapRef, secretRef, prefix = "" } of container.envFrom ?? []) {
    const kind = configMapRef === undefined ? "secret" : "configmap";
    const { name = "", optional } = configMapRef ?? secretRef ?? {};
    const data = textsOf(kind, pod, name, sources);
    if (data === undefined && optional !== true) throw new ContainerConfigError(`${kind} "${name}" not found`);
    for (const [key, value] of Object.entries(data ?? {})) result.set(prefix + key, value);
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

/** Replaces $(NAME) as Kubernetes does: an unknown name stays as it is, and $$ becomes $. */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (whole, name: string | undefined) =>
    name === undefined ? "$" : (variables.get(name) ?? whole),
  );
}

/**
 * A field of the pod by its `fieldRef` path, which the downward API uses too.
 *
 * @throws ContainerConfigError when there is no such field
 */
export function podField(pod: V1Pod, fieldPath: string, { podIP, hostIP }: { podIP: string; hostIP: string }): string {
  const { metadata, spec } = pod;
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath);
  if (subscript !== null) return metadata?.[subscript[1] as "labels" | "annotations"]?.[subscript[2] ?? ""] ?? "";
  const fields: Record<string, string | undefined> = {
    "metadata.name": metadata?.name ?? "",
    "metadata.namespace": metadata?.namespace ?? "",
    "metadata.uid": metadata?.uid ?? "",
    "metadata.labels": keyValueLines(metadata?.labels),
    "metadata.annotations": keyValueLines(metadata?.annotations),
    "spec.nodeName": spec?.nodeName ?? "",
    "spec.serviceAccountName": spec?.serviceAccountName ?? "",
    "status.podIP": podIP,
    "status.podIPs": podIP,
    "status.hostIP": hostIP,
    "status.hostIPs": hostIP,
  };
  const value = fields[fieldPath];
  if (value === undefined) throw new ContainerConfigError(`unsupported fieldPath: ${fieldPath}`);
  return value;
}

/** A container's request or limit in units of the divisor, rounded up as the kubelet does. */
export function resourceField(
  container: V1Container,
  { resource, divisor = "0" }: V1ResourceFieldSelector,
  allocatable: { cpu: string; memory: string },
): string {
  const [kind, name = ""] = resource.split(".", 2) as ["limits" | "requests", string];
  const limits: Record<string, string> = kind === "limits" ? { ...allocatable } : {};
  const value = container.resources?.[kind]?.[name] ?? limits[name] ?? "0";
  // CPU counts in whole thousandths.
  const scale = name === "cpu" ? 1000 : 1;
  const whole = (quantity: string): number => Math.ceil(Number(((parseQuantity(quantity) ?? 0) * scale).toFixed(3)));
  return String(Math.ceil(whole(value) / whole(divisor === "0" ? "1" : divisor)));
}

function referenced(
  pod: V1Pod,
  container: V1Container,
  { name, valueFrom = {} }: V1EnvVar,
  sources: PodSources,
): string | undefined {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (fieldRef !== undefined) return podField(pod, fieldRef.fieldPath, sources);
  if (resourceFieldRef !== undefined) return resourceField(container, resourceFieldRef, sources.allocatable);
  const keyed = configMapKeyRef ?? secretKeyRef;
  if (keyed === undefined) throw new ContainerConfigError(`variable ${name}: unsupported source`);
  const kind = configMapKeyRef === undefined ? "secret" : "configmap";
  const data = textsOf(kind, pod, keyed.name ?? "", sources);
  const value = data?.[keyed.key];
  if (value !== undefined || keyed.optional === true) return value;
  const kindName = kind === "secret" ? "Secret" : "ConfigMap";
  throw new ContainerConfigError(
    // The kubelet's words.
    data === undefined
      ? `${kind} "${keyed.name}" not found`
      : `couldn't find key ${keyed.key} in ${kindName} ${pod.metadata?.namespace ?? ""}/${keyed.name}`,
  );
}

/** The texts of a ConfigMap or Secret by their keys; undefined when it does not exist. */
function textsOf(
  kind: "configmap" | "secret",
  pod: V1Pod,
  name: string,
  sources: PodSources,
): Record<string, string> | undefined {
  const namespace = pod.metadata?.namespace ?? "";
  if (kind === "configmap") return sources.configMap(namespace, name)?.data;
  const secret = sources.secret(namespace, name);
  if (secret === undefined) return undefined;
  const entries = Object.entries(secret.data ?? {});
  return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]));
}

/** The downward API's format: sorted, with quoted values. */
function keyValueLines(entries: Record<string, string> = {}): string {
  const keys = Object.keys(entries).sort();
  return keys.map((key) => `${key}=${JSON.stringify(entries[key])}`).join("\n");
}
