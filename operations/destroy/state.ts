import { isOwnedBy } from "../../components/cluster/owner";

/** The part of a resource in a stack's state that is read here. Its secrets stay encrypted. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly protect?: boolean;
  readonly custom?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** The field `deployment` of what `pulumi stack export` prints. */
export interface Deployment {
  readonly resources?: readonly StateResource[];
  readonly pending_operations?: readonly { readonly type: string; readonly resource: StateResource }[];
}

/** A state to which the resources were added that were being created when the engine was killed. */
export interface TakenOver {
  readonly deployment: Deployment;
  /** URNs of the added resources. A refresh finds out whether they exist in the cluster. */
  readonly taken: readonly string[];
  /** URNs of resources that may exist, with an id that is not known. */
  readonly unknown: readonly string[];
}

const KUBERNETES = "kubernetes:";
const RELEASE = "kubernetes:helm.sh/v3:Release";
const CRD = "llmd-crds:index:CustomResourceDefinition";

/**
 * Kinds that somebody else may have made with the same name, and that the program refuses to adopt. A refresh drops a definition of
 * the program's own kind that somebody else made; environments of older releases have the other kind.
 */
const REFUSABLE: readonly string[] = [
  "kubernetes:core/v1:Namespace",
  "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
];

/** A resource's kind and name, for people. */
export function title({ type, urn }: StateResource): string {
  return `${type.split(":").at(-1)} ${urn.split("::").at(-1)}`;
}

/** The resources that the state protects from deletion. */
export function protectedResources({ resources = [] }: Deployment): readonly StateResource[] {
  return resources.filter(({ protect, custom }) => protect === true && custom === true);
}

/**
 * Adds to the state what the engine was creating when it was killed. That is possible for Kubernetes objects and Helm releases,
 * whose ids follow from their names. A destroy would otherwise leave them, because it deletes only what is in the state.
 *
 * Use it only before a destroy: an `up` must create them again, to wait until they are ready.
 */
export function takeOverPendingCreates(deployment: Deployment): TakenOver {
  const { resources = [], pending_operations: operations = [] } = deployment;
  const made = [...resources];
  const taken: string[] = [];
  const unknown: string[] = [];
  const left = operations.filter((operation) => {
    const { resource } = operation;
    if (operation.type !== "creating") return true;
    const id = kubernetesId(resource);
    if (id === undefined && resource.type.startsWith("aws:")) {
      unknown.push(resource.urn);
      return true;
    }
    // A resource that exists only in the state (a password) was not made. A replacement has the id of what it replaces.
    if (id !== undefined && !made.some(({ urn }) => urn === resource.urn)) {
      made.push({ ...resource, id });
      taken.push(resource.urn);
    }
    return false;
  });
  return { deployment: { ...deployment, resources: made, pending_operations: left }, taken, unknown };
}

/** The id that the Kubernetes provider gives an object: `name` or `namespace/name`. */
function kubernetesId({ type, inputs = {} }: StateResource): string | undefined {
  if (!type.startsWith(KUBERNETES) && type !== CRD) return undefined;
  const { name, namespace } = (type === RELEASE || type === CRD ? inputs : (inputs["metadata"] ?? {})) as {
    readonly name?: unknown;
    readonly namespace?: unknown;
  };
  if (typeof name !== "string") return undefined;
  return typeof namespace === "string" && namespace !== "" ? `${namespace}/${name}` : name;
}

/**
 * The added resources that somebody else made. The engine was killed before it could refuse to adopt them.
 *
 * @param owner `<project>/<stack>`, as the stack's objects name their owner
 */
export function madeByOthers({ resources = [] }: Deployment, taken: readonly string[], owner: string): string[] {
  return resources
    .filter(({ urn, type }) => taken.includes(urn) && REFUSABLE.includes(type))
    .filter(({ outputs }) => {
      const metadata = outputs?.["metadata"] as { readonly annotations?: Record<string, string> } | undefined;
      return !isOwnedBy({ annotations: metadata?.annotations ?? {} }, owner);
    })
    .map(({ urn }) => urn);
}
