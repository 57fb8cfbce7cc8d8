import * as timers from "node:timers/promises";
import { type ApiAnswer, type AskApi, reasonOf } from "../../cluster/rawApi";
import { isOwnedBy, OWNER_ANNOTATION } from "../../cluster/owner";
import type { Manifest } from "../manifestStore";

/** A definition in the cluster. */
export interface LiveDefinition extends Manifest {
  readonly metadata: Manifest["metadata"] & {
    readonly generation: number;
    readonly resourceVersion: string;
    readonly managedFields?: readonly { readonly manager?: string; readonly operation?: string }[];
  };
  readonly status?: { readonly conditions?: readonly { type: string; status: string; message?: string }[] | null };
}

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** The API server keeps under this name which fields the program has set. */
const FIELD_MANAGER = "pulumi-llmd-crds";

/** The names under which the official provider set the fields of a definition. */
const OFFICIAL_MANAGER = /^pulumi-kubernetes/;

/** How long a new definition may take until its kind can be used, in milliseconds. */
const ESTABLISHED_MS = 60_000;

/** How long a deletion may take, if the resource has no timeout of its own, in milliseconds: every object of the kind goes first. */
const DELETION_MS = 600_000;

const PAUSE_MS = 250;

/** @returns undefined when there is none of this name */
export async function readDefinition(ask: AskApi, name: string): Promise<LiveDefinition | undefined> {
  const answer = await ask(`${DEFINITIONS}/${name}`);
  return answer.status === 404 ? undefined : (JSON.parse(accepted(answer, "read", name).text) as LiveDefinition);
}

/**
 * Makes or changes a definition, and waits until its kind can be used.
 *
 * Each definition carries its owner, and one that was there before is refused: destroy would remove it with every object of its
 * kind in the cluster, such as the Gateways of all teams.
 *
 * @throws Error when somebody else made it, and when the API server refuses it.
 */
export async function applyDefinition(ask: AskApi, manifest: Manifest, owner: string): Promise<LiveDefinition> {
  const { name, annotations } = manifest.metadata;
  const found = await readDefinition(ask, name);
  checkOwner(found, name, owner);
  if (found !== undefined) await takeOverFields(ask, found);
  const body = JSON.stringify({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { ...manifest.metadata, annotations: { ...annotations, [OWNER_ANNOTATION]: owner } },
    spec: manifest.spec,
  });
  const answer = await ask(`${DEFINITIONS}/${name}?fieldManager=${FIELD_MANAGER}&force=true`, {
    method: "PATCH",
    headers: { "content-type": "application/apply-patch+yaml" },
    body,
  });
  return established(ask, JSON.parse(accepted(answer, "set", name).text) as LiveDefinition);
}

/** Whether a stack, given as `<project>/<stack>`, made the definition. */
export function isOwned({ metadata }: Pick<Manifest, "metadata">, owner: string): boolean {
  return isOwnedBy({ annotations: metadata.annotations ?? {} }, owner);
}

/**
 * Passes when there is no such definition, or one of the same stack.
 *
 * @throws Error when somebody else made it.
 */
export function checkOwner(found: Pick<Manifest, "metadata"> | undefined, name: string, owner: string): void {
  if (found === undefined || isOwned(found, owner)) return;
  throw new Error(
    `The custom resource definition ${name} exists already and was not made by this stack (${owner}). Taking it over ` +
      `would let "pulumi destroy" remove it with every object of its kind in the cluster. Use a cluster where it is not ` +
      `installed, or remove it first if nothing uses it ("kubectl get ${name} -A" shows what does).` +
      (name.endsWith(".monitoring.coreos.com")
        ? " With a Prometheus Operator of the cluster's own, set llm-d:monitoring.mode to bring-your-own."
        : ""),
  );
}

/**
 * Takes over the fields that the official provider has set. Otherwise it would still count as their owner, and a field that the
 * next release drops would stay.
 */
async function takeOverFields(ask: AskApi, { metadata }: LiveDefinition): Promise<void> {
  const { name, resourceVersion, managedFields = [] } = metadata;
  const renamed = managedFields.flatMap(({ manager, operation }, index) =>
    operation === "Apply" && OFFICIAL_MANAGER.test(manager ?? "")
      ? [{ op: "replace", path: `/metadata/managedFields/${index}/manager`, value: FIELD_MANAGER }]
      : [],
  );
  if (renamed.length !== 1 || managedFields.some(({ manager }) => manager === FIELD_MANAGER)) return;
  const answer = await ask(`${DEFINITIONS}/${name}`, {
    method: "PATCH",
    headers: { "content-type": "application/json-patch+json" },
    body: JSON.stringify([{ op: "test", path: "/metadata/resourceVersion", value: resourceVersion }, ...renamed]),
  });
  accepted(answer, "take over the fields of", name);
}

/** Waits until the API server serves the kind. */
async function established(ask: AskApi, applied: LiveDefinition): Promise<LiveDefinition> {
  const end = Date.now() + ESTABLISHED_MS;
  for (let live: LiveDefinition | undefined = applied; ; live = await readDefinition(ask, applied.metadata.name)) {
    // The API server answers null when there are none yet.
    const conditions = live?.status?.conditions ?? [];
    if (live !== undefined && conditions.some(({ type, status }) => type === "Established" && status === "True")) {
      return live;
    }
    if (Date.now() > end) {
      const why = conditions
        .filter(({ status }) => status !== "True")
        .map(({ type, message }) => `${type}: ${message}`);
      throw new Error(
        `The API server does not serve ${applied.metadata.name} after ${ESTABLISHED_MS / 1000} s. ${why.join("; ")}`,
      );
    }
    await timers.setTimeout(PAUSE_MS);
  }
}

/**
 * Deletes a definition with every object of its kind, and waits until it is gone. One that somebody else has made in the meantime
 * is left alone.
 *
 * @throws Error that names the kind when its objects do not go.
 */
export async function deleteDefinition(
  ask: AskApi,
  name: string,
  owner: string,
  timeoutSeconds: number | undefined,
): Promise<void> {
  const milliseconds = timeoutSeconds === undefined || timeoutSeconds === 0 ? DELETION_MS : timeoutSeconds * 1000;
  const found = await readDefinition(ask, name);
  if (found === undefined || !isOwned(found, owner)) return;
  const answer = await ask(`${DEFINITIONS}/${name}`, { method: "DELETE" });
  if (answer.status !== 404) accepted(answer, "delete", name);
  const end = Date.now() + milliseconds;
  for (;;) {
    const live = await readDefinition(ask, name);
    if (live === undefined) return;
    if (Date.now() > end) {
      const why = live.status?.conditions?.find(({ type }) => type === "Terminating")?.message ?? "no reason is known";
      throw new Error(
        `The custom resource definition ${name} is still there ${milliseconds / 1000} s after its deletion: ${why}. ` +
          `"kubectl get ${name} -A" shows the objects that do not go.`,
      );
    }
    await timers.setTimeout(PAUSE_MS);
  }
}

/** @throws Error unless the API server accepted the request. */
function accepted(answer: ApiAnswer, doing: string, name: string): ApiAnswer {
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw new Error(
    `The API server refuses to ${doing} the custom resource definition ${name} (${answer.status}): ${reasonOf(answer)}`,
  );
}
