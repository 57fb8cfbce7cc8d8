/** The files of the program, as keys of its ConfigMap. */
export const PROGRAM_FILE = "validate.js";
export const SETTINGS_FILE = "settings.json";

/** Where the ConfigMap is mounted. */
export const PROGRAM_FOLDER = "/validation";

/** Name of the volume. */
export const PROGRAM_VOLUME = "program";

/** The user of the program; the image's own `node`. */
const UID = 1000;

/** The container that runs the validation: the same for the Job and for Tekton. */
export function validationContainer(image: string) {
  return {
    name: "validate",
    image,
    workingDir: "/tmp",
    resources: { requests: { cpu: "500m", memory: "256Mi" }, limits: { memory: "512Mi" } },
    volumeMounts: [{ name: PROGRAM_VOLUME, mountPath: PROGRAM_FOLDER, readOnly: true }],
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

/** The command line of the program. */
export function validationCommand(...more: readonly string[]): string[] {
  return ["node", `${PROGRAM_FOLDER}/${PROGRAM_FILE}`, `${PROGRAM_FOLDER}/${SETTINGS_FILE}`, ...more];
}

/** What the program reads of its namespace, and all that its service account may do. */
export const VALIDATION_RULES = [
  { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
  { apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], verbs: ["list"] },
  {
    apiGroups: ["inference.networking.k8s.io", "inference.networking.x-k8s.io"],
    resources: ["inferencepools"],
    verbs: ["get"],
  },
];

/** Reading the endpoint pickers' configurations, and no other ConfigMap. */
export function configMapRule(names: readonly string[]) {
  return { apiGroups: [""], resources: ["configmaps"], resourceNames: [...names], verbs: ["get"] };
}
