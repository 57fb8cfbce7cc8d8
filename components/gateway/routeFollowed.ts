import * as timers from "node:timers/promises";
import type * as pulumi from "@pulumi/pulumi";
import type { ClusterApi } from "../cluster/clusterApi";
import type { Installation } from "../installation";

/** The part of an HTTPRoute that says which generation of it each gateway has taken. */
export interface LiveRoute {
  readonly metadata?: { readonly generation?: number };
  readonly status?: {
    readonly parents?: readonly { readonly conditions?: readonly { readonly observedGeneration?: number }[] }[];
  };
}

/**
 * Time from a route's status until the gateway's Envoy has the route, in seconds. istiod sends a change after a tenth of a second
 * without another one (PILOT_DEBOUNCE_AFTER). Only changes without any pause make that longer, up to ten seconds.
 */
const PUSH_SECONDS = 5;

/** Time between two reads of the route, in milliseconds. */
const PAUSE_MS = 250;

/** What the wait needs, so that a test can stand in for the cluster and for time. */
export interface RouteFollowedOptions {
  /** The route, or undefined where there is none. */
  readonly read: () => Promise<LiveRoute | undefined>;
  readonly timeoutSeconds: number;
  /** @default timers.setTimeout */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}

/** Whether every gateway of the route has judged its current generation. */
export function isFollowed({ metadata, status }: LiveRoute): boolean {
  const conditions = (status?.parents ?? []).flatMap((parent) => parent.conditions ?? []);
  return (
    conditions.length > 0 &&
    conditions.every(({ observedGeneration = 0 }) => observedGeneration >= (metadata?.generation ?? 0))
  );
}

/**
 * Waits until the gateway follows the route as it is now.
 *
 * @throws Error when it does not within the time.
 */
export async function waitUntilFollowed(options: RouteFollowedOptions): Promise<void> {
  const { read, timeoutSeconds, pause = (milliseconds) => timers.setTimeout(milliseconds) } = options;
  for (let waited = 0; waited < timeoutSeconds * 1000; waited += PAUSE_MS) {
    const route = await read();
    if (route === undefined) return;
    if (isFollowed(route)) {
      await pause(PUSH_SECONDS * 1000);
      return;
    }
    await pause(PAUSE_MS);
  }
  throw new Error(
    `The gateway has not taken the changed HTTPRoute within ${timeoutSeconds} s. Its controller writes the status: see the logs of istiod.`,
  );
}

async function readRoute({ custom, ifExists }: ClusterApi, namespace: string, name: string) {
  const kind = { group: "gateway.networking.k8s.io", version: "v1", plural: "httproutes" } as const;
  return (await ifExists(custom.getNamespacedCustomObject({ ...kind, namespace, name }))) as LiveRoute | undefined;
}

/**
 * The hook that ends an update of the route only when the gateway follows it.
 *
 * A changed route still has the conditions of the one before, so the provider's wait ends at once. The engine would then delete a
 * pool and its endpoint picker while the gateway still sends requests to them, and the gateway would answer these with 500.
 */
export function routeFollowed(installation: Installation, timeoutSeconds: number): pulumi.ResourceHookBinding {
  if (!installation.reachable) return {};
  const wait = installation.hook("route-followed", async (api, { name, namespace }) => {
    if (namespace === undefined) return;
    await waitUntilFollowed({ read: () => readRoute(api, namespace, name), timeoutSeconds });
  });
  return { afterUpdate: [wait] };
}
