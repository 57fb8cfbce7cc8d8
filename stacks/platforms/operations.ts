/**
 * What the operator's commands (`make preflight`, `make destroy`, `make leftovers`) need of a platform. The configuration is typed by
 * each platform as the part that it reads.
 */
export interface PlatformOperations {
  /**
   * The checks that `make preflight` makes on this platform only.
   *
   * @param owner `<project>/<stack>`
   */
  checks(config: object, owner: string): readonly Check[];
  /** Finds what a destroyed stack left. Undefined: the platform makes nothing outside of the cluster. */
  readonly leftovers?: LeftoverSearch;
  /** Whether `pulumi destroy` has to run the program, because the program waits for something before a deletion. */
  readonly destroyRunsProgram: boolean;
}

/** The outcome of a check. `unknown`: the check could not be made, so nothing is said about its subject. */
export type Status = "passed" | "warning" | "failed" | "unknown";

/** What a check found. */
export interface Verdict {
  readonly status: Status;
  /** What was found, in one line. */
  readonly detail: string;
  /** What to do about it. Every failure has one. */
  readonly remedy?: string;
}

/** The subject is as it should be. */
export const passed = (detail: string): Verdict => ({ status: "passed", detail });
/** `pulumi up` works, and the operator should know something. */
export const warning = (detail: string, remedy: string): Verdict => ({ status: "warning", detail, remedy });
/** `pulumi up` would fail, or wait in vain. */
export const failed = (detail: string, remedy: string): Verdict => ({ status: "failed", detail, remedy });
/** The answer does not tell. */
export const unknown = (why: string, remedy?: string): Verdict => ({
  status: "unknown",
  detail: `could not be checked: ${why}`,
  ...(remedy === undefined ? {} : { remedy }),
});

/**
 * One check, in two parts: `gather` asks somebody and decides nothing, `judge` decides and asks nobody.
 *
 * @typeParam E what `gather` found
 */
export interface Check<E = unknown> {
  /** Stable name for programs: `aws.quota.gpu`. */
  readonly id: string;
  /** What is checked, for people. */
  readonly subject: string;
  /** @default 20 seconds */
  readonly timeoutMs?: number;
  /** @throws any error; the check is unknown then */
  gather(signal: AbortSignal): Promise<E>;
  judge(evidence: E): Verdict;
}

/** Thrown by `gather` when it knows why it cannot find out, and what would help. */
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

/** A resource outside of the cluster. */
export interface Resource {
  /** Service and kind: `ec2:network-interface`. */
  readonly type: string;
  /** An id, a name or an ARN: the form that the provider's commands take. */
  readonly id: string;
  /** Helps a person to recognise the resource. */
  readonly detail?: string;
  /** Set when the resource is deleted already and only waits for its last day, without cost. Says which day. */
  readonly pending?: string;
}

/** One place that was searched. */
export interface Source {
  readonly name: string;
  /** What is there, or the reason why the place could not be read. */
  readonly found: readonly Resource[] | { readonly unreadable: string };
  /**
   * Types that this source lists completely and up to date. A source that lists deleted resources for a while does not
   * count for these types, unless this source could not be read.
   */
  readonly authoritative: readonly string[];
}

/** What a search found. */
export interface Found {
  readonly sources: readonly Source[];
  /** Ids of resources that are listed although they are deleted, such as terminated instances. */
  readonly gone: ReadonlySet<string>;
}

/** How the leftovers of a stack are found and removed. */
export interface LeftoverSearch {
  /** Where the configuration puts the stack's resources. */
  locate(config: object): Pick<Identity, "cluster" | "region">;
  search(identity: Identity): Promise<Found>;
  /** Position of a type in the order of removal. */
  removalRank(type: string): number;
  /** The command that removes a resource; undefined when none is known. */
  removal(resource: Resource, region: string): string | undefined;
}
