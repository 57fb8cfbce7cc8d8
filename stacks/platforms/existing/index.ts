import type { GpuConfig } from "../../../components/gpu/settings";
import type { PlatformDefinition, Site } from "../definition";
import { existingCluster, type ExistingConfigured, inspectCluster, someGpuNodes } from "../inspectCluster";
import { judge } from "../inspection/inspection";
import { PLAIN_KUBERNETES } from "../kubeconfigCluster";
import { existingClusterRules, kubernetesSchema } from "../kubernetesSettings";

/** Any existing Kubernetes cluster. */
export const existing = {
  name: "existing" as const,
  facts: {
    gpuOperator: "preinstalled",
    driverInImage: false,
    olm: true,
    monitoringMode: "stack",
    persistentStorage: true,
    routes: false,
  },
  settings: { kubernetes: kubernetesSchema.prefault({}) },
  rules: existingClusterRules,
  gpuNodes: ({ gpu }: { readonly gpu: GpuConfig }) => someGpuNodes(gpu),
  build: async (config: ExistingConfigured, { root, istio }: Site) => {
    const cluster = existingCluster(config, root);
    return {
      ...PLAIN_KUBERNETES,
      ...cluster,
      inspect: (wanted) => inspectCluster(cluster, config, istio, wanted, judge),
    };
  },
} satisfies PlatformDefinition;
