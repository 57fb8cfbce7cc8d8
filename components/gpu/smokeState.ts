import type * as k8s from "@kubernetes/client-node";
import { GPU_RESOURCE } from "../naming";
import type { SmokeState } from "./smokeTest";

/** What became of a smoke test, from its Job and its pod. */
export function smokeState(job: k8s.V1Job | undefined, pod: k8s.V1Pod | undefined): SmokeState {
  const container = pod?.status?.containerStatuses?.[0];
  const output = container?.state?.terminated?.message ?? "";
  if (pod?.status?.phase === "Succeeded") return { phase: "succeeded", output };
  const failed = job?.status?.conditions?.find(({ type, status }) => type === "Failed" && status === "True");
  const waiting = container?.state?.waiting;
  const scheduled = pod?.status?.conditions?.find(({ type }) => type === "PodScheduled");
  const unschedulable = scheduled?.status === "False" ? (scheduled.message ?? scheduled.reason) : undefined;
  const said =
    waiting?.reason === undefined ? unschedulable : [waiting.reason, waiting.message].filter(Boolean).join(": ");
  if (pod?.status?.phase === "Failed") return { phase: "failed", output: output || (pod.status.message ?? "") };
  // The Job's deadline takes the pod away; what that said last is no longer there to be read.
  if (failed !== undefined) return { phase: "failed", output: said ?? failed.message ?? failed.reason ?? "" };
  const noFreeGpu = unschedulable?.includes(`Insufficient ${GPU_RESOURCE}`) ?? false;
  return { phase: "pending", noFreeGpu, ...(said === undefined ? {} : { reason: said }) };
}
