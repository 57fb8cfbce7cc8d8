/** What a container is asked to do before it is told to end: its preStop hook, as the kubelet runs it. */
import type { V1Container } from "@kubernetes/client-node";

import { probeOnce } from "./probes";
import { type SandboxSpec, startPod } from "./runtime";

/** A container's hook, and where it runs. */
export interface PreStop {
  readonly sandbox: string;
  readonly spec: SandboxSpec;
  readonly logFile: string;
  /** The sandbox that holds the container's network. */
  readonly process: number;
  readonly address: string;
}

/**
 * Runs a container's preStop hook, for so long at most. A command runs beside the container, in its network and with its
 * files, and ends early where the container does.
 *
 * @param ended Resolves when the container has ended by itself.
 */
export async function runPreStop(
  container: V1Container,
  { sandbox, spec, logFile, process, address }: PreStop,
  seconds: number,
  ended: Promise<unknown>,
): Promise<void> {
  const hook = container.lifecycle?.preStop;
  if (hook === undefined) return;
  let timer: NodeJS.Timeout | undefined;
  const over = Promise.race([
    ended,
    new Promise((resolve) => (timer = setTimeout(resolve, Math.min(seconds, hook.sleep?.seconds ?? seconds) * 1000))),
  ]);
  try {
    if (hook.exec !== undefined) {
      const command = startPod(
        sandbox,
        {
          ...spec,
          network: { ...spec.network, join: process },
          sysctls: {},
          arguments: hook.exec.command ?? [],
        },
        logFile,
      );
      await Promise.race([over, command.exit]);
      command.signal("SIGKILL");
      await command.exit;
    } else if (hook.httpGet !== undefined) {
      const target = { address, ports: container.ports ?? [] };
      await Promise.race([over, probeOnce({ httpGet: hook.httpGet, timeoutSeconds: seconds }, target)]);
    } else {
      await over;
    }
  } finally {
    clearTimeout(timer);
  }
}
