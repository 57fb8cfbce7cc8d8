import * as net from "node:net";

/** An address and port that connections are forwarded to. */
export interface Target {
  host: string;
  port: number;
}

/** Time to wait for a target before the next one is tried. */
const CONNECT_TIMEOUT_MS = 2000;

/** Listens at one address and forwards TCP connections to its targets, round robin. */
export class Forwarder {
  private readonly server: net.Server;
  private readonly open = new Set<net.Socket>();
  private connections = 0;

  /**
   * @param targets called for every connection
   * @param admits whether a client's address may connect; the connections of other clients are reset
   */
  constructor(
    private readonly targets: () => Target[],
    private readonly admits: (client: string) => boolean = () => true,
  ) {
    this.server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => this.accept(client));
  }

  /**
   * Starts to listen.
   *
   * @throws the error of the operating system, such as EADDRINUSE
   */
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

  /** Ends all connections and stops listening. */
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
    const from = this.connections++ % Math.max(1, targets.length);
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
      // The model server streams single tokens; none may wait until a packet is full.
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
