import { PROGRAM_VOLUME, validationCommand, validationContainer } from "./inClusterPod";

/** What the Tekton objects are made from. */
export interface TektonArgs {
  /** Whole reference of the Node.js image. */
  readonly image: string;
  /** Name of the ConfigMap with program and settings. */
  readonly configMap: string;
  readonly timeoutSeconds: number;
}

/** Name of the Task and of the Pipeline. */
export const TEKTON_NAME = "cache-hit-validation";

const RESULTS = [
  { name: "hit-rate", description: "Share of the prompts' tokens that came from the prefix cache, 0 to 1" },
  { name: "ttft-improvement", description: "Share by which the median time to first token fell, 0 to 1" },
  { name: "verdict", description: "passed or failed" },
].map((result) => ({ ...result, type: "string" as const }));

/** The spec of the Task: the Job's container as a step, its results as files. */
export function taskSpec({ image, configMap }: TektonArgs) {
  const { resources, ...container } = validationContainer(image);
  return {
    description: "Drives shared prefixes and multi-turn sessions through the gateway and asks for cache hits.",
    results: RESULTS,
    volumes: [{ name: PROGRAM_VOLUME, configMap: { name: configMap } }],
    steps: [
      {
        ...container,
        computeResources: resources,
        command: validationCommand("/tekton/results"),
        // The results' files are made by Tekton's own containers, beside the read-only root.
        volumeMounts: container.volumeMounts,
      },
    ],
  };
}

/** The spec of the Pipeline, which has the Task's results as its own. */
export function pipelineSpec({ timeoutSeconds }: TektonArgs) {
  return {
    description: "Validates the environment of this namespace.",
    tasks: [{ name: "validate", taskRef: { kind: "Task", name: TEKTON_NAME }, timeout: `${timeoutSeconds}s` }],
    results: RESULTS.map(({ name, description, type }) => ({
      name,
      description,
      type,
      value: `$(tasks.validate.results.${name})`,
    })),
  };
}
