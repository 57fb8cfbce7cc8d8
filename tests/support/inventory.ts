import * as k8s from "@kubernetes/client-node";
import { eventually } from "./environment";

interface ApiResource {
  name: string;
  kind: string;
  verbs: string[];
}

/**
 * Kinds whose objects the control plane creates and deletes by itself.
 * Leases outside kube-system and kube-node-lease are counted.
 */
const TRANSIENT_KINDS = new Set(["Event", "ComponentStatus", "IPAddress"]);
const TRANSIENT_NAMESPACES = new Set(["kube-node-lease"]);

/** Reads a path of the API server as JSON. */
async function get<T>(config: k8s.KubeConfig, path: string): Promise<T> {
  const options: Record<string, unknown> = {};
  await config.applyToHTTPSOptions(options);
  const cluster = config.getCurrentCluster();
  const https = await import("node:https");
  return new Promise((resolve, reject) => {
    https
      .get(`${cluster?.server}${path}`, options, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () =>
          response.statusCode === 200
            ? resolve(JSON.parse(text) as T)
            : reject(new Error(`${path}: ${response.statusCode} ${text.slice(0, 200)}`)),
        );
      })
      .once("error", reject);
  });
}

/** Every object of every listable kind, as `group/version Kind namespace/name`. */
export async function inventory(config: k8s.KubeConfig): Promise<Set<string>> {
  const groups = await get<{ groups: { preferredVersion: { groupVersion: string } }[] }>(config, "/apis");
  const versions = ["v1", ...groups.groups.map((group) => group.preferredVersion.groupVersion)];
  const found = new Set<string>();
  for (const version of versions) {
    const root = version === "v1" ? "/api/v1" : `/apis/${version}`;
    const { resources } = await get<{ resources: ApiResource[] }>(config, root);
    const listable = resources.filter(
      (resource) =>
        resource.verbs.includes("list") && !resource.name.includes("/") && !TRANSIENT_KINDS.has(resource.kind),
    );
    for (const resource of listable) {
      const { items } = await get<{ items: { metadata: { name: string; namespace?: string } }[] }>(
        config,
        `${root}/${resource.name}`,
      );
      for (const { metadata } of items) {
        if (TRANSIENT_NAMESPACES.has(metadata.namespace ?? "")) continue;
        found.add(`${version} ${resource.kind} ${metadata.namespace ?? ""}/${metadata.name}`);
      }
    }
  }
  return found;
}

/** Whether to retry: the API server still serves the kind of a CRD in deletion, but cannot list it. */
function isTransient(error: unknown): boolean {
  return error instanceof Error && /: (404|429|503) /.test(error.message);
}

/** How long the deletion of objects may take after the command has ended, in milliseconds. */
const GOING_MS = 120_000;

/**
 * Waits until no new object is left.
 *
 * @param stays whether an object may stay
 * @throws Error with the objects that are left
 */
export async function nothingLeft(
  config: k8s.KubeConfig,
  before: ReadonlySet<string>,
  stays: (object: string) => boolean = () => false,
): Promise<void> {
  await eventually(
    "new objects are deleted",
    GOING_MS,
    () =>
      inventory(config).then(
        (now) => [...now].filter((object) => !before.has(object) && !stays(object)),
        (error: unknown) => {
          if (isTransient(error)) return [(error as Error).message];
          throw error;
        },
      ),
    (left) => left.length === 0,
  );
}

/** The inventory once the control plane has created its initial objects. */
export async function settledInventory(config: k8s.KubeConfig): Promise<Set<string>> {
  let last = new Set<string>();
  for (let attempt = 0; attempt < 30; attempt++) {
    const now = await inventory(config).catch((error: unknown) => {
      if (isTransient(error)) return new Set<string>();
      throw error;
    });
    const settled = now.size === last.size && now.has("v1 ServiceAccount default/default");
    if (settled) return now;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
  throw new Error("the control plane does not stop making objects");
}
