/** Passes TCP connections on, byte for byte. */
import * as net from "node:net";

/** Where a connection can go. */
export interface Target {
  host: string;
  port: number;
}

/** How long to wait for a target before the next one is tried. */
const CONNECT_TIMEOUT_MS = 2000;

/** Listens at one address and passes each connection on to the next of its targets. */
export class Forwarder {
  private readonly server: net.Server;
  private readonly open = new Set<net.Socket>();
  private turn = 0;

  /**
   * @param targets is asked at every connection.
   * @param admits Whether a client's address is let in; others get no answer but the connection's end.
   */
  constructor(
    private readonly targets: () => Target[],
    private readonly admits: (client: string) => boolean = () => true,
  ) {
    this.server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => this.accept(client));
  }

  /** Rejects with what the system says, EADDRINUSE for one. */
  listen(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen({ host, port }, () => {
        this.server.off("error", reject);
        this.server.on("error", () => undefined);
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    if (this.server.listening) await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private accept(client: net.Socket): void {
    this.track(client);
    if (!this.admits(client.remoteAddress ?? "")) {
      client.resetAndDestroy();
      return;
    }
    const targets = this.targets();
    const from = this.turn++ % Math.max(1, targets.length);
    this.connect(client, [...targets.slice(from), ...targets.slice(0, from)]);
  }

  private connect(client: net.Socket, [target, ...others]: Target[]): void {
    if (target === undefined || client.destroyed) {
      client.resetAndDestroy();
      return;
    }
    const upstream = net.connect({ ...target, allowHalfOpen: true });
    this.track(upstream);
    const next = (): void => {
      upstream.destroy();
      this.connect(client, others);
    };
    upstream.setTimeout(CONNECT_TIMEOUT_MS, next);
    upstream.once("error", next);
    upstream.once("connect", () => {
      upstream.setTimeout(0);
      upstream.off("error", next);
      const broken = (): void => {
        client.destroy();
        upstream.destroy();
      };
      client.on("error", broken);
      upstream.on("error", broken);
      // Tokens are sent one by one: none may wait for the next.
      client.setNoDelay(true);
      upstream.setNoDelay(true);
      client.pipe(upstream);
      upstream.pipe(client);
    });
  }

  private track(socket: net.Socket): void {
    this.open.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => this.open.delete(socket));
  }
}
