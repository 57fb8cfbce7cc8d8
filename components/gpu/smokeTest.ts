import type * as k8s from "@kubernetes/client-node";
import { GPU_RESOURCE } from "../naming";
import { GPU_TOLERATION } from "./gpuOperatorValues";

/** A test of one group of nodes. */
export interface SmokeTest {
  /** Name of the Job, which is deleted after the test. */
  readonly jobName: string;
  readonly namespace: string;
  /** Whole reference of an image with a shell; nvidia-smi comes from the node's driver. */
  readonly image: string;
  /** Labels of the nodes to run on. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  /**
   * Expected model of the GPU, such as `A100-SXM4-40GB`.
   *
   * @default any
   */
  readonly model?: string;
  readonly timeoutSeconds: number;
}

/** The outcome of a test's Job. */
export type SmokeState =
  | { readonly phase: "pending"; readonly reason?: string; readonly noFreeGpu: boolean }
  | { readonly phase: "succeeded" | "failed"; readonly output: string };

/**
 * The pod's script. Its output is in the termination message, which the API server has. Logs would need access to the node's kubelet.
 */
const SCRIPT = `output=$(nvidia-smi --query-gpu=name --format=csv,noheader 2>&1); code=$?
echo "$output" | tee /dev/termination-log; exit $code`;

/** How long the Job of a killed run stays, in seconds. */
const KEPT_SECONDS = 3600;

/** The Job of a test. */
export function smokeJob(test: SmokeTest) {
  const labels = { "app.kubernetes.io/name": "gpu-smoke-test", "app.kubernetes.io/part-of": "llm-d-environment" };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: test.jobName, namespace: test.namespace, labels },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: test.timeoutSeconds,
      ttlSecondsAfterFinished: KEPT_SECONDS,
      template: {
        metadata: { labels, annotations: { "sidecar.istio.io/inject": "false" } },
        spec: {
          restartPolicy: "Never",
          automountServiceAccountToken: false,
          nodeSelector: { ...test.nodeSelector },
          tolerations: [{ ...GPU_TOLERATION }],
          containers: [
            {
              name: "nvidia-smi",
              image: test.image,
              command: ["/bin/sh", "-c"],
              args: [SCRIPT],
              resources: { limits: { [GPU_RESOURCE]: "1" } },
              terminationMessagePolicy: "FallbackToLogsOnError",
              // No user is set, because OpenShift assigns one to each namespace.
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ["ALL"] },
                seccompProfile: { type: "RuntimeDefault" },
              },
            },
          ],
        },
      },
    },
  };
}

/** The outcome of a test, from its Job and its pod. */
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
  // The Job's deadline deletes the pod with its last message.
  if (failed !== undefined) return { phase: "failed", output: said ?? failed.message ?? failed.reason ?? "" };
  const noFreeGpu = unschedulable?.includes(`Insufficient ${GPU_RESOURCE}`) ?? false;
  return { phase: "pending", noFreeGpu, ...(said === undefined ? {} : { reason: said }) };
}

/** The problem in the output of nvidia-smi; undefined when it names exactly one GPU of the model. */
export function outputProblem(output: string, model: string | undefined): string | undefined {
  const names = output
    .trim()
    .split("\n")
    .filter((line) => line.trim() !== "");
  if (names.length !== 1) {
    return `nvidia-smi shows ${names.length} GPUs to a pod that asked for one: ${quoted(output)}`;
  }
  const [name = ""] = names;
  if (!/nvidia|tesla|quadro|geforce/i.test(name)) return `nvidia-smi names no GPU: ${quoted(output)}`;
  return model === undefined || isModel(name, model) ? undefined : `the GPU is ${quoted(name)}, not ${model}`;
}

/**
 * Whether a GPU's name from nvidia-smi ("NVIDIA H100 80GB HBM3") matches a model of the instance types ("H100-80GB"). The memory
 * must match only if the name contains it; the name of an H200 does not.
 */
export function isModel(name: string, model: string): boolean {
  const words = (text: string): string[] => text.toUpperCase().split(/[\s-]+/);
  const isMemory = (word: string): boolean => /^\d+GB$/.test(word);
  const named = words(name);
  return words(model).every((word) => named.includes(word) || (isMemory(word) && !named.some(isMemory)));
}

function quoted(text: string): string {
  const trimmed = text.trim();
  return JSON.stringify(trimmed.length > 300 ? `${trimmed.slice(0, 300)}...` : trimmed);
}
