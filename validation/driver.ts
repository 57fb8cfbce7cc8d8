import { setTimeout } from "node:timers/promises";
import { type Completion, streamCompletion } from "./client/completion";
import type { Endpoint } from "./client/endpoint";
import { openers, type Trace, type TraceRequest } from "./workload";

/** A request of a trace, and its outcome. */
export interface Sample {
  readonly request: TraceRequest;
  readonly completion: Completion;
  /** It was the first of its prefix group: no cache could hold any of its prompt. */
  readonly cold: boolean;
}

/** Chooses the endpoint of the next request. */
export type Route = () => Endpoint;

/** All requests to one endpoint. */
export function through(endpoint: Endpoint): Route {
  return () => endpoint;
}

/** Requests round robin to several endpoints. */
export function roundRobin(endpoints: readonly [Endpoint, ...Endpoint[]]): Route {
  let next = 0;
  return () => endpoints[next++ % endpoints.length] ?? endpoints[0];
}

/** How a trace is driven. */
interface DriveOptions {
  readonly model: string;
  /** Sessions that run at once. */
  readonly concurrency: number;
  /**
   * Send the requests that open a prefix group first, one after the other, so that no other request adds to the time of a
   * cache miss.
   */
  readonly openersFirst: boolean;
  /**
   * Delay between the starts of two sessions at the beginning, in milliseconds.
   *
   * @default 0
   */
  readonly rampMs?: number;
  /** Called for each request that was answered or has failed. */
  readonly onSample?: (sample: Sample) => void;
}

/** Sends the requests of a trace: several sessions at once, each with one request at a time. */
export async function drive(trace: Trace, route: Route, options: DriveOptions): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const send = async (request: TraceRequest, cold: boolean): Promise<void> => {
    const { prompt, maxTokens } = request;
    const completion = await streamCompletion(route(), { model: options.model, prompt, maxTokens });
    const sample = { request, completion, cold };
    samples.push(sample);
    options.onSample?.(sample);
  };
  const first = new Set(options.openersFirst ? openers(trace) : []);
  for (const request of first) await send(request, true);
  const sessions = [...trace.sessions];
  const client = async (_: unknown, number: number): Promise<void> => {
    if (options.rampMs !== undefined) await setTimeout(number * options.rampMs);
    for (let session = sessions.shift(); session !== undefined; session = sessions.shift()) {
      for (const request of session) if (!first.has(request)) await send(request, false);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, client));
  return samples;
}
