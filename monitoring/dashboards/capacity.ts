import { type DashboardSpec, graph, MODEL, OF_MODEL, row, stat } from "./specs";

const GPU_RESOURCE = 'resource="nvidia_com_gpu"';

/** How many GPUs there are, how many pods hold, and how many tokens they generate. */
export const CAPACITY: DashboardSpec = {
  name: "capacity",
  description:
    "How much of what is paid for is used, and what comes out of it. What an hour costs is in the stack's output `cost`.",
  variables: [MODEL],
  links: ["llmPerformance", "gpu"],
  rows: [
    row("GPUs", [
      stat("GPUs", {
        description: "GPUs that nodes offer to pods.",
        unit: "short",
        queries: { GPUs: `sum(kube_node_status_allocatable{${GPU_RESOURCE}})` },
      }),
      stat("GPUs in use", {
        description:
          "Share of GPUs that pods hold. Each one that none holds costs the same: fewer nodes, or more replicas.",
        unit: "percentunit",
        min: 0,
        max: 1,
        queries: {
          held: `sum(kube_pod_container_resource_requests{${GPU_RESOURCE}}) / sum(kube_node_status_allocatable{${GPU_RESOURCE}})`,
        },
        thresholds: { red: 0, yellow: 0.5, green: 0.75 },
      }),
      stat("Tokens by GPU", {
        description:
          "Generated tokens by the second for each GPU that is paid for. What to compare settings and machines by.",
        unit: "short",
        decimals: 1,
        queries: {
          "tokens/s by GPU": `sum(rate(vllm:generation_tokens_total[$__rate_interval])) / sum(kube_node_status_allocatable{${GPU_RESOURCE}})`,
        },
      }),
      stat("Prompt tokens not computed", {
        description: "Prompt tokens by the second that came from the cache: prefill that nobody had to pay for.",
        unit: "short",
        queries: { "tokens/s": `sum(llmd:prefix_cache_hits:rate5m{${OF_MODEL}})` },
      }),
    ]),
    row("Use", [
      graph("GPUs offered and held", {
        description: "A gap is money; held above offered cannot be, and pods that wait are beside.",
        unit: "short",
        queries: {
          offered: `sum(kube_node_status_allocatable{${GPU_RESOURCE}})`,
          there: `sum(kube_node_status_capacity{${GPU_RESOURCE}})`,
          held: `sum(kube_pod_container_resource_requests{${GPU_RESOURCE}})`,
        },
      }),
      graph("Energy by token", {
        description: "Power of all GPUs by generated tokens: joules for each. Falls as replicas are better used.",
        unit: "joule",
        queries: {
          "J by token":
            "sum(DCGM_FI_DEV_POWER_USAGE) / (sum(rate(vllm:generation_tokens_total[$__rate_interval])) > 0)",
        },
      }),
      graph("Running requests by replica", {
        description:
          "How many requests a replica works on at once: 1 or 2 for hours means that fewer replicas would do.",
        unit: "short",
        queries: { "{{pool}}": `avg by (pool) (vllm:num_requests_running{${OF_MODEL}})` },
      }),
      graph("Tokens by model", {
        description: "Prompt and generated tokens by the second: whom the environment works for.",
        unit: "short",
        stacked: true,
        queries: {
          "{{pool}}": `sum by (pool) (rate(vllm:prompt_tokens_total{${OF_MODEL}}[$__rate_interval])) + sum by (pool) (rate(vllm:generation_tokens_total{${OF_MODEL}}[$__rate_interval]))`,
        },
      }),
    ]),
    row("What everything stands on", [
      graph("Nodes", {
        description: "Nodes of the cluster. More than configured: an autoscaler is at work.",
        unit: "short",
        width: 8,
        queries: { nodes: "count(kube_node_info)" },
      }),
      graph("Pods that wait for a node", {
        description: "No node has room for them: no free GPU, or system nodes that are too small.",
        unit: "short",
        width: 8,
        queries: { "{{namespace}}": 'sum by (namespace) (kube_pod_status_phase{phase="Pending"})' },
        thresholds: { red: 1 },
      }),
      graph("Volumes in use", {
        description: "Above 90 % LlmdVolumeFilling fires: grow the volume, or keep less.",
        unit: "percentunit",
        width: 8,
        max: 1,
        queries: {
          "{{namespace}}/{{persistentvolumeclaim}}":
            "1 - kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes",
        },
        thresholds: { red: 0.9 },
      }),
    ]),
  ],
};
