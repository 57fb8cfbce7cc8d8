import type * as pulumi from "@pulumi/pulumi";
import type { LayerContext } from "./context";

/** What model servers wait for. */
export interface GpuLayer {
  /** Nodes whose GPUs can be asked for. */
  readonly ready: readonly pulumi.Resource[];
}

/** What makes the GPUs of nodes known to Kubernetes, between the nodes and the model servers. */
export function gpuLayer(_context: LayerContext, gpuNodes: readonly pulumi.Resource[]): GpuLayer {
  return { ready: gpuNodes };
}
