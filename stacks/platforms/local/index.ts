import type { RuleContext } from "../../../components/capability";
import type { GpuConfig } from "../../../components/gpu/settings";
import { problem, type Problem } from "../../../settings/problems";
import type { Partially } from "../../../settings/values";
import type { PlatformDefinition, Site } from "../definition";
import { gpuNodesOfType } from "../eks/gpuNodesOfType";
import { clusterFromKubeconfig, PLAIN_KUBERNETES } from "../kubeconfigCluster";
import { kubeconfigRules, type KubernetesConfigured, kubernetesSchema } from "../kubernetesSettings";

/** The instance type that the GPU nodes of the embedded environment imitate. */
const INSTANCE_TYPE = "p4d.24xlarge";

/** The embedded environment. `make local` starts its cluster, writes its kubeconfig and sets the path. */
export const local = {
  name: "local" as const,
  facts: {
    gpuOperator: "helm",
    driverInImage: true,
    olm: true,
    monitoringMode: "stack",
    // The embedded cluster has no volumes.
    persistentStorage: false,
    routes: false,
  },
  settings: { kubernetes: kubernetesSchema.prefault({}) },
  // The embedded cluster has nothing to adopt.
  ineffective: ["kubernetes.crds"],
  rules: (config: Partially<KubernetesConfigured>, context: RuleContext): Problem[] => [
    ...kubeconfigRules(config, context),
    ...(config.kubernetes?.kubeconfig === undefined
      ? [
          problem(
            ["kubernetes", "kubeconfig"],
            "is missing on platform local; run `make local`, which starts the embedded cluster and sets it",
          ),
        ]
      : []),
  ],
  gpuNodes: ({ gpu }: { readonly gpu: GpuConfig }) => [gpuNodesOfType(gpu, INSTANCE_TYPE, "GPU nodes", 1)],
  build: async ({ kubernetes }: KubernetesConfigured, { root }: Site) => {
    const { kubeconfig, context } = kubernetes;
    if (kubeconfig === undefined) throw new Error("kubernetes.kubeconfig is not set");
    return {
      ...PLAIN_KUBERNETES,
      ...clusterFromKubeconfig("cluster", { file: kubeconfig, context, root, identifier: "embedded" }),
      inspect: () => Promise.resolve(),
    };
  },
} satisfies PlatformDefinition;
