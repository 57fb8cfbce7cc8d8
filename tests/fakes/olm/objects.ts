/** The objects of the Operator Lifecycle Manager and their status. Pure functions. */
import type { V1ObjectMeta } from "@kubernetes/client-node";
import type { InstallMode, Package } from "./catalog";
import { MARKETPLACE } from "./catalog";

export const GROUP = "operators.coreos.com";
export const VERSION = "v1alpha1";

/** Metadata as the API server returns it. */
export type Metadata = V1ObjectMeta & { readonly name: string; readonly namespace: string };

/** A condition of an OLM object. */
export interface OlmCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface Subscription {
  readonly metadata: Metadata;
  readonly spec: {
    readonly name: string;
    readonly channel?: string;
    readonly source: string;
    readonly sourceNamespace: string;
    readonly startingCSV?: string;
    readonly installPlanApproval?: "Automatic" | "Manual";
  };
  readonly status?: {
    readonly currentCSV?: string;
    readonly installedCSV?: string;
    readonly installPlanGeneration?: number;
    readonly conditions?: readonly OlmCondition[];
  };
}

export interface InstallPlan {
  readonly metadata: Metadata;
  readonly spec: { readonly approved: boolean; readonly clusterServiceVersionNames: readonly string[] };
  readonly status?: { readonly phase?: string };
}

export interface ClusterServiceVersion {
  readonly metadata: Metadata;
  readonly status?: { readonly phase?: string };
}

export interface OperatorGroup {
  readonly metadata: Metadata;
  readonly spec?: { readonly targetNamespaces?: readonly string[] };
}

/** A phase of a ClusterServiceVersion, with its reason. */
export interface Phase {
  readonly phase: "Pending" | "Installing" | "Succeeded" | "Failed";
  readonly reason: string;
  readonly message: string;
}

/** The next version of a Subscription, or why none is found. Undefined when there is nothing to do. */
export type Resolution = { readonly version: string } | { readonly failure: OlmCondition } | undefined;

/**
 * Resolves a Subscription: first to its starting version, then to the channel's newest. Undefined when it has that one. The
 * messages are those of OLM.
 */
export function resolve(
  { metadata, spec, status }: Subscription,
  packages: readonly Package[],
  operatorGroups: number,
): Resolution {
  const failed = (message: string): Resolution => ({
    failure: {
      type: "ResolutionFailed",
      status: "True",
      reason: "ConstraintsNotSatisfiable",
      message: `constraints not satisfiable: ${message}, subscription ${metadata.name} exists`,
    },
  });
  const by = `referenced by subscription ${metadata.name}`;
  const inCatalog = packages.filter(({ source }) => source === spec.source && spec.sourceNamespace === MARKETPLACE);
  if (inCatalog.length === 0) {
    return failed(`no operators found from catalog ${spec.source} in namespace ${spec.sourceNamespace} ${by}`);
  }
  const found = inCatalog.find(({ name }) => name === spec.name);
  if (found === undefined) return failed(`no operators found in package ${spec.name} in the catalog ${by}`);
  const { channel = "stable", startingCSV } = spec;
  const versions = found.channels[channel];
  if (versions === undefined) {
    return failed(`no operators found in channel ${channel} of package ${spec.name} in the catalog ${by}`);
  }
  // OLM resolves only a namespace with exactly one OperatorGroup.
  if (operatorGroups !== 1) return undefined;
  if (status?.currentCSV === undefined && startingCSV !== undefined) {
    if (versions.includes(startingCSV)) return { version: startingCSV };
    return failed(
      `no operators found with name ${startingCSV} in channel ${channel} of package ${spec.name} in the catalog ${by}`,
    );
  }
  const newest = versions.at(-1);
  return newest === undefined || newest === status?.currentCSV ? undefined : { version: newest };
}

/** The InstallPlan of a version. */
export function installPlan({ metadata, spec }: Subscription, version: string, generation: number): object {
  const { name, uid } = metadata;
  const approval = spec.installPlanApproval ?? "Automatic";
  return {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: "InstallPlan",
    metadata: {
      name: planName(name, generation),
      ownerReferences: [{ apiVersion: `${GROUP}/${VERSION}`, kind: "Subscription", name, uid }],
    },
    spec: { approval, approved: approval === "Automatic", clusterServiceVersionNames: [version], generation },
  };
}

export function planName(subscription: string, generation: number): string {
  return `install-${subscription}-${generation}`;
}

/** The ClusterServiceVersion of an operator. It has only what its Deployment needs. */
export function clusterServiceVersion(name: string, { displayName, installModes, deployment }: Package): object {
  const container = { name: deployment.name, image: `stand-in/${deployment.name}` };
  const spec = {
    replicas: 1,
    selector: { matchLabels: deployment.labels },
    template: { metadata: { labels: deployment.labels }, spec: { containers: [container] } },
  };
  return {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: "ClusterServiceVersion",
    metadata: { name, annotations: { "llm-d.ai/stand-in": "true" } },
    spec: {
      displayName,
      version: name.replace(/^.*?\.v/, ""),
      installModes: Object.entries(installModes).map(([type, supported]) => ({ type, supported })),
      install: {
        strategy: "deployment",
        spec: { deployments: [{ name: deployment.name, label: deployment.labels, spec }] },
      },
    },
  };
}

/** Why the OperatorGroups of a namespace prevent the installation of a version. The messages are those of OLM. */
export function groupProblem(
  namespace: string,
  groups: readonly OperatorGroup[],
  { installModes }: Package,
): Phase | undefined {
  const failed = (reason: string, message: string): Phase => ({ phase: "Failed", reason, message });
  const [group] = groups;
  if (group === undefined) return failed("NoOperatorGroup", "csv in namespace with no operatorgroups");
  if (groups.length > 1) {
    return failed(
      "TooManyOperatorGroups",
      "csv created in namespace with multiple operatorgroups, can't pick one automatically",
    );
  }
  const targets = group.spec?.targetNamespaces ?? [];
  const mode: InstallMode =
    targets.length === 0
      ? "AllNamespaces"
      : targets.length > 1
        ? "MultiNamespace"
        : targets[0] === namespace
          ? "OwnNamespace"
          : "SingleNamespace";
  return installModes[mode]
    ? undefined
    : failed(
        "UnsupportedOperatorGroup",
        `${mode} InstallModeType not supported, cannot configure to watch ${targets.join(", ") || "all namespaces"}`,
      );
}

/** The phase for a fault such as `InstallCheckFailed: install timeout`. */
export function faultPhase(fault: string): Phase {
  const [, reason = "InstallCheckFailed", message = fault] = /^([A-Za-z]+): (.*)$/s.exec(fault) ?? [];
  return { phase: "Failed", reason, message };
}
