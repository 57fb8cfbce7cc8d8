import * as k8s from "@kubernetes/client-node";
import { messageOf, statusOf } from "../agent/cluster";

/** The ConfigMap of faults. */
export const FAULTS = { namespace: "kube-system", name: "llmd-faults" } as const;

/** Between two looks at the cluster. */
const PERIOD_MS = 700;

export const MERGE = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch);

/** A running player. */
export interface Simulator {
  stop(): Promise<void>;
}

/**
 * Looks at the cluster again and again until the player is stopped.
 *
 * @param name What is played, for the log.
 * @param look Looks once, and writes what has changed.
 */
export function startSimulator(name: string, look: () => Promise<void>, log: (line: string) => void): Simulator {
  let stopped = false;
  let told = "";
  const work = (async () => {
    while (!stopped) {
      await look().then(
        () => (told = ""),
        (error: unknown) => {
          const message = messageOf(error);
          // Tried again: what another writer was faster with, and a kind that the API server is only just making.
          if (![409, 429].includes(statusOf(error) ?? 0) && message !== told && !stopped) {
            log(`${name} (played): ${message}`);
          }
          told = message;
        },
      );
      await new Promise((resolve) => setTimeout(resolve, PERIOD_MS));
    }
  })();
  return {
    stop: () => {
      stopped = true;
      return work;
    },
  };
}

/** An answer, or undefined when the object or its kind does not exist. */
export async function ifExists<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** The faults that are set, by their keys. */
export async function readFaults(core: k8s.CoreV1Api): Promise<Readonly<Record<string, string>>> {
  return (await ifExists(core.readNamespacedConfigMap(FAULTS)))?.data ?? {};
}
