/** One run of a container: its process and the probes that watch it. */
import type { V1Container } from "@kubernetes/client-node";

import { runPreStop } from "./lifecycle";
import { Prober } from "./probes";
import { type PodProcess, type ProcessExit, type SandboxSpec, startPod } from "./runtime";

/** What a run tells as it goes on. */
export interface RunObserver {
  /** The container has started, is ready or is no longer. */
  changed(started: boolean, ready: boolean): void;
  /** A probe has failed. */
  unhealthy(probe: "Startup" | "Readiness" | "Liveness", message: string): void;
  /** The preStop hook could not be run. */
  hookFailed(message: string): void;
}

/** How long a container has to end. */
export interface Grace {
  /** For its preStop hook, seconds; 0 leaves it out. */
  readonly hookSeconds: number;
  /** From SIGTERM to SIGKILL, seconds. */
  readonly seconds: number;
}

/** A container's process with its probes. */
export class ContainerRun {
  readonly process: PodProcess;
  readonly exit: Promise<ProcessExit>;
  private readonly probers: Prober[] = [];
  private started: boolean;
  private ready: boolean;
  private ending: NodeJS.Timeout | undefined;
  private leaving = false;
  private ended = false;

  constructor(
    private readonly sandbox: string,
    private readonly spec: SandboxSpec,
    private readonly logFile: string,
    private readonly container: V1Container,
    private readonly address: string,
    private readonly grace: Grace,
    private readonly observer: RunObserver,
  ) {
    this.started = container.startupProbe === undefined;
    this.ready = this.started && container.readinessProbe === undefined;
    this.process = startPod(sandbox, spec, logFile);
    this.exit = this.process.exit.finally(() => {
      this.ended = true;
      clearTimeout(this.ending);
      this.stopProbes();
    });
    if (this.started) this.probeReadinessAndLiveness();
    else this.probeStartup();
  }

  /** The container's state now. */
  get state(): { started: boolean; ready: boolean } {
    return { started: this.started, ready: this.ready };
  }

  /** The preStop hook, SIGTERM once it is done, SIGKILL when the grace period is over. */
  end(grace: Grace): void {
    if (this.ended) return;
    if (this.leaving) {
      // The agent itself ends, and waits for no hook.
      if (grace.hookSeconds === 0) this.terminate(grace.seconds);
      return;
    }
    this.leaving = true;
    this.stopProbes();
    this.set(this.started, false);
    void this.endGently(grace);
  }

  /** SIGKILL now. */
  kill(): void {
    this.stopProbes();
    this.process.signal("SIGKILL");
  }

  private async endGently({ hookSeconds, seconds }: Grace): Promise<void> {
    if (hookSeconds > 0 && this.container.lifecycle?.preStop !== undefined) {
      const { sandbox, spec, logFile, address } = this;
      const where = { sandbox, spec, logFile, address, process: this.process.pid };
      await runPreStop(this.container, where, hookSeconds, this.exit).catch((error: unknown) =>
        this.observer.hookFailed(error instanceof Error ? error.message : String(error)),
      );
    }
    this.terminate(seconds);
  }

  private terminate(seconds: number): void {
    if (this.ended || this.ending !== undefined) return;
    this.process.signal("SIGTERM");
    this.ending = setTimeout(() => this.process.signal("SIGKILL"), seconds * 1000);
  }

  private probeStartup(): void {
    const probe = this.container.startupProbe;
    if (probe === undefined) return;
    const prober = this.prober(probe, (success, message) => {
      if (!success) return this.fail("Startup", message);
      prober.stop();
      this.set(true, this.container.readinessProbe === undefined);
      this.probeReadinessAndLiveness();
    });
  }

  private probeReadinessAndLiveness(): void {
    const { readinessProbe, livenessProbe } = this.container;
    if (readinessProbe !== undefined) {
      this.prober(readinessProbe, (success, message) => {
        if (!success) this.observer.unhealthy("Readiness", message);
        this.set(true, success);
      });
    }
    if (livenessProbe !== undefined) {
      this.prober(livenessProbe, (success, message) => {
        if (!success) this.fail("Liveness", message);
      });
    }
  }

  private prober(
    probe: NonNullable<V1Container["startupProbe"]>,
    decided: (success: boolean, message: string) => void,
  ): Prober {
    const prober = new Prober(probe, { address: this.address, ports: this.container.ports ?? [] }, decided);
    this.probers.push(prober);
    prober.start();
    return prober;
  }

  private fail(probe: "Startup" | "Liveness", message: string): void {
    this.observer.unhealthy(probe, message);
    this.end(this.grace);
  }

  private set(started: boolean, ready: boolean): void {
    if (this.ended || (this.started === started && this.ready === ready)) return;
    this.started = started;
    this.ready = ready;
    this.observer.changed(started, ready);
  }

  private stopProbes(): void {
    for (const prober of this.probers) prober.stop();
  }
}
