/**
 * What acts for a controller of a real cluster: looks again and again, five times a second, until it is stopped. What goes wrong
 * does not end it: an API server that is busy refuses things, and the next look puts them right.
 */
export abstract class FakeController {
  /** What happened, in this order. */
  readonly events: string[] = [];
  /** What went wrong, in this order; to be shown where a test fails. */
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

  /** Does once what there is to do. */
  protected abstract reconcile(): Promise<void>;
}
