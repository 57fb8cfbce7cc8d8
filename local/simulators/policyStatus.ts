import type { ClusterPolicy, PolicyCondition } from "./gpuOperands";

type Status = NonNullable<ClusterPolicy["status"]>;

/**
 * The status that the GPU Operator v26.3 gives a ClusterPolicy, with its reasons and messages. A cluster without GPU nodes
 * is `ready` too.
 *
 * @param notReady `state` of each operand that is not ready.
 * @param hasDiscovery Whether any node has a label of Node Feature Discovery.
 */
export function policyStatus(
  policy: ClusterPolicy,
  notReady: readonly string[],
  hasDiscovery: boolean,
  hasGpuNodes: boolean,
  namespace: string,
  now: Date = new Date(),
): Status & { namespace: string } {
  const condition = (type: string, holds: boolean, reason: string, message: string): PolicyCondition => {
    const status = holds ? "True" : "False";
    const before = policy.status?.conditions?.find((known) => known.type === type);
    const since = before?.status === status ? before.lastTransitionTime : now.toISOString();
    return { lastTransitionTime: since, message, reason, status, type };
  };
  if (notReady.length > 0) {
    const message = `ClusterPolicy is not ready, states not ready: [${notReady.join(" ")}]`;
    return {
      conditions: [condition("Ready", false, "Error", ""), condition("Error", true, "OperandNotReady", message)],
      namespace,
      state: "notReady",
    };
  }
  const [reason, message] = !hasDiscovery
    ? ["NFDLabelsMissing", "No NFD labels found"]
    : hasGpuNodes
      ? ["Reconciled", "ClusterPolicy is ready as all resources have been successfully reconciled"]
      : ["NoGPUNodes", "No GPU node found, watching for new nodes to join the cluster."];
  return {
    conditions: [condition("Ready", true, reason, message), condition("Error", false, "Ready", "")],
    namespace,
    state: "ready",
  };
}
