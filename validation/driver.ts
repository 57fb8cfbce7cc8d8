import { type Completion, streamCompletion } from "./client/completion";
import type { Endpoint } from "./client/endpoint";
import { openers, requestsOf, type Trace, type TraceRequest } from "./workload/trace";

/** A request of a trace and how it went. */
export interface Sample {
  readonly request: TraceRequest;
  readonly completion: Completion;
  /** It opened its prefix group: no cache could hold anything of it. */
  readonly cold: boolean;
}

/** Chooses where each request goes; a control sends them to the replicas in turn. */
export type Route = (request: TraceRequest) => Endpoint;

/** All requests to one place. */
export const through =
  (endpoint: Endpoint): Route =>
  () =>
    endpoint;

/** Requests to each of several places in turn, whatever they ask. */
export function roundRobin(endpoints: readonly [Endpoint, ...Endpoint[]]): Route {
  let next = 0;
  return () => endpoints[next++ % endpoints.length] ?? endpoints[0];
}

/** How a trace is driven. */
export interface DriveOptions {
  readonly model: string;
  /** Sessions that run at once. */
  readonly concurrency: number;
  /** Told of each request that is answered or has failed. */
  readonly onSample?: (sample: Sample) => void;
  readonly signal?: AbortSignal;
  /** Sends a request; tests put their own. */
  readonly send?: typeof streamCompletion;
}

/**
 * Drives a trace: first the requests that open a prefix group, one after the other, so that what a cold request takes is
 * measured without others in its way; then all sessions, several at once, each with one request at a time.
 */
export async function drive(trace: Trace, route: Route, options: DriveOptions): Promise<readonly Sample[]> {
  const send = options.send ?? streamCompletion;
  const samples: Sample[] = [];
  const one = async (request: TraceRequest, cold: boolean): Promise<void> => {
    if (options.signal?.aborted === true) return;
    const { prompt, maxTokens } = request;
    const completion = await send(route(request), { model: options.model, prompt, maxTokens });
    const sample = { request, completion, cold };
    samples.push(sample);
    options.onSample?.(sample);
  };
  const first = new Set(openers(trace));
  for (const request of first) await one(request, true);
  const sessions = [...trace.sessions];
  const client = async (): Promise<void> => {
    for (let session = sessions.shift(); session !== undefined; session = sessions.shift()) {
      for (const request of session) if (!first.has(request)) await one(request, false);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, client));
  return samples;
}

/** How many requests a trace has. */
export function requestCount(trace: Trace): number {
  return requestsOf(trace).length;
}
