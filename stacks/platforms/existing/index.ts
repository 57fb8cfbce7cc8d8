import * as pulumi from "@pulumi/pulumi";
import { foundRelease } from "../inspection/crdFindings";
import type { ClusterFacts } from "../inspection/facts";
import type { Finding } from "../inspection/findings";
import { gatherFacts } from "../inspection/gatherFacts";
import { judge, kubernetesMinor, refuse, type Wanted } from "../inspection/inspection";
import { isOwnedBy } from "../../../components/cluster/owner";
import { kubernetesOfIstio } from "../../compatibility";
import type { EnvironmentConfig } from "../../config";
import { clusterFromKubeconfig, EXISTING_FOUNDATION, type ReadableCluster } from "../cluster";
import type { Platform } from "../platform";

/** A cluster that exists already. Its context's name is its identity: naming another one moves the environment there. */
export function existingCluster({ kubernetes }: EnvironmentConfig, root: string): ReadableCluster {
  const { kubeconfig, context } = kubernetes;
  if (kubeconfig === undefined || context === undefined) {
    throw new Error("kubernetes.kubeconfig and kubernetes.context are not set");
  }
  return clusterFromKubeconfig("cluster", { file: kubeconfig, context, root, identifier: context });
}

/** Any Kubernetes cluster that exists. */
export function existingPlatform(
  config: EnvironmentConfig,
  root: string,
): Pick<Platform, "cluster" | "inspect" | "foundation"> {
  const cluster = existingCluster(config, root);
  return {
    cluster,
    inspect: (wanted) => inspectCluster(cluster, config, wanted, judge),
    foundation: () => EXISTING_FOUNDATION,
  };
}

/**
 * Looks at the cluster, says which one it is, and refuses it for all reasons at once.
 *
 * @param judgement What the platform judges it by.
 */
export async function inspectCluster(
  cluster: ReadableCluster,
  { kubernetes, namespace, versions }: EnvironmentConfig,
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
  // Before the judgement: whoever reads that it is the wrong cluster has to see which it is.
  await pulumi.log.info(`Installs into ${where}: ${release}`);
  refuse(judgement(facts, wanted), where);

  const [oldest, newest] = kubernetesOfIstio(versions) ?? [0, Infinity];
  const minor = kubernetesMinor(facts.kubernetes) ?? 0;
  if (minor < oldest || minor > newest) {
    await pulumi.log.warn(
      `Istio ${versions.istio} is tested by its makers on Kubernetes 1.${oldest} to 1.${newest}; this cluster is ${facts.kubernetes}`,
    );
  }
  for (const bundle of wanted.bundles.filter(({ choice }) => choice === "adopt")) {
    await pulumi.log.info(
      `Adopts ${bundle.title} ${foundRelease(facts, bundle)}: neither changed nor deleted by this stack`,
    );
  }
}

/**
 * @param namespace The models'. Where it is this stack's already, GPUs are not looked at again: a node that is down for a
 *   while is no reason to refuse a change.
 */
async function readFacts(cluster: ReadableCluster, wanted: Wanted, namespace: string): Promise<ClusterFacts> {
  const facts = await gatherFacts(await cluster.reader(), {
    crds: new Set(wanted.bundles.flatMap(({ crds }) => crds.map(({ metadata }) => metadata.name))),
  });
  const own = facts.namespaces[namespace];
  const isMade = own !== undefined && isOwnedBy(own, wanted.owner);
  return wanted.gpus === undefined || isMade ? facts : { ...facts, gpus: await cluster.readGpus() };
}
