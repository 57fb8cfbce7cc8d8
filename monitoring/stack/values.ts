import { type ChartValues, mergeValues } from "../../components/charts/values";
import { ALERTMANAGER_VOLUME, bytesOf } from "./volumes";

interface IngressArgs {
  readonly hostname: string;
  readonly className?: string;
  readonly tlsSecretName?: string;
}

/** What the values of the kube-prometheus-stack chart depend on. */
export interface StackValuesArgs {
  readonly prometheus: {
    /**
     * Version, such as `v2.45.0`.
     *
     * @default the chart's
     */
    readonly version?: string;
    readonly scrapeIntervalSeconds: number;
    /** How long Prometheus keeps samples, in its notation: `7d`. */
    readonly retention: string;
    readonly resources: { readonly cpu: string; readonly memory: string };
  };
  readonly storage: { readonly persistent: boolean; readonly size: string; readonly className?: string };
  readonly grafana: {
    readonly anonymousViewer: boolean;
    /** Number of the administrator's current password. Another number makes another password. */
    readonly passwordGeneration: number;
    /** Secret with the administrator's name and password, and its keys. */
    readonly adminSecret: { readonly name: string; readonly userKey: string; readonly passwordKey: string };
    /**
     * Address for browsers, for links in alerts and for log-in.
     *
     * @default the Service's address
     */
    readonly url?: string;
    readonly ingress?: IngressArgs;
  };
  readonly alertmanager: boolean;
  /** Namespace of the release. */
  readonly namespace: string;
  /** An existing Prometheus for Grafana. With it, the chart installs Grafana only. */
  readonly queries?: Queries;
  /** The user's values, merged over the program's values. */
  readonly values: Readonly<ChartValues>;
}

/** An existing Prometheus that requires a token. */
export interface Queries {
  /** An `https` address. */
  readonly url: string;
  /** Secret with the token, and its key. */
  readonly token: { readonly secret: string; readonly key: string };
  /** ConfigMap with the CA of its certificate, and the CA's key. */
  readonly ca: { readonly configMap: string; readonly key: string };
}

/** Share of the volume for samples. The rest is for the write-ahead log and compaction. */
const SAMPLES_SHARE = 0.85;

/**
 * The largest size of all samples on a volume: `50Gi` gives `43520MiB`.
 *
 * @throws Error if the quantity has no unit.
 */
export function retentionSize(volume: string): string {
  return `${Math.floor((bytesOf(volume) * SAMPLES_SHARE) / 2 ** 20)}MiB`;
}

/** Label of the ConfigMaps with dashboards. */
export const DASHBOARD_LABEL = { grafana_dashboard: "1" } as const;

/** Annotation with the folder of a dashboard in Grafana. */
export const FOLDER_ANNOTATION = "grafana_folder";

/** Annotation of Grafana's pods. It changes with the administrator's password, so that new pods read the new one. */
const PASSWORD_ANNOTATION = "llm-d.ai/password-generation";

/** The folder of this environment's dashboards. */
export const DASHBOARD_FOLDER = "llm-d";

/** The folder of the runbooks. */
export const RUNBOOK_FOLDER = "llm-d runbooks";

const OFF: ChartValues = { enabled: false };

function resources(cpu: string, memory: string): ChartValues {
  // A node can run out of memory, so its limit is the request. CPU is only shared, so it has no limit.
  return { requests: { cpu, memory }, limits: { memory } };
}

function prometheusSpec({ prometheus, storage }: StackValuesArgs): ChartValues {
  const { version, scrapeIntervalSeconds, retention } = prometheus;
  const interval = `${scrapeIntervalSeconds}s`;
  return {
    // The operator writes flags and configuration for `version`, and does not look at the image.
    ...(version === undefined ? {} : { version, image: { tag: version } }),
    scrapeInterval: interval,
    evaluationInterval: interval,
    retention,
    retentionSize: retentionSize(storage.size),
    resources: resources(prometheus.resources.cpu, prometheus.resources.memory),
    // Select rules and monitors of every namespace, not only those of this release.
    ruleSelectorNilUsesHelmValues: false,
    serviceMonitorSelectorNilUsesHelmValues: false,
    podMonitorSelectorNilUsesHelmValues: false,
    probeSelectorNilUsesHelmValues: false,
    scrapeConfigSelectorNilUsesHelmValues: false,
    ...(storage.persistent ? { storageSpec: volume(storage, storage.size), ...VOLUME_RETENTION } : {}),
  };
}

/** A volume of a StatefulSet of the operator. */
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

/** By default Kubernetes keeps the volumes of a deleted StatefulSet, and their disks cost money. */
const VOLUME_RETENTION: ChartValues = {
  persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
};

function ingressValues({ hostname, className, tlsSecretName }: IngressArgs): ChartValues {
  return {
    enabled: true,
    ...(className !== undefined && { ingressClassName: className }),
    hosts: [hostname],
    tls: tlsSecretName === undefined ? [] : [{ secretName: tlsSecretName, hosts: [hostname] }],
  };
}

function grafanaValues({ grafana, namespace }: StackValuesArgs): ChartValues {
  const { adminSecret, ingress, url, passwordGeneration } = grafana;
  return {
    enabled: true,
    // Grafana reads the password when it starts with an empty database, as each new pod does.
    podAnnotations: { [PASSWORD_ANNOTATION]: String(passwordGeneration) },
    admin: { existingSecret: adminSecret.name, userKey: adminSecret.userKey, passwordKey: adminSecret.passwordKey },
    defaultDashboardsTimezone: "browser",
    testFramework: OFF,
    "grafana.ini": {
      analytics: { reporting_enabled: false, check_for_updates: false, check_for_plugin_updates: false },
      users: { allow_sign_up: false },
      ...(grafana.anonymousViewer ? { "auth.anonymous": { enabled: true, org_role: "Viewer" } } : {}),
      ...(url === undefined ? {} : { server: { root_url: url } }),
    },
    // The sidecar reads ConfigMaps of its own namespace only, so a Role is enough.
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
    ...(ingress && { ingress: ingressValues(ingress) }),
  };
}

/** Folder with the CA of the existing Prometheus, in Grafana's pod. */
const CA_FOLDER = "/etc/llm-d/query-ca";

/** Variable with the token for the existing Prometheus. */
const TOKEN_VARIABLE = "QUERY_TOKEN";

/** Grafana only, which queries an existing Prometheus. Grafana reads token and CA itself, so the values contain neither. */
function grafanaOnlyValues({ url, token, ca }: Queries): ChartValues {
  return {
    prometheusOperator: OFF,
    prometheus: OFF,
    alertmanager: OFF,
    kubeStateMetrics: OFF,
    nodeExporter: OFF,
    kubernetesServiceMonitors: OFF,
    defaultRules: { create: false },
    grafana: {
      defaultDashboardsEnabled: false,
      serviceMonitor: OFF,
      sidecar: { datasources: { defaultDatasourceEnabled: false, alertmanager: OFF } },
      envValueFrom: { [TOKEN_VARIABLE]: { secretKeyRef: { name: token.secret, key: token.key } } },
      extraConfigmapMounts: [{ name: "query-ca", mountPath: CA_FOLDER, configMap: ca.configMap, readOnly: true }],
      additionalDataSources: [
        {
          name: "Prometheus",
          type: "prometheus",
          // The data source that the dashboards use.
          uid: "prometheus",
          url,
          access: "proxy",
          isDefault: true,
          // The role allows reading, which is GET.
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

/** Prometheus with its operator, Alertmanager and the exporters. */
function prometheusValues(args: StackValuesArgs): ChartValues {
  const { namespace, alertmanager, storage } = args;
  return {
    prometheus: { prometheusSpec: prometheusSpec(args) },
    alertmanager: {
      enabled: alertmanager,
      alertmanagerSpec: {
        resources: resources("20m", "128Mi"),
        // Without a volume a new pod would forget silences and send every alert again.
        ...(storage.persistent ? { storage: volume(storage, ALERTMANAGER_VOLUME), ...VOLUME_RETENTION } : {}),
      },
    },
    prometheusOperator: {
      // The webhook checks rules, which promtool has already checked here. Without it, no jobs make certificates.
      admissionWebhooks: OFF,
      tls: OFF,
      // The chart's default excludes tokens of service accounts. The PodMonitor of endpoint pickers uses one.
      secretFieldSelector: "type!=kubernetes.io/dockercfg,type!=helm.sh/release.v1",
      // The operator creates this Service and never deletes it. In this namespace it is deleted with the namespace.
      kubeletService: { namespace },
      resources: resources("100m", "256Mi"),
      prometheusConfigReloader: { resources: resources("10m", "64Mi") },
    },
    kubelet: { namespace },
    "kube-state-metrics": { resources: resources("20m", "128Mi") },
    "prometheus-node-exporter": { resources: resources("20m", "64Mi") },
    // A cloud's control plane cannot be scraped, so alerts that it is down would never end.
    kubeControllerManager: OFF,
    kubeEtcd: OFF,
    kubeScheduler: OFF,
    kubeProxy: OFF,
    // Its Service would be in kube-system, which does not belong to this environment.
    coreDns: OFF,
  };
}

/** Values of the kube-prometheus-stack chart. */
export function stackValues(args: StackValuesArgs): ChartValues {
  // PrometheusCrds installs them, before every object of their kinds.
  const shared = { crds: OFF, grafana: grafanaValues(args) };
  const more = args.queries === undefined ? prometheusValues(args) : grafanaOnlyValues(args.queries);
  return mergeValues(shared, more, args.values);
}
