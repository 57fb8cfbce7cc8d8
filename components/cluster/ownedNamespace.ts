import * as timers from "node:timers/promises";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import type { Installation } from "../installation";
import type { ClusterApi } from "./clusterApi";
import { isOwnedBy, type Owned, OWNER_ANNOTATION } from "./owner";

/** Label of the namespaces that istiod watches. */
export const DISCOVERY_LABEL: Readonly<Record<string, string>> = { "istio-discovery": "enabled" };

/** How long to wait for a namespace of the same name that is being deleted, in seconds. */
const TERMINATION_SECONDS = 300;

/**
 * How long the deletion may take. Its content is deleted first: a model's replicas finish their requests, and a Service waits
 * until its load balancer is gone.
 */
const DELETION_TIMEOUT = "20m";

/** @see https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
type PodSecurityLevel = "restricted" | "baseline";

/** Labels that make the API server refuse pods below a level, and warn about pods that are not restricted. */
function podSecurityLabels(level: PodSecurityLevel): Record<string, string> {
  return {
    "pod-security.kubernetes.io/enforce": level,
    "pod-security.kubernetes.io/warn": "restricted",
    "pod-security.kubernetes.io/audit": "restricted",
  };
}

/** Arguments of a namespace. */
export interface OwnedNamespaceArgs {
  readonly installation: Installation;
  readonly name: string;
  /**
   * Labels in addition to the one for istiod.
   *
   * @default none
   */
  readonly labels?: Readonly<Record<string, string>>;
  /** The level that its pods must meet; undefined for pods that need the node itself, such as a GPU driver. */
  readonly podSecurity?: PodSecurityLevel;
  /**
   * Whether Pulumi refuses to delete it, for the data in it.
   *
   * @default false
   */
  readonly protect?: boolean;
}

/**
 * The one place that makes namespaces. The stack owns its namespaces and deletes them with everything in them. A namespace that
 * somebody else made is refused: the provider would take it over without a word, and destroy would delete it with its content.
 */
export class OwnedNamespace extends pulumi.ComponentResource {
  /** The namespace's name, known once it exists. */
  readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: OwnedNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:cluster:OwnedNamespace", name, args, opts);
    const { owner } = args.installation;
    const guard = args.installation.hook("namespace-guard", (api, target) =>
      checkNamespace(() => readNamespace(api, target.name), target.name, owner),
    );
    const namespace = new k8s.core.v1.Namespace(
      name,
      {
        metadata: {
          name: args.name,
          labels: {
            ...DISCOVERY_LABEL,
            ...args.labels,
            ...(args.podSecurity === undefined ? {} : podSecurityLabels(args.podSecurity)),
          },
          annotations: { [OWNER_ANNOTATION]: owner },
        },
      },
      {
        ...childOptions(this, opts),
        protect: args.protect ?? false,
        customTimeouts: { delete: DELETION_TIMEOUT },
        hooks: { beforeCreate: [guard] },
      },
    );
    this.namespace = namespace.metadata.name;
    this.registerOutputs({ namespace: this.namespace });
  }
}

/** What the guard needs to know about a namespace. */
export interface NamespaceState extends Owned {
  /** Whether the namespace is being deleted. */
  readonly terminating: boolean;
}

async function readNamespace({ core, ifExists }: ClusterApi, name: string): Promise<NamespaceState | undefined> {
  const namespace = await ifExists(core.readNamespace({ name }));
  if (namespace === undefined) return undefined;
  const { annotations = {}, deletionTimestamp } = namespace.metadata ?? {};
  return { annotations, terminating: deletionTimestamp !== undefined };
}

/**
 * Passes when there is no such namespace, or one that an interrupted run of the same stack made. Waits for the end of one that
 * is being deleted.
 *
 * @throws Error when somebody else made it, or its deletion does not end.
 */
export async function checkNamespace(
  read: () => Promise<NamespaceState | undefined>,
  name: string,
  owner: string,
  pause: () => Promise<unknown> = () => timers.setTimeout(1000),
): Promise<void> {
  for (let waited = 0; ; waited++) {
    const found = await read();
    if (found === undefined) return;
    if (!found.terminating) {
      if (isOwnedBy(found, owner)) return;
      throw new Error(
        `The namespace ${name} exists already and was not made by this stack (${owner}). Taking it over would let ` +
          `"pulumi destroy" remove it with everything in it: remove it first, or set llm-d:namespace to another name` +
          (name === "istio-system" ? " (istio-system: uninstall the Istio that is there; two would collide)." : "."),
      );
    }
    if (waited >= TERMINATION_SECONDS) {
      throw new Error(
        `The namespace ${name} has been terminating for ${waited} seconds; see what holds it with ` +
          `"kubectl get namespace ${name} -o yaml".`,
      );
    }
    await pause();
  }
}
