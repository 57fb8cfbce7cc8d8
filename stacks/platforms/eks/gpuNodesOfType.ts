import type { GpuNodes } from "../../../components/gpu/readiness";
import type { GpuConfig } from "../../../components/gpu/settings";
import { INSTANCE_TYPES, type InstanceTypeName } from "./instanceTypes";
import { NODE_GROUP_LABEL } from "./resources/nodeTemplate";

/** GPU nodes of an instance type, and the number of GPUs that each must advertise. */
export function gpuNodesOfType(gpu: GpuConfig, type: InstanceTypeName, name: string, minimum: number): GpuNodes {
  const { gpus, gpuModel: model } = INSTANCE_TYPES[type];
  const perNode = gpu.gpusPerNode ?? gpus * (gpu.timeSlicing?.replicas ?? 1);
  const selector = { [NODE_GROUP_LABEL]: "gpu" };
  // With mixed MIG, a label of the node defines its slices.
  return { name, selector, minimum, model, ...(gpu.mig.strategy === "mixed" ? {} : { perNode }) };
}
