/**
 * The part of a platform for the operator's commands (`make preflight`, `make destroy`, `make leftovers`). Each platform
 * types the configuration as the part that it reads.
 */
export interface PlatformOperations {
  /**
   * The checks of `make preflight` for this platform.
   *
   * @param owner `<project>/<stack>`
   */
  checks(config: object, owner: string): readonly Check[];
  /** Finds what a destroyed stack left. @default none: the platform makes nothing outside the cluster */
  readonly leftovers?: LeftoverSearch;
  /** Whether `pulumi destroy` must run the program, because the program waits before some deletions. */
  readonly destroyRunsProgram: boolean;
}

/** The result of a check. `unknown`: the check could not be made, so the state of its subject is unknown. */
export type Status = "passed" | "warning" | "failed" | "unknown";

/** The result of a check, for people. */
export interface Verdict {
  readonly status: Status;
  /** The finding, in one line. */
  readonly detail: string;
  /** What to do. Every failure has a remedy. */
  readonly remedy?: string;
}

/** The subject is correct. */
export const passed = (detail: string): Verdict => ({ status: "passed", detail });
/** `pulumi up` works, but the operator should know something. */
export const warning = (detail: string, remedy: string): Verdict => ({ status: "warning", detail, remedy });
/** `pulumi up` would fail, or wait in vain. */
export const failed = (detail: string, remedy: string): Verdict => ({ status: "failed", detail, remedy });
/** The state of the subject could not be read. */
export const unknown = (why: string, remedy?: string): Verdict => ({
  status: "unknown",
  detail: `could not be checked: ${why}`,
  ...(remedy === undefined ? {} : { remedy }),
});

/**
 * One check, in two parts: `gather` reads from outside and decides nothing, `judge` decides and reads nothing.
 *
 * @typeParam E The result of `gather`.
 */
export interface Check<E = unknown> {
  /** Stable name for programs, such as `aws.quota.gpu`. */
  readonly id: string;
  /** The subject of the check, for people. */
  readonly subject: string;
  /** @default 20 seconds */
  readonly timeoutMs?: number;
  /** @throws Error; the result is then `unknown` */
  gather(signal: AbortSignal): Promise<E>;
  judge(evidence: E): Verdict;
}

/** Thrown by `gather` when it knows why the check cannot be made, and what would help. */
export class CannotCheck extends Error {
  override readonly name = "CannotCheck";

  constructor(
    reason: string,
    readonly remedy?: string,
  ) {
    super(reason);
  }
}

/** The stack whose resources are searched. */
export interface Identity {
  /** `<project>/<stack>`, the value of the tag `llm-d.ai/environment`. */
  readonly owner: string;
  /** Name of the cluster. Controllers tag what they make with it. */
  readonly cluster: string;
  readonly region: string;
}

/** A resource outside the cluster. */
export interface Resource {
  /** Service and kind: `ec2:network-interface`. */
  readonly type: string;
  /** Id, name or ARN, whichever the provider's commands take. */
  readonly id: string;
  /** Helps a person to recognise the resource. */
  readonly detail?: string;
  /** The day of deletion, if the deletion is already scheduled and the resource costs nothing. */
  readonly pending?: string;
}

/** The result of searching one source. */
export interface Source {
  readonly name: string;
  /** The resources, or the reason why the source could not be read. */
  readonly found: readonly Resource[] | { readonly unreadable: string };
  /**
   * Types that this source lists completely and up to date. Other sources, which list deleted resources for a while, count
   * for these types only if this source could not be read.
   */
  readonly authoritative: readonly string[];
}

/** The result of a search. */
export interface Found {
  readonly sources: readonly Source[];
  /** Ids of resources that are listed although they are deleted, such as terminated instances. */
  readonly gone: ReadonlySet<string>;
}

/** Finds the leftovers of a stack, and knows how to remove them. */
export interface LeftoverSearch {
  /** The cluster name and region of the configuration. */
  locate(config: object): Pick<Identity, "cluster" | "region">;
  search(identity: Identity): Promise<Found>;
  /** Position of a type in the order of removal. */
  removalRank(type: string): number;
  /** The command that removes a resource; undefined when none is known. */
  removal(resource: Resource, region: string): string | undefined;
}
