import { isOwnedBy } from "../../components/cluster/owner";

/** A resource as a stack's state has it, as far as it is looked at; secrets in it stay encrypted. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly protect?: boolean;
  readonly custom?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** The `deployment` of what `pulumi stack export` prints. */
export interface Deployment {
  readonly resources?: readonly StateResource[];
  readonly pending_operations?: readonly { readonly type: string; readonly resource: StateResource }[];
}

/** A state with the objects in it that were being made when the engine was killed. */
export interface TakenOver {
  readonly deployment: Deployment;
  /** URNs of what is in the state now. Whether it is in the cluster, too, a refresh tells. */
  readonly taken: readonly string[];
  /** URNs of what may have been made, by a name that nobody knows. */
  readonly unknown: readonly string[];
}

const KUBERNETES = "kubernetes:";
const RELEASE = "kubernetes:helm.sh/v3:Release";

/** Kinds that somebody else may have made under the same name, and that the program would have refused to take over. */
const REFUSABLE: readonly string[] = [
  "kubernetes:core/v1:Namespace",
  "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
];

/** A resource for people: its kind and its name. */
export function title({ type, urn }: StateResource): string {
  return `${type.split(":").at(-1)} ${urn.split("::").at(-1)}`;
}

/** What the state says must not be deleted. */
export function protectedResources({ resources = [] }: Deployment): readonly StateResource[] {
  return resources.filter(({ protect, custom }) => protect === true && custom === true);
}

/**
 * Puts what the engine was making when it was killed into the state, as far as its id is known before it is made: objects of
 * Kubernetes and Helm releases, by their names. A destroy would otherwise leave them, because they are in no state.
 *
 * Only for a state that is about to be destroyed: an `up` has to make them once more, in order to wait for what it has not seen.
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
    // What is nowhere but in the state (a password) is not there. A replacement has the id of what it replaces.
    if (id !== undefined && !made.some(({ urn }) => urn === resource.urn)) {
      made.push({ ...resource, id });
      taken.push(resource.urn);
    }
    return false;
  });
  return { deployment: { ...deployment, resources: made, pending_operations: left }, taken, unknown };
}

/** The id that the Kubernetes provider gives an object: its name, behind its namespace where it has one. */
function kubernetesId({ type, inputs = {} }: StateResource): string | undefined {
  if (!type.startsWith(KUBERNETES)) return undefined;
  const { name, namespace } = (type === RELEASE ? inputs : (inputs["metadata"] ?? {})) as {
    readonly name?: unknown;
    readonly namespace?: unknown;
  };
  if (typeof name !== "string") return undefined;
  return typeof namespace === "string" && namespace !== "" ? `${namespace}/${name}` : name;
}

/**
 * Of what was taken over, what somebody else made: the engine was killed before it could refuse it.
 *
 * @param owner Who the stack's objects say made them: `<project>/<stack>`.
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
