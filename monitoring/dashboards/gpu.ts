import { type DashboardSpec, graph, type Queries, row, type VariableSpec } from "./specs";

const NODE: VariableSpec = { name: "node", label: "Node", query: "label_values(DCGM_FI_DEV_GPU_UTIL, node)" };

const OF_NODE = 'node=~"$node"';

/** One line for each GPU. */
function byGpu(expr: string): Queries {
  return { "{{node}} GPU {{gpu}}": expr };
}

/** Use, power and health of the GPUs, by NVIDIA's DCGM exporter. */
export const GPU: DashboardSpec = {
  name: "gpu",
  description: "How busy, full, warm and healthy the GPUs are. Needs the DCGM exporter of NVIDIA's GPU Operator.",
  variables: [NODE],
  links: ["llmPerformance", "capacity"],
  rows: [
    row("Use", [
      graph("Utilisation", {
        description:
          "Share of time in which a GPU computed anything. Near 0 with requests waiting: look at the replica's log.",
        unit: "percent",
        max: 100,
        queries: byGpu(`DCGM_FI_DEV_GPU_UTIL{${OF_NODE}}`),
      }),
      graph("Tensor cores", {
        description:
          "Share of cycles in which tensor cores worked. High in prefill, low in decode, which waits for memory.",
        unit: "percentunit",
        max: 1,
        queries: byGpu(`DCGM_FI_PROF_PIPE_TENSOR_ACTIVE{${OF_NODE}}`),
      }),
      graph("Memory in use", {
        description: "vLLM takes gpuMemoryUtilization of it at its start and keeps it; a change is a restart.",
        unit: "percentunit",
        max: 1,
        queries: byGpu(
          `DCGM_FI_DEV_FB_USED{${OF_NODE}} / (DCGM_FI_DEV_FB_USED{${OF_NODE}} + DCGM_FI_DEV_FB_FREE{${OF_NODE}})`,
        ),
        thresholds: { red: 0.98 },
      }),
      graph("Memory bandwidth", {
        description:
          "Share of cycles in which memory moved data. Near 1 in decode: more requests at once will not be faster.",
        unit: "percentunit",
        max: 1,
        queries: byGpu(`DCGM_FI_PROF_DRAM_ACTIVE{${OF_NODE}}`),
      }),
      graph("NVLink", {
        description:
          "Data between the GPUs of a node. Nothing with tensorParallel 1; with more, a GPU that lacks is broken.",
        unit: "MiBs",
        queries: byGpu(`rate(DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL{${OF_NODE}}[$__rate_interval])`),
      }),
      graph("Graphics engine active", {
        description: "Finer than utilisation: share of time in which the engine had work.",
        unit: "percentunit",
        max: 1,
        queries: byGpu(`DCGM_FI_PROF_GR_ENGINE_ACTIVE{${OF_NODE}}`),
      }),
    ]),
    row("Power and temperature", [
      graph("Power", {
        description: "An A100-SXM4 takes up to 400 W. Far below under load: it is slowed down, see temperature.",
        unit: "watt",
        queries: byGpu(`DCGM_FI_DEV_POWER_USAGE{${OF_NODE}}`),
      }),
      graph("Temperature", {
        description: "Above 85 °C a GPU slows down: report the node to whoever runs it.",
        unit: "celsius",
        queries: {
          "{{node}} GPU {{gpu}}": `DCGM_FI_DEV_GPU_TEMP{${OF_NODE}}`,
          "{{node}} GPU {{gpu}} memory": `DCGM_FI_DEV_MEMORY_TEMP{${OF_NODE}}`,
        },
        thresholds: { yellow: 80, red: 85 },
      }),
    ]),
    row("Health", [
      graph("XID, the last one", {
        description:
          "0 is none. 13, 31, 43 and 45 come from applications; any other is the GPU's: runbook of LlmdGpuXid.",
        width: 8,
        unit: "none",
        queries: byGpu(`DCGM_FI_DEV_XID_ERRORS{${OF_NODE}}`),
        thresholds: { red: 1 },
      }),
      graph("Memory rows replaced", {
        description:
          "What ECC could not correct, and what it could. Uncorrectable ones: drain the node, runbook of LlmdGpuMemoryFailing.",
        width: 8,
        unit: "short",
        queries: {
          "{{node}} GPU {{gpu}} uncorrectable": `DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS{${OF_NODE}}`,
          "{{node}} GPU {{gpu}} correctable": `DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS{${OF_NODE}}`,
          "{{node}} GPU {{gpu}} failed": `DCGM_FI_DEV_ROW_REMAP_FAILURE{${OF_NODE}}`,
        },
        thresholds: { red: 1 },
      }),
      graph("PCIe retries", {
        description: "Should stand still. When it rises, the slot or the cable is bad.",
        width: 8,
        unit: "short",
        queries: byGpu(`DCGM_FI_DEV_PCIE_REPLAY_COUNTER{${OF_NODE}}`),
      }),
    ]),
  ],
};
