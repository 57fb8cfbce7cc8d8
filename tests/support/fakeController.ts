/**
 * A fake of a cluster's controller. It reconciles five times a second until it is stopped. An error does not end it, because a
 * busy API server refuses requests; the next reconciliation tries again.
 */
export abstract class FakeController {
  /** What happened, in order. */
  readonly events: string[] = [];
  /** Errors, in order. A failed test prints them. */
  readonly problems: string[] = [];
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  start(): void {
    const loop = async (): Promise<void> => {
      while (!this.stopped) {
        await this.reconcile().catch((error: unknown) => this.problems.push(String(error)));
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    };
    this.running = loop();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  /** Reads the cluster and does what is missing. */
  protected abstract reconcile(): Promise<void>;
}
