import type { Condition } from "./gpuState";

/** The state of one operator of the Operator Lifecycle Manager. */
export interface OlmState {
  /** Undefined until the Subscription exists. */
  readonly subscription?: {
    /** The running version, by the name of its ClusterServiceVersion. */
    readonly installed?: string;
    readonly conditions: readonly Condition[];
  };
  readonly versions: readonly ClusterServiceVersion[];
  readonly plans: readonly InstallPlan[];
}

/** One installed version of an operator. */
export interface ClusterServiceVersion {
  readonly name: string;
  /** `Pending`, `Installing`, `Succeeded`, `Failed` and others. */
  readonly phase?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** The next step of OLM. */
export interface InstallPlan {
  readonly name: string;
  readonly approved: boolean;
  readonly phase?: string;
  /** Names of the versions that it installs. */
  readonly versions: readonly string[];
  readonly conditions: readonly Condition[];
}

/** The wanted version. */
export interface WantedVersion {
  readonly package: string;
  /** Whether only `version` may be installed, with a plan that the program approves. */
  readonly manual: boolean;
  /** Name of a ClusterServiceVersion. */
  readonly version?: string;
}

/** The next step of the wait. */
export type OlmVerdict =
  | { readonly kind: "ready"; readonly version: string }
  | { readonly kind: "approve"; readonly plan: string }
  /** Not ready yet. */
  | { readonly kind: "waiting"; readonly reason: string }
  /** OLM tries again by itself, so a failure is final only when it lasts. */
  | { readonly kind: "failed"; readonly reason: string };

/** Conditions of a Subscription that block the installation. */
const BLOCKING = ["ResolutionFailed", "BundleUnpackFailed", "CatalogSourcesUnhealthy", "InstallPlanFailed"];

/** Judges the progress of an installation. */
export function judgeOlm(state: OlmState, wanted: WantedVersion): OlmVerdict {
  const { subscription, versions, plans } = state;
  if (subscription === undefined) return { kind: "waiting", reason: `there is no Subscription ${wanted.package}` };
  const pinned = wanted.manual ? wanted.version : undefined;
  const open = plans.filter(({ approved, phase }) => !approved && phase !== "Complete");
  const approvable = open.find((plan) => pinned !== undefined && plan.versions.includes(pinned));
  if (approvable !== undefined) return { kind: "approve", plan: approvable.name };

  const { installed } = subscription;
  const running = versions.find(({ name }) => name === installed);
  if (running?.phase === "Succeeded" && (pinned === undefined || running.name === pinned)) {
    return { kind: "ready", version: running.name };
  }
  const failed = versions.find(({ phase, name }) => phase === "Failed" && name.startsWith(`${wanted.package}.`));
  if (failed !== undefined) {
    return { kind: "failed", reason: `ClusterServiceVersion ${failed.name} is Failed${why(failed)}` };
  }
  const blocking = subscription.conditions.find(({ type, status }) => BLOCKING.includes(type) && status === "True");
  if (blocking !== undefined) {
    return { kind: "failed", reason: `Subscription ${wanted.package}: ${blocking.type}${why(blocking)}` };
  }
  const plan = plans.find(({ phase }) => phase === "Failed");
  if (plan !== undefined) {
    const condition = plan.conditions.find(({ status }) => status === "False");
    return {
      kind: "failed",
      reason: `InstallPlan ${plan.name} is Failed${condition === undefined ? "" : why(condition)}`,
    };
  }
  return { kind: "waiting", reason: waitingFor(state, wanted, open) };
}

function waitingFor({ subscription, versions }: OlmState, wanted: WantedVersion, open: readonly InstallPlan[]): string {
  const [other] = open;
  if (wanted.manual && other !== undefined) {
    return `InstallPlan ${other.name} is for ${other.versions.join(", ")}, and only ${wanted.version} is approved`;
  }
  const coming = versions.find(({ name }) => name.startsWith(`${wanted.package}.`));
  if (coming !== undefined) return `ClusterServiceVersion ${coming.name} is ${coming.phase ?? "new"}${why(coming)}`;
  return subscription?.installed === undefined
    ? `Subscription ${wanted.package} has no version yet: OLM is looking through the catalog`
    : `ClusterServiceVersion ${subscription.installed} is not there yet`;
}

function why({ reason, message }: { readonly reason?: string; readonly message?: string }): string {
  const said = [reason, message].filter((text) => text !== undefined && text !== "").join(": ");
  return said === "" ? "" : ` (${said})`;
}
