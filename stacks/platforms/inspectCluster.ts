import * as pulumi from "@pulumi/pulumi";
import { isOwnedBy } from "../../components/cluster/owner";
import type { GpuNodes } from "../../components/gpu/readiness";
import type { GpuConfig } from "../../components/gpu/settings";
import type { Site } from "./definition";
import { foundRelease } from "./inspection/crdFindings";
import type { ClusterFacts } from "./inspection/facts";
import type { Finding } from "./inspection/findings";
import { gatherFacts } from "./inspection/gatherFacts";
import { kubernetesMinor, refuse } from "./inspection/inspection";
import type { Wanted } from "./inspection/wanted";
import { clusterFromKubeconfig, type ReadableCluster } from "./kubeconfigCluster";
import type { KubernetesConfigured } from "./kubernetesSettings";

/** The part of the configuration that identifies an existing cluster. */
export interface ExistingConfigured extends KubernetesConfigured {
  readonly namespace: string;
}

/** An existing cluster. The name of its context is its identity: another context moves the environment there. */
export function existingCluster({ kubernetes }: KubernetesConfigured, root: string): ReadableCluster {
  const { kubeconfig, context } = kubernetes;
  if (kubeconfig === undefined || context === undefined) {
    throw new Error("kubernetes.kubeconfig and kubernetes.context are not set");
  }
  return clusterFromKubeconfig("cluster", { file: kubeconfig, context, root, identifier: context });
}

/**
 * Inspects the cluster and logs which one it is.
 *
 * @param judgement The checks of the platform.
 * @throws Error that lists all conflicts.
 */
export async function inspectCluster(
  cluster: ReadableCluster,
  { kubernetes, namespace }: ExistingConfigured,
  istio: Site["istio"],
  wanted: Wanted,
  judgement: (facts: ClusterFacts, wanted: Wanted) => Finding[],
): Promise<void> {
  const where = `the cluster of context ${kubernetes.context} (${kubernetes.kubeconfig})`;
  const facts = await readFacts(cluster, wanted, namespace).catch((error: unknown) => {
    throw new pulumi.RunError(`${(error as Error).message}\nThis is about ${where}.`, { cause: error });
  });
  const release = [
    ...(facts.openshift === undefined ? [] : [`OpenShift ${facts.openshift.version}`]),
    `Kubernetes ${facts.kubernetes}`,
  ].join(", ");
  // Logged first, so that the reader of an error knows the cluster.
  await pulumi.log.info(`Installs into ${where}: ${release}`);
  refuse(judgement(facts, wanted), where);

  const [oldest, newest] = istio.kubernetes ?? [0, Infinity];
  const minor = kubernetesMinor(facts.kubernetes) ?? 0;
  if (minor < oldest || minor > newest) {
    await pulumi.log.warn(
      `Istio ${istio.version} is tested on Kubernetes 1.${oldest} to 1.${newest}; this cluster runs ${facts.kubernetes}`,
    );
  }
  for (const bundle of wanted.bundles.filter(({ choice }) => choice === "adopt")) {
    await pulumi.log.info(
      `Adopts ${bundle.title} ${foundRelease(facts, bundle)}: this stack neither changes nor deletes it`,
    );
  }
}

/**
 * @param namespace The namespace of the models. If this stack already owns it, GPUs are not checked again, because a node
 *   that is down must not block other changes.
 */
async function readFacts(cluster: ReadableCluster, wanted: Wanted, namespace: string): Promise<ClusterFacts> {
  const facts = await gatherFacts(await cluster.reader(), {
    crds: new Set(wanted.bundles.flatMap(({ crds }) => crds.map(({ name }) => name))),
  });
  const own = facts.namespaces[namespace];
  const isMade = own !== undefined && isOwnedBy(own, wanted.owner);
  return wanted.gpus === undefined || isMade ? facts : { ...facts, gpus: await cluster.readGpus() };
}

/** The GPU nodes of an existing cluster: at least one, of unknown type. */
export function someGpuNodes({ gpusPerNode }: Pick<GpuConfig, "gpusPerNode">): readonly GpuNodes[] {
  return [{ name: "GPU nodes", minimum: 1, ...(gpusPerNode === undefined ? {} : { perNode: gpusPerNode }) }];
}
