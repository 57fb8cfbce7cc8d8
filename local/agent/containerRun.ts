import type { V1Container, V1LifecycleHandler, V1Probe } from "@kubernetes/client-node";

import { messageOf } from "./cluster";
import { probeOnce, type ProbeTarget, startProbing } from "./probes";
import { type PodProcess, type ProcessExit, type SandboxSpec, startPod } from "./runtime";

/** How much time a container has to end. */
export interface Grace {
  /** Seconds for its preStop hook; 0 skips the hook. */
  readonly hookSeconds: number;
  /** Seconds from SIGTERM to SIGKILL. */
  readonly seconds: number;
}

/** How a container is run. */
interface RunSettings {
  /** Path of pod-sandbox. */
  readonly sandbox: string;
  readonly spec: SandboxSpec;
  readonly logFile: string;
  /** The pod's address. */
  readonly address: string;
  /** For a container that a probe ends. */
  readonly grace: Grace;
  /** Called when `started` or `ready` has changed. */
  changed(): void;
  /** Called with a warning for the pod's Events. */
  warn(reason: string, message: string): void;
}

/** One run of a container: its process and the probes that watch it. */
export class ContainerRun {
  readonly process: PodProcess;
  readonly exit: Promise<ProcessExit>;
  /** Whether the startup probe, if there is one, has passed. */
  started: boolean;
  ready: boolean;
  private readonly target: ProbeTarget;
  private readonly probes: (() => void)[] = [];
  private killTimer: NodeJS.Timeout | undefined;
  private ending = false;
  private ended = false;

  constructor(
    private readonly container: V1Container,
    private readonly settings: RunSettings,
  ) {
    const { sandbox, spec, logFile, address } = settings;
    this.target = { address, ports: container.ports ?? [] };
    this.started = container.startupProbe === undefined;
    this.ready = this.started && container.readinessProbe === undefined;
    this.process = startPod(sandbox, spec, logFile);
    this.exit = this.process.exit.finally(() => {
      this.ended = true;
      clearTimeout(this.killTimer);
      this.stopProbes();
    });
    if (this.started) this.probeReadinessAndLiveness();
    else this.probeStartup();
  }

  /** Runs the preStop hook, then sends SIGTERM, and SIGKILL when the grace period is over. */
  end(grace: Grace): void {
    if (this.ended) return;
    if (this.ending) {
      // The agent itself ends, and does not wait for hooks.
      if (grace.hookSeconds === 0) this.terminate(grace.seconds);
      return;
    }
    this.ending = true;
    this.stopProbes();
    this.set(this.started, false);
    void this.endGently(grace);
  }

  /** Sends SIGKILL now. */
  kill(): void {
    this.stopProbes();
    this.process.signal("SIGKILL");
  }

  private async endGently({ hookSeconds, seconds }: Grace): Promise<void> {
    const hook = this.container.lifecycle?.preStop;
    if (hook !== undefined && hookSeconds > 0) {
      await this.runPreStop(hook, hookSeconds).catch((error: unknown) =>
        this.settings.warn("FailedPreStopHook", messageOf(error)),
      );
    }
    this.terminate(seconds);
  }

  /**
   * Runs the preStop hook for at most that many seconds. A command runs in the container's network and with its files.
   * It ends early when the container ends by itself.
   */
  private async runPreStop(hook: V1LifecycleHandler, seconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const over = Promise.race([
      this.exit,
      new Promise((resolve) => (timer = setTimeout(resolve, Math.min(seconds, hook.sleep?.seconds ?? seconds) * 1000))),
    ]);
    try {
      if (hook.exec !== undefined) {
        const { sandbox, spec, logFile } = this.settings;
        const network = { ...spec.network, join: this.process.pid };
        const inContainer = { ...spec, network, sysctls: {}, arguments: hook.exec.command ?? [] };
        const command = startPod(sandbox, inContainer, logFile);
        await Promise.race([over, command.exit]);
        command.signal("SIGKILL");
        await command.exit;
      } else if (hook.httpGet !== undefined) {
        await Promise.race([over, probeOnce({ httpGet: hook.httpGet, timeoutSeconds: seconds }, this.target)]);
      } else {
        await over;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  private terminate(seconds: number): void {
    if (this.ended || this.killTimer !== undefined) return;
    this.process.signal("SIGTERM");
    this.killTimer = setTimeout(() => this.process.signal("SIGKILL"), seconds * 1000);
  }

  private probeStartup(): void {
    const stop = this.probe(this.container.startupProbe, (success, message) => {
      if (!success) return this.fail("Startup", message);
      stop();
      this.set(true, this.container.readinessProbe === undefined);
      this.probeReadinessAndLiveness();
    });
  }

  private probeReadinessAndLiveness(): void {
    this.probe(this.container.readinessProbe, (success, message) => {
      if (!success) this.unhealthy("Readiness", message);
      this.set(true, success);
    });
    this.probe(this.container.livenessProbe, (success, message) => {
      if (!success) this.fail("Liveness", message);
    });
  }

  private probe(probe: V1Probe | undefined, decided: (success: boolean, message: string) => void): () => void {
    const stop = probe === undefined ? () => undefined : startProbing(probe, this.target, decided);
    this.probes.push(stop);
    return stop;
  }

  private unhealthy(probe: "Startup" | "Readiness" | "Liveness", message: string): void {
    this.settings.warn("Unhealthy", `${probe} probe failed: ${message}`);
  }

  private fail(probe: "Startup" | "Liveness", message: string): void {
    this.unhealthy(probe, message);
    this.end(this.settings.grace);
  }

  private set(started: boolean, ready: boolean): void {
    if (this.ended || (this.started === started && this.ready === ready)) return;
    this.started = started;
    this.ready = ready;
    this.settings.changed();
  }

  private stopProbes(): void {
    for (const stop of this.probes) stop();
  }
}
