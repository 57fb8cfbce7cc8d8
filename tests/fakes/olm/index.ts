/** Fake of OpenShift's Operator Lifecycle Manager, and of the Node Feature Discovery operator that it installs. See README.md. */
import { isDeepStrictEqual } from "node:util";
import * as k8s from "@kubernetes/client-node";
import { simulateInstances } from "./nfdInstance";
import { catalog, type Package } from "./catalog";
import {
  type ClusterServiceVersion,
  clusterServiceVersion,
  faultPhase,
  GROUP,
  groupProblem,
  type InstallPlan,
  installPlan,
  type OlmCondition,
  type OperatorGroup,
  type Phase,
  planName,
  resolve,
  type Subscription,
  VERSION,
} from "./objects";
import { readKubeconfig } from "../../../local/kubeconfig";
import { ifExists, MERGE, type Simulator, readFaults, startSimulator } from "../../../local/simulators/simulator";

/** OLM removes it from a version once the version's Deployment is deleted. */
const FINALIZER = "operators.coreos.com/csv-cleanup";

type Plural = "subscriptions" | "installplans" | "clusterserviceversions";
type Faults = Readonly<Record<string, string>>;

/** Starts the fake. It does nothing while OLM's CRDs are not installed. */
export function simulateOlm(
  kubeconfig: string,
  log: (line: string) => void,
  packages: readonly Package[] = catalog(),
): Simulator {
  const olm = new OlmSimulator(readKubeconfig(kubeconfig), packages);
  return startSimulator("OLM", () => olm.reconcile().then(() => undefined), log);
}

class OlmSimulator {
  private readonly core: k8s.CoreV1Api;
  private readonly apps: k8s.AppsV1Api;
  private readonly custom: k8s.CustomObjectsApi;
  private readonly extensions: k8s.ApiextensionsV1Api;

  constructor(
    config: k8s.KubeConfig,
    private readonly packages: readonly Package[],
  ) {
    this.core = config.makeApiClient(k8s.CoreV1Api);
    this.apps = config.makeApiClient(k8s.AppsV1Api);
    this.custom = config.makeApiClient(k8s.CustomObjectsApi);
    this.extensions = config.makeApiClient(k8s.ApiextensionsV1Api);
  }

  /** Reads the cluster and writes what differs. */
  async reconcile(): Promise<void> {
    const subscriptions = await this.list<Subscription>("subscriptions");
    if (subscriptions === undefined) return;
    const faults = await readFaults(this.core);
    const groups = (await this.list<OperatorGroup>("operatorgroups", "v1")) ?? [];
    const versions = (await this.list<ClusterServiceVersion>("clusterserviceversions")) ?? [];
    for (const one of subscriptions) await this.subscribe(one, versions, groups);
    for (const one of (await this.list<InstallPlan>("installplans")) ?? []) await this.install(one, faults);
    const running = new Set<string>();
    for (const one of versions) {
      const phase = await this.run(one, groups, faults);
      if (phase?.phase === "Succeeded" && this.packageOf(one.metadata.name)?.name === "nfd") {
        running.add(one.metadata.namespace);
      }
    }
    await simulateInstances({ apps: this.apps, custom: this.custom }, running);
  }

  private async list<T>(plural: string, version = VERSION): Promise<readonly T[] | undefined> {
    const answer = this.custom.listCustomObjectForAllNamespaces({ group: GROUP, version, plural });
    return ((await ifExists(answer)) as { readonly items: readonly T[] } | undefined)?.items;
  }

  private packageOf(version: string): Package | undefined {
    return this.packages.find(({ name }) => version.startsWith(`${name}.`));
  }

  /** Creates a Subscription's next InstallPlan and writes its status. */
  private async subscribe(
    subscription: Subscription,
    versions: readonly ClusterServiceVersion[],
    groups: readonly OperatorGroup[],
  ): Promise<void> {
    const { metadata, status = {} } = subscription;
    const { name, namespace } = metadata;
    if (metadata.deletionTimestamp !== undefined) return;
    const here = <T extends { metadata: { namespace: string } }>(all: readonly T[]): readonly T[] =>
      all.filter((one) => one.metadata.namespace === namespace);
    const current = here(versions).find((one) => one.metadata.name === status.currentCSV);
    const settled = status.currentCSV === undefined || current?.status?.phase === "Succeeded";
    const next = resolve(subscription, this.packages, here(groups).length);
    const conditions: OlmCondition[] = [
      { type: "CatalogSourcesUnhealthy", status: "False", reason: "AllCatalogSourcesHealthy" },
    ];
    if (next !== undefined && "failure" in next) {
      await this.report("subscriptions", subscription, { conditions: [...conditions, next.failure] });
      return;
    }
    if (next === undefined || !settled) {
      if (current === undefined) return;
      const state = { installedCSV: current.metadata.name, state: "AtLatestKnown", conditions };
      await this.report("subscriptions", subscription, state);
      if (settled) await this.replace(current, here(versions));
      return;
    }
    const generation = (status.installPlanGeneration ?? 0) + 1;
    const plan = planName(name, generation);
    const of = { group: GROUP, version: VERSION, namespace };
    const body = installPlan(subscription, next.version, generation);
    if (
      (await ifExists(this.custom.getNamespacedCustomObject({ ...of, plural: "installplans", name: plan }))) ===
      undefined
    ) {
      await this.custom.createNamespacedCustomObject({ ...of, plural: "installplans", body });
    }
    await this.report("subscriptions", subscription, {
      currentCSV: next.version,
      installPlanGeneration: generation,
      installPlanRef: { apiVersion: `${GROUP}/${VERSION}`, kind: "InstallPlan", name: plan, namespace },
      state: "UpgradePending",
      conditions,
    });
  }

  /** Deletes the versions that the current one replaces. */
  private async replace(current: ClusterServiceVersion, all: readonly ClusterServiceVersion[]): Promise<void> {
    const found = this.packageOf(current.metadata.name);
    for (const { metadata } of all) {
      const { name, namespace, deletionTimestamp } = metadata;
      if (name === current.metadata.name || this.packageOf(name) !== found || deletionTimestamp !== undefined) continue;
      const of = { group: GROUP, version: VERSION, plural: "clusterserviceversions" };
      await this.custom.deleteNamespacedCustomObject({ ...of, namespace, name });
    }
  }

  /** Carries an approved plan out: CRDs first, then the version. */
  private async install(plan: InstallPlan, faults: Faults): Promise<void> {
    const { metadata, spec, status } = plan;
    const { namespace } = metadata;
    const done = { catalogSources: [] };
    if (status?.phase === "Complete" || status?.phase === "Failed") return;
    if (!spec.approved) return this.report("installplans", plan, { ...done, phase: "RequiresApproval" });
    for (const version of spec.clusterServiceVersionNames) {
      const found = this.packageOf(version);
      if (found === undefined) continue;
      const fault = faults[`plan.${found.name}`];
      if (fault !== undefined) {
        const { reason, message } = faultPhase(fault);
        const condition = { type: "Installed", status: "False", reason, message };
        return this.report("installplans", plan, { ...done, phase: "Failed", conditions: [condition] });
      }
      for (const definition of found.definitions()) {
        const name = definition.metadata?.name ?? "";
        if ((await ifExists(this.extensions.readCustomResourceDefinition({ name }))) !== undefined) continue;
        // Not with the typed API: it renames the `x-kubernetes-` keys of a schema.
        const kind = { group: "apiextensions.k8s.io", version: "v1", plural: "customresourcedefinitions" };
        await this.custom.createClusterCustomObject({ ...kind, body: definition });
      }
      const of = { group: GROUP, version: VERSION, namespace, plural: "clusterserviceversions" };
      if ((await ifExists(this.custom.getNamespacedCustomObject({ ...of, name: version }))) === undefined) {
        await this.custom.createNamespacedCustomObject({ ...of, body: clusterServiceVersion(version, found) });
      }
    }
    const condition = { type: "Installed", status: "True" };
    await this.report("installplans", plan, { ...done, phase: "Complete", conditions: [condition] });
  }

  /** Creates a version's Deployment and writes its phase. @returns undefined for a version that is being deleted */
  private async run(
    version: ClusterServiceVersion,
    groups: readonly OperatorGroup[],
    faults: Faults,
  ): Promise<Phase | undefined> {
    const { name, namespace, uid = "", finalizers = [], deletionTimestamp } = version.metadata;
    const found = this.packageOf(name);
    if (found === undefined) return undefined;
    const { deployment } = found;
    const finalize = (list: string[] | null): Promise<unknown> =>
      this.custom.patchNamespacedCustomObject(
        {
          ...{ group: GROUP, version: VERSION, plural: "clusterserviceversions", namespace, name },
          body: { metadata: { finalizers: list } },
        },
        MERGE,
      );
    if (deletionTimestamp !== undefined) {
      await ifExists(this.apps.deleteNamespacedDeployment({ namespace, name: deployment.name }));
      if (finalizers.includes(FINALIZER)) await finalize(null);
      return undefined;
    }
    if (!finalizers.includes(FINALIZER)) await finalize([FINALIZER]);
    const fault = faults[`csv.${found.name}`];
    const problem = groupProblem(
      namespace,
      groups.filter(({ metadata }) => metadata.namespace === namespace),
      found,
    );
    const phase = fault === undefined ? (problem ?? (await this.deploy(version, found, uid))) : faultPhase(fault);
    await this.report("clusterserviceversions", version, phase);
    return phase;
  }

  private async deploy({ metadata }: ClusterServiceVersion, found: Package, uid: string): Promise<Phase> {
    const { name, namespace } = metadata;
    const { name: deployment, labels } = found.deployment;
    const made = await ifExists(this.apps.readNamespacedDeployment({ namespace, name: deployment }));
    if (made === undefined) {
      const owner = { apiVersion: `${GROUP}/${VERSION}`, kind: "ClusterServiceVersion", name, uid, controller: true };
      await this.apps.createNamespacedDeployment({
        namespace,
        body: {
          metadata: {
            name: deployment,
            labels: { ...labels, "olm.owner": name },
            annotations: { "llm-d.ai/stand-in": "true" },
            ownerReferences: [owner],
          },
          spec: {
            replicas: 1,
            selector: { matchLabels: { ...labels } },
            template: {
              metadata: { labels: { ...labels } },
              spec: { containers: [{ name: deployment, image: `stand-in/${deployment}` }] },
            },
          },
        },
      });
    }
    return (made?.status?.readyReplicas ?? 0) > 0
      ? { phase: "Succeeded", reason: "InstallSucceeded", message: "install strategy completed with no errors" }
      : {
          phase: "Installing",
          reason: "InstallWaiting",
          message: `installing: waiting for deployment ${deployment} to become ready`,
        };
  }

  /** Writes a status when it differs. */
  private async report(
    plural: Plural,
    object: { readonly metadata: { readonly name: string; readonly namespace: string }; readonly status?: object },
    news: object,
  ): Promise<void> {
    const { name, namespace } = object.metadata;
    const before = (object.status ?? {}) as Readonly<Record<string, unknown>>;
    if (Object.entries(news).every(([key, value]) => isDeepStrictEqual(before[key], value))) return;
    const dated = plural === "subscriptions" ? { lastUpdated: new Date().toISOString() } : {};
    await this.custom.patchNamespacedCustomObjectStatus(
      { group: GROUP, version: VERSION, namespace, plural, name, body: { status: { ...news, ...dated } } },
      MERGE,
    );
  }
}
