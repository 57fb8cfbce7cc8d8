import { CannotCheck, type Check, unknown, type Verdict } from "../../stacks/platforms/operations";
import { withoutTokens } from "../common/command";

/** A check's outcome. */
export interface Result extends Verdict {
  readonly id: string;
  readonly subject: string;
}

/** How long one check may take, in milliseconds, unless the check says otherwise. */
const DEFAULT_TIMEOUT_MS = 20_000;

/**
 * Makes all checks in parallel. A check that hangs or fails does not affect the others.
 *
 * @param onResult is called when a check is done
 */
export function runChecks(
  checks: readonly Check[],
  onResult: (result: Result) => void = () => undefined,
): Promise<Result[]> {
  return Promise.all(
    checks.map(async (check) => {
      const { status, detail, remedy } = await runCheck(check);
      const result: Result = {
        id: check.id,
        subject: check.subject,
        status,
        detail: withoutTokens(detail),
        ...(remedy === undefined ? {} : { remedy: withoutTokens(remedy) }),
      };
      onResult(result);
      return result;
    }),
  );
}

async function runCheck(check: Check): Promise<Verdict> {
  const limit = check.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new CannotCheck(`no answer in ${limit / 1000} seconds`, "Check the network and the proxies, then try again."),
      );
      controller.abort();
    }, limit);
  });
  try {
    const gathering = check.gather(controller.signal);
    // It may fail after the time-out, when nothing waits for it any more.
    gathering.catch(() => undefined);
    return check.judge(await Promise.race([gathering, timeout]));
  } catch (error) {
    return unknown(reasonOf(error), error instanceof CannotCheck ? error.remedy : undefined);
  } finally {
    clearTimeout(timer);
  }
}

/** The first line of an error's message. `fetch` itself says "fetch failed" only, and gives the reason as the cause. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const { cause } = error as { cause?: { message?: string; code?: string } };
  const text = message === "fetch failed" ? cause?.message || cause?.code || message : message;
  return (text.split("\n")[0] ?? "").trim() || "unknown error";
}
