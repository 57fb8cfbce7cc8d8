import type * as pulumi from "@pulumi/pulumi";

/** The files of the program, as keys of its ConfigMap. */
export const PROGRAM_FILE = "validate.js";
export const SETTINGS_FILE = "settings.json";

/** Where the ConfigMap is mounted. */
const PROGRAM_FOLDER = "/validation";

/** User of the program: the image's own `node`. */
const UID = 1000;

/** The pod's volume with the program and its settings. */
export function programVolume(configMap: pulumi.Input<string>) {
  return { name: "program", configMap: { name: configMap } };
}

/** The container that runs the validation, the same one in the Job and in Tekton. */
export function validationContainer(image: string, ...more: readonly string[]) {
  return {
    name: "validate",
    image,
    workingDir: "/tmp",
    command: ["node", `${PROGRAM_FOLDER}/${PROGRAM_FILE}`, `${PROGRAM_FOLDER}/${SETTINGS_FILE}`, ...more],
    resources: { requests: { cpu: "500m", memory: "256Mi" }, limits: { memory: "512Mi" } },
    volumeMounts: [{ name: "program", mountPath: PROGRAM_FOLDER, readOnly: true }],
    securityContext: {
      runAsUser: UID,
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
      seccompProfile: { type: "RuntimeDefault" },
    },
  };
}

/**
 * All permissions of the program's service account: it reads objects of its namespace.
 *
 * @param configMaps The endpoint pickers' configurations. It may read no other ConfigMap.
 */
export function readPermissions(configMaps: readonly string[]) {
  return [
    { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
    { apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], verbs: ["list"] },
    {
      apiGroups: ["inference.networking.k8s.io", "inference.networking.x-k8s.io"],
      resources: ["inferencepools"],
      verbs: ["get"],
    },
    { apiGroups: [""], resources: ["configmaps"], resourceNames: [...configMaps], verbs: ["get"] },
  ];
}

const TEKTON_RESULTS = [
  { name: "hit-rate", description: "Share of the prompts' tokens that came from the prefix cache, 0 to 1" },
  { name: "ttft-improvement", description: "Share by which the median time to first token fell, 0 to 1" },
  { name: "verdict", description: "passed or failed" },
].map((result) => ({ ...result, type: "string" as const }));

/** The spec of the Tekton Task: the Job's container as a step, which writes its results as files. */
export function taskSpec(image: string, configMap: string) {
  const { resources, ...container } = validationContainer(image, "/tekton/results");
  return {
    description: "Drives shared prefixes and multi-turn sessions through the gateway and asks for cache hits.",
    results: TEKTON_RESULTS,
    volumes: [programVolume(configMap)],
    steps: [{ ...container, computeResources: resources }],
  };
}

/** The spec of the Tekton Pipeline, which returns the Task's results. */
export function pipelineSpec(task: string, timeoutSeconds: number) {
  return {
    description: "Validates the environment of this namespace.",
    tasks: [{ name: "validate", taskRef: { kind: "Task", name: task }, timeout: `${timeoutSeconds}s` }],
    results: TEKTON_RESULTS.map((result) => ({ ...result, value: `$(tasks.validate.results.${result.name})` })),
  };
}
