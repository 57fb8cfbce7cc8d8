/**
 * The same metric under the names that versions of vLLM and the simulator have for it: the first one that a pod exports
 * counts, so that a pod that exports several is not counted twice.
 *
 * @param names From the newest name to the oldest.
 * @param expression What is made of a name: `(name) => rate(name[5m])`.
 */
export function firstOf(names: readonly string[], expression: (name: string) => string): string {
  return names.map(expression).join(" or on (namespace, pod) ");
}

/** A selector: the name followed by its matchers, where there are any. */
export function select(name: string, matchers = ""): string {
  return matchers === "" ? name : `${name}{${matchers}}`;
}

/** Names of the counter of tokens that were looked up in the prefix cache. */
export const PREFIX_CACHE_QUERIES: readonly string[] = [
  "vllm:prefix_cache_queries_total",
  "vllm:prefix_cache_queries",
  "vllm:gpu_prefix_cache_queries_total",
];

/** Names of the counter of tokens that were found in the prefix cache. */
export const PREFIX_CACHE_HITS: readonly string[] = [
  "vllm:prefix_cache_hits_total",
  "vllm:prefix_cache_hits",
  "vllm:gpu_prefix_cache_hits_total",
];

/** Names of the share of the KV cache that is in use. */
export const KV_CACHE_USAGE: readonly string[] = ["vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc"];

/** Names of the histogram of the time between two tokens. */
export const INTER_TOKEN_LATENCY: readonly string[] = [
  "vllm:inter_token_latency_seconds",
  "vllm:time_per_output_token_seconds",
];
