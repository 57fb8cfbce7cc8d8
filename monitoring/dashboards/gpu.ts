import type { DashboardSpec, PanelSpec, VariableSpec } from "./specs";

const NODE: VariableSpec = { name: "node", label: "Node", query: "label_values(DCGM_FI_DEV_GPU_UTIL, node)" };

const OF_NODE = 'node=~"$node"';

/** One line for each GPU. */
function byGpu(expr: (matchers: string) => string): PanelSpec["queries"] {
  return [{ expr: expr(OF_NODE), legend: "{{node}} GPU {{gpu}}" }];
}

const line = { kind: "timeseries", width: 12, min: 0 } as const;

/** The GPUs, as NVIDIA's DCGM exporter sees them. */
export const GPU: DashboardSpec = {
  name: "gpu",
  description: "How busy, full, warm and healthy the GPUs are. Needs the DCGM exporter of NVIDIA's GPU Operator.",
  variables: [NODE],
  links: ["llmPerformance", "capacity"],
  rows: [
    {
      title: "Use",
      panels: [
        {
          ...line,
          title: "Utilisation",
          description:
            "Share of time in which a GPU computed anything. Near 0 with requests waiting: look at the replica's log.",
          unit: "percent",
          max: 100,
          queries: byGpu((of) => `DCGM_FI_DEV_GPU_UTIL{${of}}`),
        },
        {
          ...line,
          title: "Tensor cores",
          description:
            "Share of cycles in which tensor cores worked. High in prefill, low in decode, which waits for memory.",
          unit: "percentunit",
          max: 1,
          queries: byGpu((of) => `DCGM_FI_PROF_PIPE_TENSOR_ACTIVE{${of}}`),
        },
        {
          ...line,
          title: "Memory in use",
          description: "vLLM takes gpuMemoryUtilization of it at its start and keeps it; a change is a restart.",
          unit: "percentunit",
          max: 1,
          queries: byGpu(
            (of) => `DCGM_FI_DEV_FB_USED{${of}} / (DCGM_FI_DEV_FB_USED{${of}} + DCGM_FI_DEV_FB_FREE{${of}})`,
          ),
          thresholds: [{ from: 0.98, color: "red" }],
        },
        {
          ...line,
          title: "Memory bandwidth",
          description:
            "Share of cycles in which memory moved data. Near 1 in decode: more requests at once will not be faster.",
          unit: "percentunit",
          max: 1,
          queries: byGpu((of) => `DCGM_FI_PROF_DRAM_ACTIVE{${of}}`),
        },
        {
          ...line,
          title: "NVLink",
          description:
            "Data between the GPUs of a node. Nothing with tensorParallel 1; with more, a GPU that lacks is broken.",
          unit: "MiBs",
          queries: byGpu((of) => `rate(DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL{${of}}[$__rate_interval])`),
        },
        {
          ...line,
          title: "Graphics engine active",
          description: "Finer than utilisation: share of time in which the engine had work.",
          unit: "percentunit",
          max: 1,
          queries: byGpu((of) => `DCGM_FI_PROF_GR_ENGINE_ACTIVE{${of}}`),
        },
      ],
    },
    {
      title: "Power and temperature",
      panels: [
        {
          ...line,
          title: "Power",
          description: "An A100-SXM4 takes up to 400 W. Far below under load: it is slowed down, see temperature.",
          unit: "watt",
          queries: byGpu((of) => `DCGM_FI_DEV_POWER_USAGE{${of}}`),
        },
        {
          ...line,
          title: "Temperature",
          description: "Above 85 °C a GPU slows down: report the node to whoever runs it.",
          unit: "celsius",
          queries: [
            { expr: `DCGM_FI_DEV_GPU_TEMP{${OF_NODE}}`, legend: "{{node}} GPU {{gpu}}" },
            { expr: `DCGM_FI_DEV_MEMORY_TEMP{${OF_NODE}}`, legend: "{{node}} GPU {{gpu}} memory" },
          ],
          thresholds: [
            { from: 80, color: "yellow" },
            { from: 85, color: "red" },
          ],
        },
      ],
    },
    {
      title: "Health",
      panels: [
        {
          ...line,
          title: "XID, the last one",
          description:
            "0 is none. 13, 31, 43 and 45 come from applications; any other is the GPU's: runbook of LlmdGpuXid.",
          width: 8,
          unit: "none",
          queries: byGpu((of) => `DCGM_FI_DEV_XID_ERRORS{${of}}`),
          thresholds: [{ from: 1, color: "red" }],
        },
        {
          ...line,
          title: "Memory rows replaced",
          description:
            "What ECC could not correct, and what it could. Uncorrectable ones: drain the node, runbook of LlmdGpuMemoryFailing.",
          width: 8,
          unit: "short",
          queries: [
            {
              expr: `DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS{${OF_NODE}}`,
              legend: "{{node}} GPU {{gpu}} uncorrectable",
            },
            { expr: `DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS{${OF_NODE}}`, legend: "{{node}} GPU {{gpu}} correctable" },
            { expr: `DCGM_FI_DEV_ROW_REMAP_FAILURE{${OF_NODE}}`, legend: "{{node}} GPU {{gpu}} failed" },
          ],
          thresholds: [{ from: 1, color: "red" }],
        },
        {
          ...line,
          title: "PCIe retries",
          description: "Should stand still. When it rises, the slot or the cable is bad.",
          width: 8,
          unit: "short",
          queries: byGpu((of) => `DCGM_FI_DEV_PCIE_REPLAY_COUNTER{${of}}`),
        },
      ],
    },
  ],
};
