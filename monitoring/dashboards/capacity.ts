import { type DashboardSpec, MODEL, OF_MODEL } from "./specs";

const GPU_RESOURCE = 'resource="nvidia_com_gpu"';

/** What there is, what is used, and what it yields. */
export const CAPACITY: DashboardSpec = {
  name: "capacity",
  description:
    "How much of what is paid for is used, and what comes out of it. What an hour costs is in the stack's output `cost`.",
  variables: [MODEL],
  links: ["llmPerformance", "gpu"],
  rows: [
    {
      title: "GPUs",
      panels: [
        {
          title: "GPUs",
          description: "GPUs that nodes offer to pods.",
          kind: "stat",
          unit: "short",
          width: 6,
          queries: [{ expr: `sum(kube_node_status_allocatable{${GPU_RESOURCE}})`, legend: "GPUs" }],
        },
        {
          title: "GPUs in use",
          description:
            "Share of GPUs that pods hold. Each one that none holds costs the same: fewer nodes, or more replicas.",
          kind: "stat",
          unit: "percentunit",
          width: 6,
          min: 0,
          max: 1,
          queries: [
            {
              expr: `sum(kube_pod_container_resource_requests{${GPU_RESOURCE}}) / sum(kube_node_status_allocatable{${GPU_RESOURCE}})`,
              legend: "held",
            },
          ],
          thresholds: [
            { from: 0, color: "red" },
            { from: 0.5, color: "yellow" },
            { from: 0.75, color: "green" },
          ],
        },
        {
          title: "Tokens by GPU",
          description:
            "Generated tokens by the second for each GPU that is paid for. What to compare settings and machines by.",
          kind: "stat",
          unit: "short",
          width: 6,
          decimals: 1,
          queries: [
            {
              expr: `sum(rate(vllm:generation_tokens_total[$__rate_interval])) / sum(kube_node_status_allocatable{${GPU_RESOURCE}})`,
              legend: "tokens/s by GPU",
            },
          ],
        },
        {
          title: "Prompt tokens not computed",
          description: "Prompt tokens by the second that came from the cache: prefill that nobody had to pay for.",
          kind: "stat",
          unit: "short",
          width: 6,
          queries: [{ expr: `sum(llmd:prefix_cache_hits:rate5m{${OF_MODEL}})`, legend: "tokens/s" }],
        },
      ],
    },
    {
      title: "Use",
      panels: [
        {
          title: "GPUs offered and held",
          description: "A gap is money; held above offered cannot be, and pods that wait are beside.",
          kind: "timeseries",
          unit: "short",
          width: 12,
          min: 0,
          queries: [
            { expr: `sum(kube_node_status_allocatable{${GPU_RESOURCE}})`, legend: "offered" },
            { expr: `sum(kube_node_status_capacity{${GPU_RESOURCE}})`, legend: "there" },
            { expr: `sum(kube_pod_container_resource_requests{${GPU_RESOURCE}})`, legend: "held" },
          ],
        },
        {
          title: "Energy by token",
          description: "Power of all GPUs by generated tokens: joules for each. Falls as replicas are better used.",
          kind: "timeseries",
          unit: "joule",
          width: 12,
          min: 0,
          queries: [
            {
              expr: "sum(DCGM_FI_DEV_POWER_USAGE) / (sum(rate(vllm:generation_tokens_total[$__rate_interval])) > 0)",
              legend: "J by token",
            },
          ],
        },
        {
          title: "Running requests by replica",
          description:
            "How many requests a replica works on at once: 1 or 2 for hours means that fewer replicas would do.",
          kind: "timeseries",
          unit: "short",
          width: 12,
          min: 0,
          queries: [{ expr: `avg by (pool) (vllm:num_requests_running{${OF_MODEL}})`, legend: "{{pool}}" }],
        },
        {
          title: "Tokens by model",
          description: "Prompt and generated tokens by the second: whom the environment works for.",
          kind: "timeseries",
          unit: "short",
          width: 12,
          min: 0,
          stacked: true,
          queries: [
            {
              expr: `sum by (pool) (rate(vllm:prompt_tokens_total{${OF_MODEL}}[$__rate_interval])) + sum by (pool) (rate(vllm:generation_tokens_total{${OF_MODEL}}[$__rate_interval]))`,
              legend: "{{pool}}",
            },
          ],
        },
      ],
    },
    {
      title: "What everything stands on",
      panels: [
        {
          title: "Nodes",
          description: "Nodes of the cluster. More than configured: an autoscaler is at work.",
          kind: "timeseries",
          unit: "short",
          width: 8,
          min: 0,
          queries: [{ expr: "count(kube_node_info)", legend: "nodes" }],
        },
        {
          title: "Pods that wait for a node",
          description: "No node has room for them: no free GPU, or system nodes that are too small.",
          kind: "timeseries",
          unit: "short",
          width: 8,
          min: 0,
          queries: [{ expr: 'sum by (namespace) (kube_pod_status_phase{phase="Pending"})', legend: "{{namespace}}" }],
          thresholds: [{ from: 1, color: "red" }],
        },
        {
          title: "Volumes in use",
          description: "Above 90 % LlmdVolumeFilling fires: grow the volume, or keep less.",
          kind: "timeseries",
          unit: "percentunit",
          width: 8,
          min: 0,
          max: 1,
          queries: [
            {
              expr: "1 - kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes",
              legend: "{{namespace}}/{{persistentvolumeclaim}}",
            },
          ],
          thresholds: [{ from: 0.9, color: "red" }],
        },
      ],
    },
  ],
};
