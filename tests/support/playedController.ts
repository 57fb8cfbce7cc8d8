/**
 * What acts for a controller of a real cluster: looks again and again, five times a second, until it is stopped. What goes wrong
 * is one of its events, and does not end it.
 */
export abstract class PlayedController {
  /** What happened, in this order. */
  readonly events: string[] = [];
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  start(): void {
    const loop = async (): Promise<void> => {
      while (!this.stopped) {
        await this.reconcile().catch((error: unknown) => this.events.push(String(error)));
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
