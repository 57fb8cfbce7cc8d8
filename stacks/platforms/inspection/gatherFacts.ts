import { constraintsRole } from "../../../components/openshift/constraintsBinding";
import type { ReadApi } from "./apiReader";
import type { ClusterFacts, FoundCrd, FoundObject, FoundWebhook, OpenShiftFacts } from "./facts";
import type { Owned } from "../../../components/cluster/owner";

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
}

interface Listed {
  readonly metadata: Metadata;
}

interface List<T> {
  readonly items: readonly T[];
}

interface Crd extends Listed {
  readonly spec: { readonly versions: readonly { readonly name: string; readonly served: boolean }[] };
}

interface WebhookConfiguration extends Listed {
  readonly webhooks?: readonly { readonly clientConfig: { readonly service?: { readonly namespace: string } } }[];
}

interface ClusterVersion {
  readonly status?: {
    readonly desired?: { readonly version?: string };
    readonly history?: readonly { readonly state: string; readonly version: string }[];
  };
}

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const ADMISSION = "/apis/admissionregistration.k8s.io/v1";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";

/** The ClusterRole of OpenShift that allows the use of the SecurityContextConstraints `anyuid`. */
export const ANYUID_ROLE = constraintsRole("anyuid");

/** Options of `gatherFacts`. */
export interface GatherArgs {
  /** CRDs whose served versions are read, by name. */
  readonly crds: ReadonlySet<string>;
}

/**
 * Reads all facts for the inspection. Writes nothing.
 *
 * @throws Error that lists everything that could not be read
 */
export async function gatherFacts(read: ReadApi, args: GatherArgs): Promise<ClusterFacts> {
  // Read alone first, so that a cluster that does not answer is reported once.
  const version = await read<{ gitVersion: string }>("/version");
  const problems: string[] = [];
  const attempt = async <T>(result: Promise<T>, otherwise: T): Promise<T> =>
    result.catch((error: unknown) => {
      problems.push(`  - ${(error as Error).message}`);
      return otherwise;
    });
  const list = async <T extends Listed>(path: string, metadataOnly = true): Promise<readonly T[]> =>
    attempt(
      read<List<T>>(path, { metadataOnly }).then((found) => found?.items ?? []),
      [],
    );

  const [crds, namespaces, deployments, daemonSets, mutating, validating, policies, classes, openshift] =
    await Promise.all([
      readCrds(list, (path) => attempt(read<Crd>(path), undefined), args.crds),
      list("/api/v1/namespaces"),
      list("/apis/apps/v1/deployments"),
      list("/apis/apps/v1/daemonsets"),
      list<WebhookConfiguration>(`${ADMISSION}/mutatingwebhookconfigurations`, false),
      list<WebhookConfiguration>(`${ADMISSION}/validatingwebhookconfigurations`, false),
      list(`${ADMISSION}/validatingadmissionpolicies`),
      list<Listed & { readonly spec: { readonly controllerName: string } }>(
        "/apis/gateway.networking.k8s.io/v1/gatewayclasses",
        false,
      ),
      attempt(readOpenShift(read, list), undefined),
    ]);
  if (problems.length > 0) {
    throw new Error(
      [
        "The cluster cannot be inspected, so nothing is made in it:",
        ...[...new Set(problems)],
        "The user of the kubeconfig must be a cluster administrator, because the environment has CRDs and cluster roles.",
      ].join("\n"),
    );
  }
  return {
    kubernetes: version?.gitVersion ?? "",
    crds,
    namespaces: Object.fromEntries(
      namespaces
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .map((found) => [found.metadata.name, owned(found)]),
    ),
    istiods: deployments.filter(({ metadata }) => metadata.labels?.["app"] === "istiod").map(reference),
    webhooks: [...mutating, ...validating].filter(isOfIstio).map(webhook),
    gatewayClasses: classes.map(({ metadata, spec }) => ({ name: metadata.name, controller: spec.controllerName })),
    gpuOperators: deployments.filter(({ metadata }) => metadata.name === "gpu-operator").map(reference),
    devicePlugins: daemonSets.filter(({ metadata }) => /nvidia.*device-plugin/.test(metadata.name)).map(reference),
    admissionPolicies: policies.map(({ metadata }) => metadata.name),
    openshift,
  };
}

async function readCrds(
  list: (path: string) => Promise<readonly Listed[]>,
  readOne: (path: string) => Promise<Crd | undefined>,
  wanted: ReadonlySet<string>,
): Promise<readonly FoundCrd[]> {
  const found = await list(CRDS);
  return Promise.all(
    found.map(async (crd) => {
      const { name } = crd.metadata;
      const whole = wanted.has(name) ? await readOne(`${CRDS}/${name}`) : undefined;
      const served = (whole?.spec.versions ?? []).filter((version) => version.served).map((version) => version.name);
      return { ...owned(crd), name, served };
    }),
  );
}

/** Facts about OpenShift; undefined if the cluster has no ClusterVersion. */
async function readOpenShift(
  read: ReadApi,
  list: (path: string) => Promise<readonly Listed[]>,
): Promise<OpenShiftFacts | undefined> {
  const version = await read<ClusterVersion>("/apis/config.openshift.io/v1/clusterversions/version");
  if (version === undefined) return undefined;
  const [constraints, role, operators] = await Promise.all([
    read("/apis/security.openshift.io/v1/securitycontextconstraints/anyuid"),
    read(`${RBAC}/clusterroles/${ANYUID_ROLE}`),
    list("/apis/operators.coreos.com/v1alpha1/clusterserviceversions"),
  ]);
  const { history = [], desired } = version.status ?? {};
  return {
    // During an update, the cluster still runs the previous release.
    version: history.find(({ state }) => state === "Completed")?.version ?? desired?.version ?? "",
    anyuid: { constraints: constraints !== undefined, role: role !== undefined },
    operators: operators.map(reference),
  };
}

function owned({ metadata }: Listed): Owned {
  return { annotations: metadata.annotations ?? {} };
}

function reference({ metadata }: Listed): FoundObject {
  return { namespace: metadata.namespace ?? "", name: metadata.name };
}

/** The charts of all supported Istio versions set these labels on their webhooks. */
function isOfIstio({ metadata }: Listed): boolean {
  const labels = metadata.labels ?? {};
  return "istio.io/rev" in labels || "istio.io/tag" in labels || labels["app"] === "istiod";
}

function webhook({ metadata, webhooks }: WebhookConfiguration): FoundWebhook {
  const namespace = webhooks?.map(({ clientConfig }) => clientConfig.service?.namespace).find(Boolean);
  return { name: metadata.name, namespace };
}
