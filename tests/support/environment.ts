import { EmbeddedInstance } from "../../local/instance";
import type { SettingChanges } from "../../local/stack";

export type { EmbeddedInstance as TestEnvironment } from "../../local/instance";

/** A token that is easy to search for. It must not appear anywhere in plain text. */
export const HUGGING_FACE_TOKEN = "hf_tokenOfTheTestsThatMustBeFoundNowhere";

/** Starts an embedded environment for tests, with the token to search for. */
export function startEnvironment(config: SettingChanges = {}): Promise<EmbeddedInstance> {
  return EmbeddedInstance.start(config, { huggingFaceToken: HUGGING_FACE_TOKEN });
}

/** Probes until the condition holds. @throws Error with the last value seen when it does not hold in time. */
export async function eventually<T>(
  what: string,
  timeoutMs: number,
  probe: () => Promise<T>,
  holds: (value: T) => boolean,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (holds(value)) return value;
    if (Date.now() > end)
      throw new Error(`${what}: not within ${timeoutMs / 1000} s; last seen: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/**
 * Observes for a window of time that something stays as it is. Ends at the first value that differs. The window is as long as what could
 * change the value takes, so it cannot be shorter.
 *
 * @throws Error with that value
 */
export async function stays<T>(
  what: string,
  windowMs: number,
  probe: () => Promise<T>,
  holds: (value: T) => boolean,
): Promise<void> {
  const end = Date.now() + windowMs;
  for (;;) {
    const value = await probe();
    if (!holds(value)) throw new Error(`${what}: no longer; last seen: ${JSON.stringify(value)}`);
    if (Date.now() > end) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
