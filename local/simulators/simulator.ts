import * as timers from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";
import { messageOf, statusOf } from "../agent/cluster";

/** The ConfigMap by which tests make a simulator fail. README.md lists its keys. */
export const FAULTS = { namespace: "kube-system", name: "llmd-faults" } as const;

/** Pause between two reconciliations, and the pause when the last one found all as it was, in milliseconds. */
const PERIOD_MS = 700;
const QUIET_PERIOD_MS = 2000;

export const MERGE = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch);

/** A running simulator. */
export interface Simulator {
  stop(): Promise<void>;
}

/**
 * Reconciles periodically until the simulator is stopped. An error is logged once and does not end it.
 *
 * @param name What is simulated, for the log.
 * @param reconcile Returns what it has read, as a text to compare; undefined when it always wants the short pause.
 */
export function startSimulator(
  name: string,
  reconcile: () => Promise<string | undefined>,
  log: (line: string) => void,
): Simulator {
  const stopped = new AbortController();
  const pause = (milliseconds: number): Promise<void> =>
    timers.setTimeout(milliseconds, undefined, { signal: stopped.signal }).catch(() => undefined);
  let seen: string | undefined;
  let reported = "";
  const work = (async () => {
    while (!stopped.signal.aborted) {
      const before = seen;
      seen = await reconcile().then(
        (read) => {
          reported = "";
          return read;
        },
        (error: unknown) => {
          const message = messageOf(error);
          // A conflict, or a CRD that is not established yet: the next reconciliation succeeds.
          if (![409, 429].includes(statusOf(error) ?? 0) && message !== reported && !stopped.signal.aborted) {
            log(`${name} (simulated): ${message}`);
          }
          reported = message;
          return undefined;
        },
      );
      const quiet = seen !== undefined && seen === before;
      await pause(quiet ? QUIET_PERIOD_MS : PERIOD_MS);
    }
  })();
  return {
    stop: () => {
      stopped.abort();
      return work;
    },
  };
}

/** The answer, or undefined when the object or its kind does not exist. */
export async function ifExists<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** The versions of objects that were read: another text when one of them is new, changed or gone. */
export function versionsOf(
  objects: readonly { metadata?: Pick<k8s.V1ObjectMeta, "name" | "uid" | "resourceVersion"> }[],
): string {
  return objects.map(({ metadata }) => `${metadata?.uid}@${metadata?.resourceVersion}`).join(" ");
}

/** The faults that are set, by their keys. */
export async function readFaults(core: k8s.CoreV1Api): Promise<Readonly<Record<string, string>>> {
  return (await ifExists(core.readNamespacedConfigMap(FAULTS)))?.data ?? {};
}
