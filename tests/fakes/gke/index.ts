import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CrdProvider } from "../../../components/crds/customResourceDefinition";
import * as z from "zod";
import type { GpuConfig } from "../../../components/gpu/settings";
import { choice, field, text } from "../../../settings/fields";
import { problem } from "../../../settings/problems";
import type { Partially } from "../../../settings/values";
import type { PlatformDefinition } from "../../../stacks/platforms/definition";
import { PLAIN_KUBERNETES } from "../../../stacks/platforms/kubeconfigCluster";
import {
  existingClusterRules,
  type KubernetesConfigured,
  kubernetesSchema,
} from "../../../stacks/platforms/kubernetesSettings";

const gkeSchema = field(
  z.strictObject({
    project: text(/^[a-z][a-z0-9-]{5,29}$/, "Google Cloud project.", "a project id such as llm-d-dev").optional(),
    channel: choice(["regular", "rapid"], "Release channel of the cluster.").default("regular"),
  }),
  { description: "Everything about GKE.", expected: "an object with project and channel" },
);

/** The gke section as the schema gives it. */
type GkeConfig = z.output<typeof gkeSchema>;

/**
 * A platform that the program does not have: a GKE cluster that exists, with annotations of its own for the load balancer. It is the
 * whole of what a platform needs, so it shows that a platform is one folder and one line in a list.
 */
export const gke = {
  name: "gke" as const,
  facts: {
    gpuOperator: "preinstalled",
    driverInImage: true,
    olm: false,
    monitoringMode: "stack",
    persistentStorage: true,
    routes: false,
  },
  settings: { kubernetes: kubernetesSchema.prefault({}), gke: gkeSchema.prefault({}) },
  ineffective: ["kubernetes.crds"],
  rules: (config: Partially<KubernetesConfigured & { gke: GkeConfig }>, context) => [
    ...existingClusterRules(config, context),
    ...(config.gke?.project === undefined
      ? [problem(["gke", "project"], "is missing on platform gke; write the project of the cluster")]
      : []),
  ],
  gpuNodes: ({ gpu }: { readonly gpu: GpuConfig }) => [
    { name: "GPU nodes", minimum: 1, ...(gpu.gpusPerNode === undefined ? {} : { perNode: gpu.gpusPerNode }) },
  ],
  cost: () => "nothing that is known here",
  build: async ({ gke: { project } }: { readonly gke: GkeConfig }) => ({
    ...PLAIN_KUBERNETES,
    cluster: {
      provider: new k8s.Provider("cluster", { kubeconfig: "{}" }),
      crdProvider: new CrdProvider("cluster-crds", { kubeconfig: "{}", clusterIdentifier: "gke" }),
      kubeconfig: pulumi.secret("{}"),
    },
    connect: () => Promise.reject(new Error("nothing connects in a test")),
    render: () => Promise.resolve([]),
    inspect: () => Promise.resolve(),
    gatewayService: {
      type: "LoadBalancer" as const,
      annotations: {
        "networking.gke.io/load-balancer-type": "Internal",
        "networking.gke.io/internal-load-balancer-allow-global-access": "true",
        "example.com/project": String(project),
      },
    },
  }),
} satisfies PlatformDefinition;
