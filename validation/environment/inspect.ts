import type { V1ConfigMap, V1Pod, V1PodList } from "@kubernetes/client-node";
import { parse } from "yaml";
import type { CacheConfig } from "../client/counters";
import { type ClusterAccess, read, readIfAllowed } from "./access";

/** A condition of an object's status. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** The pool that a model's route leads to. */
interface PoolState {
  readonly name: string;
  /** API group and version; the gateway must watch the same one. */
  readonly api: string;
  readonly selector: Readonly<Record<string, string>>;
  readonly port: number;
  /** Name of the endpoint picker's Service. */
  readonly picker: string;
  /** With FailOpen, requests go to any replica while no endpoint picker answers. */
  readonly failureMode: string;
  readonly conditions: readonly Condition[];
}

/** The endpoint picker's configuration of prefix scoring. */
interface PickerConfig {
  /** 0 if prefixes are not scored. */
  readonly prefixWeight: number;
  /** Characters of a block, if configured. */
  readonly blockCharacters?: number;
  /** The endpoint picker takes block size and capacity from the replicas' metrics. */
  readonly autoTune: boolean;
}

/** A replica of the model server. */
export interface Replica {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly ready: boolean;
  /** The prefix caching that its arguments ask for, if they do. */
  readonly prefixCachingArgument?: boolean;
  /** The cache configuration that it reports. */
  readonly cache?: CacheConfig;
}

/** The objects that serve a model, as read from the cluster. */
export interface EnvironmentState {
  /** The route with the model's path; undefined if there is none. */
  readonly route?: { readonly name: string; readonly conditions: readonly Condition[] };
  /** The route's pool; undefined if there is none. */
  readonly pool?: PoolState;
  readonly picker: {
    readonly pods: number;
    readonly ready: number;
    readonly podName?: string;
    readonly address?: string;
    readonly config?: PickerConfig;
  };
  readonly replicas: readonly Replica[];
}

interface Parents {
  readonly conditions?: readonly Condition[];
}
interface BackendRef {
  readonly group?: string;
  readonly kind?: string;
  readonly name: string;
}
interface Route {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly rules?: readonly {
      readonly matches?: readonly { readonly path?: { readonly value?: string } }[];
      readonly backendRefs?: readonly BackendRef[];
    }[];
  };
  readonly status?: { readonly parents?: readonly Parents[] };
}
interface PickerRef {
  readonly name: string;
  readonly failureMode?: string;
}
interface Pool {
  readonly spec: {
    /** v1 has the labels in `matchLabels`, v1alpha2 has them here. */
    readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly targetPortNumber?: number;
    readonly targetPorts?: readonly { readonly number: number }[];
    readonly extensionRef?: PickerRef;
    readonly endpointPickerRef?: PickerRef;
  };
  readonly status?: { readonly parent?: readonly Parents[]; readonly parents?: readonly Parents[] };
}
/** Reads the objects that serve a model: its route, pool, endpoint picker and replicas. It changes nothing. */
export async function inspect(access: ClusterAccess, pathPrefix: string): Promise<EnvironmentState> {
  const { namespace } = access;
  const path = pathPrefix === "" ? "/" : pathPrefix;
  const routes = await read<{ readonly items: readonly Route[] }>(
    access,
    `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes`,
  );
  const found = routes.items
    .flatMap((route) => (route.spec.rules ?? []).map((rule) => ({ route, rule })))
    .find(({ rule }) => (rule.matches ?? [{}]).some((match) => (match.path?.value ?? "/") === path));
  const backend = found?.rule.backendRefs?.find(({ kind }) => kind === "InferencePool");
  const route = found && {
    name: found.route.metadata.name,
    conditions: conditionsOf(found.route.status?.parents),
  };
  const pool = backend && (await poolOf(access, backend));
  if (pool === undefined) return { route, replicas: [], picker: { pods: 0, ready: 0 } };
  const pods = await read<V1PodList>(access, `/api/v1/namespaces/${namespace}/pods`);
  const pickers = pods.items.filter(({ metadata }) => metadata?.name?.startsWith(`${pool.picker}-`));
  const ready = pickers.filter(isReady);
  return {
    route,
    pool,
    replicas: pods.items
      .filter(({ metadata }) => matches(metadata?.labels, pool.selector))
      .map((pod) => replicaOf(pod, pool.port)),
    picker: {
      pods: pickers.length,
      ready: ready.length,
      address: ready[0]?.status?.podIP,
      podName: ready[0]?.metadata?.name,
      config: await pickerConfig(access, pickers[0]),
    },
  };
}

async function poolOf(access: ClusterAccess, { group = "", name }: BackendRef): Promise<PoolState | undefined> {
  const api = group === "inference.networking.k8s.io" ? `${group}/v1` : `${group}/v1alpha2`;
  const path = `/apis/${api}/namespaces/${access.namespace}/inferencepools/${name}`;
  const pool = await readIfAllowed<Pool>(access, path);
  if (pool === undefined) return undefined;
  const { selector, targetPorts, targetPortNumber, extensionRef, endpointPickerRef } = pool.spec;
  const picker = endpointPickerRef ?? extensionRef;
  return {
    name,
    api,
    selector: selector.matchLabels ?? (selector as Record<string, string>),
    port: targetPorts?.[0]?.number ?? targetPortNumber ?? 8000,
    picker: picker?.name ?? "",
    failureMode: picker?.failureMode ?? "FailClose",
    conditions: conditionsOf(pool.status?.parents ?? pool.status?.parent),
  };
}

function conditionsOf(parents: readonly Parents[] | undefined): readonly Condition[] {
  return (parents ?? []).flatMap(({ conditions }) => conditions ?? []);
}

function matches(labels: Readonly<Record<string, string>> = {}, selector: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

function isReady({ metadata, status }: V1Pod): boolean {
  if (metadata?.deletionTimestamp !== undefined) return false;
  return status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false;
}

function replicaOf(pod: V1Pod, port: number): Replica {
  const words = (pod.spec?.containers ?? []).flatMap(({ command, args }) => [...(command ?? []), ...(args ?? [])]);
  const caching = words.findLast((word) => /^--(no-)?enable-prefix-caching$/.test(word));
  return {
    name: pod.metadata?.name ?? "",
    address: pod.status?.podIP ?? "",
    port,
    ready: isReady(pod),
    ...(caching === undefined ? {} : { prefixCachingArgument: !caching.startsWith("--no-") }),
  };
}

/** The endpoint picker's configuration, from the ConfigMap that its pod mounts; undefined if it cannot be read. */
async function pickerConfig(access: ClusterAccess, pod: V1Pod | undefined): Promise<PickerConfig | undefined> {
  const words = pod?.spec?.containers.flatMap(({ args }) => args ?? []) ?? [];
  const at = words.findIndex((word) => /^--?config-file(=|$)/.test(word));
  const file = at < 0 ? "" : (words[at]?.split("=")[1] ?? words[at + 1] ?? "");
  for (const name of (pod?.spec?.volumes ?? []).flatMap(({ configMap }) => configMap?.name ?? [])) {
    const map = await readIfAllowed<V1ConfigMap>(access, `/api/v1/namespaces/${access.namespace}/configmaps/${name}`);
    const text = map?.data?.[file.split("/").at(-1) ?? ""];
    if (text !== undefined) return pickerConfigOf(text);
  }
  return undefined;
}

interface PluginsFile {
  readonly plugins?: readonly {
    readonly type: string;
    readonly name?: string;
    readonly parameters?: Record<string, unknown>;
  }[];
  readonly schedulingProfiles?: readonly {
    readonly plugins?: readonly { readonly pluginRef: string; readonly weight?: number }[];
  }[];
}

/** The prefix scoring of an `EndpointPickerConfig`. */
export function pickerConfigOf(text: string): PickerConfig {
  const file = (parse(text) ?? {}) as PluginsFile;
  const scorer = file.plugins?.find(({ type }) => type.endsWith("prefix-cache-scorer"));
  const name = scorer?.name ?? scorer?.type;
  const used = (file.schedulingProfiles ?? [])
    .flatMap(({ plugins }) => plugins ?? [])
    .filter(({ pluginRef }) => pluginRef === name);
  const blockSize = scorer?.parameters?.["blockSize"];
  return {
    prefixWeight: scorer === undefined ? 0 : Math.max(0, ...used.map(({ weight }) => weight ?? 1)),
    ...(typeof blockSize === "number" ? { blockCharacters: blockSize } : {}),
    autoTune: scorer?.parameters?.["autoTune"] !== false,
  };
}
