import type { Round } from "./aggregate";
import { counted, parseCounters, readMetrics, type ServerCounters } from "./client/counters";
import type { Endpoint } from "./client/endpoint";
import { drive, type Route } from "./driver";
import type { ClusterAccess } from "./environment/access";
import type { Replica } from "./environment/inspect";
import type { Arm, ReplicaLoad, TimelinePoint } from "./result";
import type { ModelTarget, ValidationSettings } from "./runSettings";
import { sum } from "./statistics";
import { requestsOf, type Trace } from "./workload";

/** The progress of a validation. */
export interface Progress {
  readonly model: string;
  readonly arm: Arm;
  /** From 1. */
  readonly round: number;
  readonly rounds: number;
  readonly done: number;
  readonly requests: number;
  readonly errors: number;
  /** Of this round so far, by the replicas' counters. */
  readonly hitRate?: number;
}

/** The input of a measurement. */
export interface Measurement {
  readonly settings: ValidationSettings;
  readonly access: ClusterAccess;
  /** Makes the prompts different from those of any other run. */
  readonly salt: string;
  /** More headers for requests through the gateway. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly onProgress?: (progress: Progress) => void;
}

/** A replica and the endpoint to reach it at. */
export interface ReachedReplica {
  readonly replica: Replica;
  readonly endpoint: Endpoint;
}

/** How often the counters are read while requests run, in milliseconds. */
const SAMPLING_MS = 1000;
/** How long the counters may lag behind the answers, in milliseconds. */
const SETTLE_MS = 3000;

type Counters = ReadonlyMap<string, ServerCounters>;

/** The rounds of one model. */
export class Run {
  readonly rounds: Record<Arm, Round[]> = { gateway: [], control: [] };
  readonly timeline: TimelinePoint[] = [];
  private readonly began = performance.now();

  constructor(
    private readonly model: ModelTarget,
    private readonly measurement: Measurement,
    private readonly reached: readonly ReachedReplica[],
  ) {}

  /** Drives one round, and reads the replicas' counters before, during and after it. */
  async round(arm: Arm, round: number, trace: Trace, route: Route): Promise<void> {
    const { settings, onProgress } = this.measurement;
    const model = this.model.name;
    const requests = requestsOf(trace).length;
    const before = await this.counters();
    let [done, errors] = [0, 0];
    let hitRate: number | undefined;
    const report = (): void =>
      onProgress?.({ model, arm, round, rounds: settings.rounds, requests, done, errors, hitRate });
    const sample = async (): Promise<void> => {
      const loads = await this.since(before);
      const queries = sum(loads.map((load) => load.queries));
      if (queries === 0) return;
      hitRate = sum(loads.map((load) => load.hits)) / queries;
      this.timeline.push({ seconds: (performance.now() - this.began) / 1000, arm, round, hitRate });
      report();
    };
    // One sample at a time: the timer skips its turn while the counters are still being read.
    let sampling: Promise<void> | undefined;
    const timer = setInterval(() => {
      sampling ??= sample()
        .catch(() => undefined)
        .finally(() => (sampling = undefined));
    }, SAMPLING_MS);
    const start = performance.now();
    const samples = await drive(trace, route, {
      model,
      concurrency: settings.concurrency,
      openersFirst: true,
      onSample: ({ completion }) => {
        done++;
        if (completion.error !== undefined) errors++;
        report();
      },
    }).finally(() => clearInterval(timer));
    const seconds = (performance.now() - start) / 1000;
    await sampling;
    await this.settled(before, done - errors);
    await sample();
    this.rounds[arm].push({ samples, seconds, replicas: await this.since(before) });
  }

  /** Waits until the counters include all answered requests. A server updates them after it has answered. */
  private async settled(before: Counters, answered: number): Promise<void> {
    const end = performance.now() + SETTLE_MS;
    for (;;) {
      const loads = await this.since(before);
      if (sum(loads.map((load) => load.requests)) >= answered || performance.now() > end) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  private async counters(): Promise<Counters> {
    const read = this.reached.map(
      async ({ replica, endpoint }) => [replica.name, parseCounters(await readMetrics(endpoint))] as const,
    );
    return new Map(await Promise.all(read));
  }

  private async since(before: Counters): Promise<readonly ReplicaLoad[]> {
    const now = await this.counters();
    return [...now].map(([name, counters]) => ({ name, ...counted(before.get(name) ?? counters, counters) }));
  }
}
