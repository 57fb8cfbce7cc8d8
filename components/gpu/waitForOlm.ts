import * as timers from "node:timers/promises";
import { judgeOlm, type OlmState, type WantedVersion } from "./olmState";
import type { WaitOptions } from "./waitForGpus";

/** The calls that the wait for an operator needs. */
export interface OlmClient {
  readOperator(namespace: string, subscription: string): Promise<OlmState>;
  approve(namespace: string, plan: string): Promise<void>;
}

const PAUSE_MS = 2000;

/** How long a failure must last, in seconds: OLM tries again by itself, and a catalog may only be starting. */
const FAILURE_SECONDS = 60;

/**
 * Waits until OLM has installed an operator. With manual approval, it approves only the plan of the wanted version.
 *
 * @throws Error with OLM's message, once a failure lasts or the time is over.
 */
export async function waitForOlm(
  client: OlmClient,
  namespace: string,
  wanted: WantedVersion,
  options: WaitOptions,
): Promise<void> {
  const pause = options.pause ?? (() => timers.setTimeout(PAUSE_MS));
  const now = options.now ?? (() => performance.now());
  const began = now();
  let failingSince: number | undefined;
  let told = "";
  for (;;) {
    const verdict = judgeOlm(await client.readOperator(namespace, wanted.package), wanted);
    if (verdict.kind === "ready") return options.report(`${verdict.version} is installed`);
    if (verdict.kind === "approve") {
      options.report(`approving InstallPlan ${verdict.plan} for ${wanted.version}`);
      await client.approve(namespace, verdict.plan);
    } else {
      failingSince = verdict.kind === "failed" ? (failingSince ?? now()) : undefined;
      const stays = failingSince !== undefined && now() - failingSince >= FAILURE_SECONDS * 1000;
      if (stays || now() - began >= options.timeoutSeconds * 1000) {
        const after = Math.round((now() - began) / 1000);
        throw new Error(
          `The operator ${wanted.package} in ${namespace} is not installed after ${after} s: ${verdict.reason}`,
        );
      }
      if (verdict.reason !== told) options.report(`waiting for ${wanted.package}: ${verdict.reason}`);
      told = verdict.reason;
    }
    await pause();
  }
}
