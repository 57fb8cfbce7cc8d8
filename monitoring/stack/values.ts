import { type ChartValues, mergeValues } from "../../components/charts/values";
import { ALERTMANAGER_VOLUME, bytesOf } from "./volumes";

/** What the values of the kube-prometheus-stack chart are made from. */
export interface StackValuesArgs {
  readonly prometheus: {
    /** Another version than the chart's, such as `v2.45.0`. */
    readonly version?: string;
    readonly scrapeIntervalSeconds: number;
    /** How long samples are kept, as Prometheus writes durations. */
    readonly retention: string;
    readonly resources: { readonly cpu: string; readonly memory: string };
  };
  readonly storage: { readonly persistent: boolean; readonly size: string; readonly className?: string };
  readonly grafana: {
    readonly anonymousViewer: boolean;
    /** Counts the administrator's passwords. */
    readonly passwordGeneration: number;
    /** Secret with user and password of the administrator, and the keys of both. */
    readonly adminSecret: { readonly name: string; readonly userKey: string; readonly passwordKey: string };
    /** Where a browser finds it, for links in alerts and log-in; the Service's address when undefined. */
    readonly url?: string;
    readonly ingress?: { readonly hostname: string; readonly className?: string; readonly tlsSecretName?: string };
  };
  readonly alertmanager: boolean;
  /** Namespace of the release. */
  readonly namespace: string;
  /** Whom Grafana asks where Prometheus is somebody else's: then nothing but Grafana is installed. */
  readonly queries?: Queries;
  /** The user's values, merged over those of the program. */
  readonly values: Readonly<ChartValues>;
}

/** A Prometheus of the cluster's own, which asks for a token. */
export interface Queries {
  /** An `https` address. */
  readonly url: string;
  /** Secret with the token, and its key. */
  readonly token: { readonly secret: string; readonly key: string };
  /** ConfigMap with the CA of its certificate, and the key. */
  readonly ca: { readonly configMap: string; readonly key: string };
}

/** Share of the volume that samples may take: the rest is the write-ahead log and room for compaction. */
const SAMPLES_SHARE = 0.85;

/** The most that samples may take on a volume of this size: `50Gi` gives `43520MiB`. */
export function retentionSize(volume: string): string {
  return `${Math.floor((bytesOf(volume) * SAMPLES_SHARE) / 2 ** 20)}MiB`;
}

/** Label of the ConfigMaps that Grafana loads dashboards from. */
export const DASHBOARD_LABEL = { grafana_dashboard: "1" } as const;

/** Annotation with the folder that a dashboard is shown in. */
export const FOLDER_ANNOTATION = "grafana_folder";

/** Annotation of Grafana's pods that changes with the administrator's password, so that new pods take it. */
const PASSWORD_ANNOTATION = "llm-d.ai/password-generation";

/** The folder of this environment's dashboards. */
export const DASHBOARD_FOLDER = "llm-d";

/** The folder of the runbooks. */
export const RUNBOOK_FOLDER = "llm-d runbooks";

function resources(cpu: string, memory: string): ChartValues {
  // Memory is limited to what is requested: it is what a node runs out of. CPU is not, it is only shared.
  return { requests: { cpu, memory }, limits: { memory } };
}

function prometheusSpec({ prometheus, storage }: StackValuesArgs): ChartValues {
  const { version, scrapeIntervalSeconds, retention } = prometheus;
  const interval = `${scrapeIntervalSeconds}s`;
  return {
    // The operator writes flags and configuration for the version that it is told, whatever the image.
    ...(version === undefined ? {} : { version, image: { tag: version } }),
    scrapeInterval: interval,
    evaluationInterval: interval,
    retention,
    retentionSize: retentionSize(storage.size),
    resources: resources(prometheus.resources.cpu, prometheus.resources.memory),
    // Everything that says what to scrape and to alert on, wherever it is, and not only what this release brings.
    ruleSelectorNilUsesHelmValues: false,
    serviceMonitorSelectorNilUsesHelmValues: false,
    podMonitorSelectorNilUsesHelmValues: false,
    probeSelectorNilUsesHelmValues: false,
    scrapeConfigSelectorNilUsesHelmValues: false,
    ...(storage.persistent ? { storageSpec: volume(storage, storage.size), ...VOLUME_RETENTION } : {}),
  };
}

/** A volume of a StatefulSet that the operator makes. */
function volume({ className }: StackValuesArgs["storage"], size: string): ChartValues {
  return {
    volumeClaimTemplate: {
      spec: {
        ...(className === undefined ? {} : { storageClassName: className }),
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: size } },
      },
    },
  };
}

/** Kubernetes keeps the volumes of a StatefulSet by default, and their disks would be paid for, for ever. */
const VOLUME_RETENTION: ChartValues = {
  persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
};

function grafanaValues({ grafana, namespace }: StackValuesArgs): ChartValues {
  const { adminSecret, ingress, url, passwordGeneration } = grafana;
  return {
    enabled: true,
    // Grafana reads the password when it starts with an empty database, which it does in each new pod.
    podAnnotations: { [PASSWORD_ANNOTATION]: String(passwordGeneration) },
    admin: { existingSecret: adminSecret.name, userKey: adminSecret.userKey, passwordKey: adminSecret.passwordKey },
    defaultDashboardsTimezone: "browser",
    testFramework: { enabled: false },
    "grafana.ini": {
      analytics: { reporting_enabled: false, check_for_updates: false, check_for_plugin_updates: false },
      users: { allow_sign_up: false },
      ...(grafana.anonymousViewer ? { "auth.anonymous": { enabled: true, org_role: "Viewer" } } : {}),
      ...(url === undefined ? {} : { server: { root_url: url } }),
    },
    // It reads the ConfigMaps of its own namespace only: a Role instead of rights on the whole cluster.
    rbac: { namespaced: true },
    sidecar: {
      dashboards: {
        enabled: true,
        label: Object.keys(DASHBOARD_LABEL)[0],
        labelValue: Object.values(DASHBOARD_LABEL)[0],
        searchNamespace: namespace,
        folderAnnotation: FOLDER_ANNOTATION,
        provider: { allowUiUpdates: false, foldersFromFilesStructure: true },
      },
      datasources: { enabled: true, searchNamespace: namespace },
      resources: resources("20m", "128Mi"),
    },
    resources: resources("100m", "512Mi"),
    ...(ingress === undefined
      ? {}
      : {
          ingress: {
            enabled: true,
            ...(ingress.className === undefined ? {} : { ingressClassName: ingress.className }),
            hosts: [ingress.hostname],
            tls:
              ingress.tlsSecretName === undefined
                ? []
                : [{ secretName: ingress.tlsSecretName, hosts: [ingress.hostname] }],
          },
        }),
  };
}

/** Where Grafana finds the CA of whom it asks. */
const CA_FOLDER = "/etc/llm-d/query-ca";

/** The variable with the token for whom it asks. */
const TOKEN_VARIABLE = "QUERY_TOKEN";

/** A Grafana that asks somebody else, with a token and by TLS; both are read by Grafana and are not in the chart's values. */
function askingValues({ url, token, ca }: Queries): ChartValues {
  const off = { enabled: false };
  return {
    prometheusOperator: off,
    prometheus: off,
    alertmanager: off,
    kubeStateMetrics: off,
    nodeExporter: off,
    kubernetesServiceMonitors: off,
    defaultRules: { create: false },
    grafana: {
      defaultDashboardsEnabled: false,
      serviceMonitor: off,
      sidecar: { datasources: { defaultDatasourceEnabled: false, alertmanager: off } },
      envValueFrom: { [TOKEN_VARIABLE]: { secretKeyRef: { name: token.secret, key: token.key } } },
      extraConfigmapMounts: [{ name: "query-ca", mountPath: CA_FOLDER, configMap: ca.configMap, readOnly: true }],
      additionalDataSources: [
        {
          name: "Prometheus",
          type: "prometheus",
          // The one that the dashboards ask.
          uid: "prometheus",
          url,
          access: "proxy",
          isDefault: true,
          // GET: whoever may read may send it.
          jsonData: { httpMethod: "GET", httpHeaderName1: "Authorization", tlsAuthWithCACert: true },
          secureJsonData: {
            httpHeaderValue1: `Bearer $${TOKEN_VARIABLE}`,
            tlsCACert: `$__file{${CA_FOLDER}/${ca.key}}`,
          },
        },
      ],
    },
  };
}

/** Values of the kube-prometheus-stack chart 88.5.3. */
export function stackValues(args: StackValuesArgs): ChartValues {
  if (args.queries !== undefined) {
    const grafana = mergeValues({ crds: { enabled: false }, grafana: grafanaValues(args) }, askingValues(args.queries));
    return mergeValues(grafana, args.values);
  }
  const { namespace } = args;
  return mergeValues(
    {
      // They are a bundle of their own, before anything of their kinds.
      crds: { enabled: false },
      prometheus: { prometheusSpec: prometheusSpec(args) },
      grafana: grafanaValues(args),
      alertmanager: {
        enabled: args.alertmanager,
        alertmanagerSpec: {
          resources: resources("20m", "128Mi"),
          // Without it a new pod would forget silences, and tell of every alert again.
          ...(args.storage.persistent
            ? { storage: volume(args.storage, ALERTMANAGER_VOLUME), ...VOLUME_RETENTION }
            : {}),
        },
      },
      prometheusOperator: {
        // Its webhook checks rules when they are made; those of this program are checked by promtool before. Without it there
        // are no jobs that make certificates, and no certificates.
        admissionWebhooks: { enabled: false },
        tls: { enabled: false },
        // The chart leaves out tokens of service accounts, and PodMonitors of endpoint pickers name one.
        secretFieldSelector: "type!=kubernetes.io/dockercfg,type!=helm.sh/release.v1",
        // The operator makes this Service and nobody removes it; here it goes with the namespace.
        kubeletService: { namespace },
        resources: resources("100m", "256Mi"),
        prometheusConfigReloader: { resources: resources("10m", "64Mi") },
      },
      kubelet: { namespace },
      "kube-state-metrics": { resources: resources("20m", "128Mi") },
      "prometheus-node-exporter": { resources: resources("20m", "64Mi") },
      // A cloud's control plane is nobody's to scrape, and alerts that it is down would never end.
      kubeControllerManager: { enabled: false },
      kubeEtcd: { enabled: false },
      kubeScheduler: { enabled: false },
      kubeProxy: { enabled: false },
      // Its Service would be in kube-system, which is not this environment's.
      coreDns: { enabled: false },
    },
    args.values,
  );
}
