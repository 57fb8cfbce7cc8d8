import { withoutTokens } from "../common/stackSettings";
import { explainError, isDenied } from "../common/aws";

/** How a check came out. `unknown`: it could not be made, so nothing is said about what it would have found. */
export type Status = "passed" | "warning" | "failed" | "unknown";

/** What a check found. */
export interface Verdict {
  readonly status: Status;
  /** What was found, in one line. */
  readonly detail: string;
  /** What to do about it; every failure has one. */
  readonly remedy?: string;
}

/**
 * One check, in two parts: the first asks somebody and decides nothing, the second decides and asks nobody.
 *
 * @typeParam E what the first part found
 */
export interface Check<E> {
  /** Stable name for programs: `aws.quota.gpu`. */
  readonly id: string;
  /** What is checked, for people. */
  readonly subject: string;
  /** Default: 20 seconds. */
  readonly timeoutMs?: number;
  /** May throw: the check is unknown then. */
  gather(signal: AbortSignal): Promise<E>;
  judge(evidence: E): Verdict;
}

/** Thrown while gathering by what knows why it cannot, and what would help. */
export class CannotCheck extends Error {
  override readonly name = "CannotCheck";

  constructor(
    reason: string,
    readonly remedy?: string,
  ) {
    super(reason);
  }
}

/** A check's outcome. */
export interface Result extends Verdict {
  readonly id: string;
  readonly subject: string;
}

/** How long one check may take, in milliseconds, where it says nothing else. */
export const DEFAULT_TIMEOUT_MS = 20_000;

/** Makes all checks side by side; one that hangs or fails takes no other with it. */
export function runChecks(
  checks: readonly Check<unknown>[],
  onResult: (result: Result) => void = () => undefined,
): Promise<Result[]> {
  return Promise.all(
    checks.map(async (check) => {
      const verdict = await runCheck(check);
      const remedy = verdict.remedy === undefined ? {} : { remedy: withoutTokens(verdict.remedy) };
      const { id, subject } = check;
      const result: Result = { id, subject, status: verdict.status, detail: withoutTokens(verdict.detail), ...remedy };
      onResult(result);
      return result;
    }),
  );
}

async function runCheck(check: Check<unknown>): Promise<Verdict> {
  const limit = check.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new CannotCheck(`no answer in ${limit / 1000} seconds`, "Look at the network and at proxies, then repeat."),
      );
      controller.abort();
    }, limit);
  });
  try {
    const gathering = check.gather(controller.signal);
    // After the time-out nobody else waits for it.
    gathering.catch(() => undefined);
    return check.judge(await Promise.race([gathering, timeout]));
  } catch (error) {
    return cannotTell(error);
  } finally {
    clearTimeout(timer);
  }
}

function cannotTell(error: unknown): Verdict {
  const detail = `could not be checked: ${explainError(error)}`;
  if (error instanceof CannotCheck && error.remedy !== undefined) {
    return { status: "unknown", detail, remedy: error.remedy };
  }
  if (isDenied(error)) {
    return {
      status: "unknown",
      detail,
      remedy: "Give whoever runs this the permission that the message names; docs/preflight.md lists all of them.",
    };
  }
  return { status: "unknown", detail };
}
