/**
 * One metric that has other names in other versions of vLLM and in the simulator. The first name that a pod exports counts,
 * so a pod that exports several is not counted twice.
 *
 * @param names From the newest name to the oldest.
 * @param expression Makes an expression of a name, such as `(name) => rate(name[5m])`.
 */
export function firstOf(names: readonly string[], expression: (name: string) => string): string {
  return names.map(expression).join(" or on (namespace, pod) ");
}

/** Names of the counter of tokens that vLLM looked up in the prefix cache. */
export const PREFIX_CACHE_QUERIES: readonly string[] = [
  "vllm:prefix_cache_queries_total",
  "vllm:prefix_cache_queries",
  "vllm:gpu_prefix_cache_queries_total",
];

/** Names of the counter of tokens that vLLM found in the prefix cache. */
export const PREFIX_CACHE_HITS: readonly string[] = [
  "vllm:prefix_cache_hits_total",
  "vllm:prefix_cache_hits",
  "vllm:gpu_prefix_cache_hits_total",
];

/** Names of the gauge of the KV cache's used share. */
export const KV_CACHE_USAGE: readonly string[] = ["vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc"];

/** Names of the histogram of the time between two tokens. */
export const INTER_TOKEN_LATENCY: readonly string[] = [
  "vllm:inter_token_latency_seconds",
  "vllm:time_per_output_token_seconds",
];
