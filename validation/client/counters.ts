import { type Endpoint, get } from "./endpoint";

/** Counters of one model server since it started. */
export interface ServerCounters {
  /** Prompt tokens that were looked up in the prefix cache. */
  readonly queries: number;
  /** Those of them that were found. */
  readonly hits: number;
  /** Requests that were answered. */
  readonly requests: number;
}

/** The KV cache of a model server, as far as the server reports it. */
export interface CacheConfig {
  /** Tokens per block. */
  readonly blockSize?: number;
  /** Blocks that fit into its memory. */
  readonly blocks?: number;
  readonly prefixCaching?: boolean;
}

/** Names of a counter: vLLM's V1 engine has `_total`, the simulator does not, and vLLM's V0 engine has `gpu_`. */
const QUERIES = [
  "vllm:prefix_cache_queries_total",
  "vllm:prefix_cache_queries",
  "vllm:gpu_prefix_cache_queries_total",
  "vllm:gpu_prefix_cache_queries",
];
const HITS = [
  "vllm:prefix_cache_hits_total",
  "vllm:prefix_cache_hits",
  "vllm:gpu_prefix_cache_hits_total",
  "vllm:gpu_prefix_cache_hits",
];
const REQUESTS = ["vllm:request_success_total", "vllm:request_success"];

/** A sample of Prometheus' text format. */
interface Sample {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
}

function samplesOf(text: string): readonly Sample[] {
  return text.split("\n").flatMap((line) => {
    const found = /^([A-Za-z_:][A-Za-z0-9_:]*)(\{.*\})?\s+(\S+)/.exec(line);
    return found === null ? [] : [{ name: found[1] ?? "", labels: found[2] ?? "", value: Number(found[3]) }];
  });
}

/** The sum of the first of these metrics that exists, over all labels; undefined if none exists. */
function sumOfFirst(samples: readonly Sample[], names: readonly string[]): number | undefined {
  for (const name of names) {
    const found = samples.filter((sample) => sample.name === name);
    if (found.length > 0) return found.reduce((sum, { value }) => sum + value, 0);
  }
  return undefined;
}

/** The sum of a metric's samples over all labels; undefined if it has none. */
export function sumOfMetric(text: string, name: string): number | undefined {
  return sumOfFirst(samplesOf(text), [name]);
}

/** Reads a model server's counters from its metrics. */
export function parseCounters(text: string): ServerCounters {
  const samples = samplesOf(text);
  const sum = (names: readonly string[]): number => sumOfFirst(samples, names) ?? 0;
  return { queries: sum(QUERIES), hits: sum(HITS), requests: sum(REQUESTS) };
}

/** Reads a model server's cache configuration from its metrics (`vllm:cache_config_info`). */
export function parseCacheConfig(text: string): CacheConfig {
  const labels = samplesOf(text).find(({ name }) => name === "vllm:cache_config_info")?.labels ?? "";
  const label = (name: string): string | undefined => new RegExp(`[{,]${name}="([^"]*)"`).exec(labels)?.[1];
  const number = (name: string): number | undefined => {
    const value = Number(label(name) ?? NaN);
    return Number.isInteger(value) && value > 0 ? value : undefined;
  };
  const blockSize = number("block_size");
  const blocks = number("num_gpu_blocks");
  const caching = label("enable_prefix_caching")?.toLowerCase();
  return {
    ...(blockSize === undefined ? {} : { blockSize }),
    ...(blocks === undefined ? {} : { blocks }),
    ...(caching === "true" || caching === "false" ? { prefixCaching: caching === "true" } : {}),
  };
}

/** The difference of two readings. A server that restarted between them has counted from zero. */
export function counted(before: ServerCounters, after: ServerCounters): ServerCounters {
  const since = (key: keyof ServerCounters): number =>
    after[key] < before[key] ? after[key] : after[key] - before[key];
  return { queries: since("queries"), hits: since("hits"), requests: since("requests") };
}

/**
 * The text of a server's metrics.
 *
 * @throws Error if they cannot be read
 */
export async function readMetrics(endpoint: Endpoint, path = "/metrics"): Promise<string> {
  const { status, body } = await get(endpoint, path);
  if (status !== 200) throw new Error(`${path} answered HTTP ${status}`);
  return body;
}
