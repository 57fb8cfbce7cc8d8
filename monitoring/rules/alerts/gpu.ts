import type { Alert } from "../types";

/**
 * XID errors that an application causes and that say nothing about the GPU: 13 (exception in the graphics engine), 31 (page
 * fault), 43 and 45 (the process was stopped). Source: https://docs.nvidia.com/deploy/xid-errors/
 */
const APPLICATION_XIDS: readonly number[] = [13, 31, 43, 45];

const xid = "DCGM_FI_DEV_XID_ERRORS";

/** Alerts on the GPUs. */
export const GPU_ALERTS: readonly Alert[] = [
  {
    alert: "LlmdGpuXid",
    severity: "critical",
    for: "0m",
    expr: [`${xid} > 0`, ...APPLICATION_XIDS.map((number) => `${xid} != ${number}`)].join(" and "),
    summary: "GPU {{ $labels.gpu }} of {{ $labels.node }}: XID {{ $value }}",
    description:
      "The driver reports a fault of the GPU, its memory or its links. What runs on it may hang or answer nonsense.",
  },
  {
    alert: "LlmdGpuMemoryFailing",
    severity: "warning",
    for: "0m",
    expr: "DCGM_FI_DEV_ROW_REMAP_FAILURE > 0 or increase(DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS[1d]) > 0",
    summary: "GPU {{ $labels.gpu }} of {{ $labels.node }} has bad memory",
    description: "Rows of its memory failed beyond what ECC corrects. They are remapped when the GPU is next reset.",
  },
  {
    alert: "LlmdGpuNotAdvertised",
    severity: "critical",
    for: "10m",
    expr:
      "count by (node) (DCGM_FI_DEV_GPU_UTIL) > on (node) " +
      '(sum by (node) (kube_node_status_allocatable{resource="nvidia_com_gpu"}) ' +
      "or on (node) 0 * count by (node) (DCGM_FI_DEV_GPU_UTIL))",
    summary: "{{ $labels.node }} has {{ $value }} GPUs and does not offer all of them",
    description:
      "The node's device plugin advertises fewer GPUs than there are, so that no pod can ask for the others.",
  },
];
