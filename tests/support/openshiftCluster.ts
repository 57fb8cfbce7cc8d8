import * as fs from "node:fs";
import * as path from "node:path";
import * as k8s from "@kubernetes/client-node";
import { simulateOlm } from "../fakes/olm";
import { catalog } from "../fakes/olm/catalog";
import { MERGE, type Simulator } from "../../local/simulators/simulator";
import { LANES } from "../../stacks/versions";
import { REFERENCE_CHARTS } from "./charts";
import { selfSigned } from "./certificate";
import { type Definitions, moduleDefinitions } from "./definitions";
import type { TestEnvironment } from "./environment";

/** Domain of the cluster's applications. */
export const APPS_DOMAIN = "apps.cluster.example.com";

/** OpenShift's CRDs, from its API module. */
const OPENSHIFT_DEFINITIONS = [
  "route/v1/zz_generated.crd-manifests/routes.crd.yaml",
  "security/v1/zz_generated.crd-manifests/0000_03_config-operator_01_securitycontextconstraints-Default.crd.yaml",
  "config/v1/zz_generated.crd-manifests/0000_00_cluster-version-operator_01_clusterversions-Default.crd.yaml",
];

/** OLM's CRDs that the program uses or that its objects refer to. */
const OLM_DEFINITIONS = [
  "catalogsources",
  "clusterserviceversions",
  "installplans",
  "operatorgroups",
  "subscriptions",
].map((plural) => `crds/operators.coreos.com_${plural}.yaml`);

/** The real GPU Operator's CRDs, next to the checkout. Without them, the fakes of this project are used. */
const GPU_DEFINITIONS = path.join(
  REFERENCE_CHARTS,
  `gpu-operator-${LANES["istio-1.27"].charts["gpu-operator"].version}`,
);

const CONSTRAINTS = { group: "security.openshift.io", version: "v1", plural: "securitycontextconstraints" };
const VERSIONS = { group: "config.openshift.io", version: "v1", plural: "clusterversions" };
const ROUTES = { group: "route.openshift.io", version: "v1", plural: "routes" };
const ROLE = "system:openshift:scc:anyuid";

/** The Prometheus Operator's CRDs that come with OpenShift and that the program uses. */
const MONITORING_DEFINITIONS = /^(podmonitors|prometheuses|prometheusrules)\./;

/** This annotation asks the service CA to write its certificate into a ConfigMap, under this key. */
const INJECT_CA = "service.beta.openshift.io/inject-cabundle";
const CA_KEY = "service-ca.crt";

interface Route extends k8s.KubernetesObject {
  readonly spec: {
    readonly host?: string;
    readonly to: { readonly name: string };
    readonly port?: { readonly targetPort: string };
  };
  readonly status?: { readonly ingress?: readonly { readonly host?: string }[] };
}

/**
 * Makes the embedded cluster look like OpenShift: CRDs, ClusterVersion, the SCC anyuid with its role, the CRDs of monitoring, a
 * router that admits Routes, the service CA, and the Operator Lifecycle Manager with its catalogs. It does not check pods against
 * SCCs on admission.
 */
export class OpenShiftCluster {
  private readonly objects: k8s.CustomObjectsApi;
  private readonly kubeconfigFile: string;
  /** Uids of the Services that have a certificate. */
  private readonly certified = new Set<string>();
  private stopped = false;
  private running: Promise<void> = Promise.resolve();
  private olm: Simulator | undefined;
  private readonly config: k8s.KubeConfig;

  constructor(
    { kubeconfig, state }: TestEnvironment,
    private readonly definitions: Definitions,
  ) {
    this.config = kubeconfig;
    this.kubeconfigFile = state.kubeconfig;
    this.objects = kubeconfig.makeApiClient(k8s.CustomObjectsApi);
  }

  get isStarted(): boolean {
    return this.olm !== undefined;
  }

  async start(version: string): Promise<void> {
    for (const definition of [
      ...moduleDefinitions("cluster", "github.com/openshift/api", OPENSHIFT_DEFINITIONS),
      ...moduleDefinitions("manifests", "github.com/operator-framework/api", OLM_DEFINITIONS),
      ...this.definitions
        .bundle("prometheus-operator-crds")
        .filter(({ metadata }) => MONITORING_DEFINITIONS.test(metadata?.name ?? "")),
    ]) {
      await this.definitions.define(definition);
    }
    this.olm = simulateOlm(
      this.kubeconfigFile,
      (line) => console.log(`      ${line}`),
      catalog(fs.existsSync(GPU_DEFINITIONS) ? GPU_DEFINITIONS : undefined),
    );
    await this.objects.createClusterCustomObject({
      ...VERSIONS,
      body: {
        apiVersion: "config.openshift.io/v1",
        kind: "ClusterVersion",
        metadata: { name: "version" },
        spec: { clusterID: "3f3f6f1c-0000-4000-8000-000000000000", channel: "stable" },
      },
    });
    await this.setVersion(version);
    await this.objects.createClusterCustomObject({
      ...CONSTRAINTS,
      body: {
        apiVersion: "security.openshift.io/v1",
        kind: "SecurityContextConstraints",
        metadata: { name: "anyuid" },
        ...{ allowHostDirVolumePlugin: false, allowHostIPC: false, allowHostNetwork: false, allowHostPID: false },
        ...{ allowHostPorts: false, allowPrivilegedContainer: false, readOnlyRootFilesystem: false },
        ...{ allowedCapabilities: null, defaultAddCapabilities: null, requiredDropCapabilities: ["MKNOD"] },
        ...{ priority: 10, runAsUser: { type: "RunAsAny" }, seLinuxContext: { type: "MustRunAs" } },
        volumes: ["configMap", "downwardAPI", "emptyDir", "persistentVolumeClaim", "projected", "secret"],
      },
    });
    await this.restoreRole();
    await this.createRole("nonroot-v2");
    this.running = this.route();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([this.running, this.olm?.stop()]);
  }

  /** Reports a completed installation of a release. */
  async setVersion(version: string): Promise<void> {
    const image = `quay.io/openshift-release-dev/ocp-release:${version}`;
    const time = "2026-01-01T00:00:00Z";
    const history = [{ state: "Completed", version, image, verified: true, startedTime: time, completionTime: time }];
    const found = (await this.objects.getClusterCustomObject({ ...VERSIONS, name: "version" })) as object;
    const status = {
      desired: { version, image },
      history,
      availableUpdates: null,
      observedGeneration: 1,
      versionHash: "x",
    };
    await this.objects.replaceClusterCustomObjectStatus({ ...VERSIONS, name: "version", body: { ...found, status } });
  }

  /** Deletes the role that grants the use of the SCC. */
  async loseRole(): Promise<void> {
    await this.config.makeApiClient(k8s.RbacAuthorizationV1Api).deleteClusterRole({ name: ROLE });
  }

  async restoreRole(): Promise<void> {
    await this.createRole("anyuid");
  }

  /** Creates the role that grants the use of an SCC. OpenShift has one for each. */
  private async createRole(constraints: string): Promise<void> {
    await this.config.makeApiClient(k8s.RbacAuthorizationV1Api).createClusterRole({
      body: {
        metadata: { name: `system:openshift:scc:${constraints}` },
        rules: [
          {
            apiGroups: [CONSTRAINTS.group],
            resources: [CONSTRAINTS.plural],
            resourceNames: [constraints],
            verbs: ["use"],
          },
        ],
      },
    });
  }

  /** Names of the ClusterServiceVersions in a namespace. */
  async versions(namespace: string): Promise<string[]> {
    const kind = { group: "operators.coreos.com", version: "v1alpha1", plural: "clusterserviceversions" };
    const { items } = (await this.objects.listNamespacedCustomObject({ ...kind, namespace })) as {
      items: k8s.KubernetesObject[];
    };
    return items.map(({ metadata }) => metadata?.name ?? "");
  }

  /** Whether a service account may use an SCC. OpenShift's admission asks the same. */
  async mayUse(constraints: string, namespace: string, serviceAccount: string): Promise<boolean> {
    const { status } = await this.config.makeApiClient(k8s.AuthorizationV1Api).createSubjectAccessReview({
      body: {
        spec: {
          user: `system:serviceaccount:${namespace}:${serviceAccount}`,
          resourceAttributes: {
            namespace,
            verb: "use",
            group: CONSTRAINTS.group,
            resource: CONSTRAINTS.plural,
            name: constraints,
          },
        },
      },
    });
    return status?.allowed === true;
  }

  /** The router: gives a Route a host if it has none, and admits it when the host is free and its Service exists. */
  private async route(): Promise<void> {
    while (!this.stopped) {
      const { items } = (await this.objects.listCustomObjectForAllNamespaces(ROUTES).catch(() => ({ items: [] }))) as {
        items: Route[];
      };
      for (const route of items.filter(({ status }) => status?.ingress === undefined)) {
        await this.admit(route, items).catch(() => undefined);
      }
      await this.certify().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** The service CA: writes a certificate for each Service that asks for one, and its own into annotated ConfigMaps. */
  private async certify(): Promise<void> {
    const core = this.config.makeApiClient(k8s.CoreV1Api);
    for (const { metadata, data } of (await core.listConfigMapForAllNamespaces()).items) {
      const { name = "", namespace = "", annotations } = metadata ?? {};
      if (annotations?.[INJECT_CA] !== "true" || data?.[CA_KEY] !== undefined) continue;
      const body = { data: { [CA_KEY]: selfSigned("openshift-service-serving-signer").certificate } };
      await core.patchNamespacedConfigMap({ name, namespace, body }, MERGE);
    }
    for (const { metadata } of (await core.listServiceForAllNamespaces()).items) {
      const { name = "", namespace = "", annotations, uid = "" } = metadata ?? {};
      const secret = annotations?.["service.beta.openshift.io/serving-cert-secret-name"];
      if (secret === undefined || this.certified.has(uid)) continue;
      const { certificate, privateKey } = selfSigned(`${name}.${namespace}.svc`);
      await core.createNamespacedSecret({
        namespace,
        body: {
          metadata: { name: secret, ownerReferences: [{ apiVersion: "v1", kind: "Service", name, uid }] },
          type: "kubernetes.io/tls",
          stringData: { "tls.crt": certificate, "tls.key": privateKey },
        },
      });
      this.certified.add(uid);
    }
  }

  private async admit(route: Route, all: readonly Route[]): Promise<void> {
    const { name = "", namespace = "", uid } = route.metadata ?? {};
    const host = route.spec.host ?? `${name}-${namespace}.${APPS_DOMAIN}`;
    const taken = all.some(
      (other) => other.metadata?.uid !== uid && other.status?.ingress?.some((one) => one.host === host),
    );
    const core = this.config.makeApiClient(k8s.CoreV1Api);
    // The test checks that a Route waits for its Service. A real router would answer 503.
    const { spec } = await core.readNamespacedService({ namespace, name: route.spec.to.name });
    if (spec?.ports?.some((port) => port.name === route.spec.port?.targetPort) !== true) return;
    const condition = taken
      ? { type: "Admitted", status: "False", reason: "HostAlreadyClaimed" }
      : { type: "Admitted", status: "True" };
    const ingress = [{ host, routerName: "default", conditions: [condition], wildcardPolicy: "None" }];
    await this.objects.replaceNamespacedCustomObjectStatus({
      ...ROUTES,
      namespace,
      name,
      body: { ...route, status: { ingress } },
    });
  }
}
