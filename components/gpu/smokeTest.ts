import { GPU_RESOURCE } from "../naming";
import { GPU_TOLERATION } from "./gpuOperatorValues";

/** A test of one group of nodes. */
export interface SmokeTest {
  /** Name of the Job; it is gone when the test is over. */
  readonly jobName: string;
  readonly namespace: string;
  /** Whole reference of an image with a shell; nvidia-smi comes from the node's driver. */
  readonly image: string;
  /** Labels of the nodes to run on. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Model that the GPU should be of, such as `A100-SXM4-40GB`; left out: any. */
  readonly model?: string;
  readonly timeoutSeconds: number;
}

/** What became of a test's Job. */
export type SmokeState =
  | { readonly phase: "pending"; readonly reason?: string; readonly noFreeGpu: boolean }
  | { readonly phase: "succeeded" | "failed"; readonly output: string };

/**
 * What the pod runs. The output goes to the termination message, which the API has: reading logs would need the node's
 * kubelet to be reached.
 */
const SCRIPT = `output=$(nvidia-smi --query-gpu=name --format=csv,noheader 2>&1); code=$?
echo "$output" | tee /dev/termination-log; exit $code`;

/** How long a Job that nobody removed stays, in seconds: that of a run that was killed. */
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
              // No user is set: OpenShift gives each namespace one of its own.
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

/** What is wrong with what nvidia-smi printed; undefined when it names exactly one GPU of the model. */
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
 * Whether a GPU's name, as nvidia-smi prints it ("NVIDIA H100 80GB HBM3"), is that of a model as instance types name it
 * ("H100-80GB"). Memory counts where the name has it: an H200 does not.
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
