import { JOBS, type Job, POOL_LABEL } from "../metrics/jobs";

/** A step that changes a target's labels, in the Prometheus Operator's form. */
export interface Relabeling {
  readonly action?: "replace" | "keep" | "drop";
  readonly sourceLabels?: readonly string[];
  readonly separator?: string;
  readonly regex?: string;
  readonly targetLabel?: string;
  readonly replacement?: string;
}

/** How a PodMonitor scrapes its pods: the fields that this program uses. */
interface PodMetricsEndpoint {
  /** Name of the container's port; left out where a relabeling sets the address. */
  readonly port?: string;
  readonly path?: string;
  readonly authorization?: {
    readonly type: "Bearer";
    readonly credentials: { readonly name: string; readonly key: string };
  };
  readonly relabelings: readonly Relabeling[];
}

interface PodSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: "Exists" | "DoesNotExist" }[];
}

/** The targets of one job. */
export interface ScrapeObject {
  readonly job: Job;
  /** Name of the PodMonitor. */
  readonly name: string;
  /** Namespace of the pods. */
  readonly targetNamespace: string;
  /** A PodMonitor's spec. */
  readonly spec: {
    readonly fallbackScrapeProtocol?: "PrometheusText0.0.4";
    readonly selector: PodSelector;
    readonly podMetricsEndpoints: readonly PodMetricsEndpoint[];
  };
}

/** What the scrape objects depend on. */
export interface ScrapeArgs {
  /** Namespace of model servers, endpoint pickers and gateway. */
  readonly namespace: string;
  /** Namespace of istiod. */
  readonly istioNamespace: string;
  /**
   * Namespace of the DCGM exporter.
   *
   * @default the GPUs are not scraped
   */
  readonly gpuNamespace?: string;
  /**
   * Whether pods with annotations may leave out the content type of their metrics. Prometheus 2 allowed that, Prometheus 3
   * needs this field for it, and operators before 0.80 do not know the field.
   *
   * @default false
   */
  readonly untypedMetrics?: boolean;
  /**
   * Secret with the token for endpoint pickers, in the namespace of the PodMonitor.
   *
   * @default no token is sent
   */
  readonly tokenSecret?: string;
}

/** Key of the token in a Secret of type `kubernetes.io/service-account-token`. */
export const TOKEN_KEY = "token";

const POD_LABEL = "__meta_kubernetes_pod_label_";
const POD_ANNOTATION = "__meta_kubernetes_pod_annotation_";

const MODEL_SERVER_LABEL = "llm-d.ai/inference-serving";
const ENDPOINT_PICKER_LABEL = "inferencepool";
const GATEWAY_LABEL = "gateway.networking.k8s.io/gateway-name";

/** The job's name; without it the operator names the job after the PodMonitor. */
function named(job: Job): Relabeling {
  return { targetLabel: "job", replacement: job };
}

/** Copies a label of the pod to the target: the first group of the regular expression. */
function fromPod(label: string, targetLabel: string, regex = "(.+)", replacement = "$1"): Relabeling {
  const meta = `${POD_LABEL}${label.replaceAll(/[^A-Za-z0-9_]/g, "_")}`;
  return { sourceLabels: [meta], regex, targetLabel, replacement };
}

const FROM_NODE: Relabeling = { sourceLabels: ["__meta_kubernetes_pod_node_name"], targetLabel: "node" };

/** How the pods of a job are selected and scraped. */
interface Pods extends Partial<PodMetricsEndpoint> {
  readonly namespace: string;
  readonly selector: PodSelector;
}

/** The PodMonitor of one job. The first relabeling sets the job's name. */
function podMonitor(
  job: Job,
  name: string,
  { namespace, selector, relabelings = [], ...endpoint }: Pods,
): ScrapeObject {
  const podMetricsEndpoints = [{ path: "/metrics", ...endpoint, relabelings: [named(job), ...relabelings] }];
  return { job, name, targetNamespace: namespace, spec: { selector, podMetricsEndpoints } };
}

/** Selects pods that have a label, whatever its value. */
function withLabel(key: string): PodSelector {
  return { matchExpressions: [{ key, operator: "Exists" }] };
}

/**
 * Everything that is scraped, as PodMonitors. They select pods, not Services: each pod is a target, and a pod that is not
 * ready is one too, because starting and failing pods are the interesting ones.
 */
export function scrapeObjects(args: ScrapeArgs): readonly ScrapeObject[] {
  const { namespace, istioNamespace, gpuNamespace, untypedMetrics, tokenSecret } = args;
  return [
    podMonitor(JOBS.modelServers, "llm-d-model-servers", {
      namespace,
      selector: { matchLabels: { [MODEL_SERVER_LABEL]: "true" } },
      port: "http",
      // A model's server and endpoint picker get the same label: `llm-d-gaie-qwen` serves `ms-qwen`.
      relabelings: [fromPod("llm-d.ai/model", POOL_LABEL, "ms(.*)", "llm-d-gaie$1"), FROM_NODE],
    }),
    podMonitor(JOBS.endpointPickers, "llm-d-endpoint-pickers", {
      namespace,
      selector: withLabel(ENDPOINT_PICKER_LABEL),
      port: "metrics",
      authorization:
        tokenSecret === undefined ? undefined : { type: "Bearer", credentials: { name: tokenSecret, key: TOKEN_KEY } },
      relabelings: [fromPod(ENDPOINT_PICKER_LABEL, POOL_LABEL, "(.+)-epp")],
    }),
    podMonitor(JOBS.gateway, "llm-d-inference-gateway", {
      namespace,
      selector: withLabel(GATEWAY_LABEL),
      port: "metrics",
      path: "/stats/prometheus",
      relabelings: [fromPod(GATEWAY_LABEL, "gateway")],
    }),
    podMonitor(JOBS.istiod, "llm-d-istiod", {
      namespace: istioNamespace,
      selector: { matchLabels: { app: "istiod" } },
      port: "http-monitoring",
    }),
    annotatedPods(namespace, untypedMetrics === true),
    ...(gpuNamespace === undefined ? [] : [dcgmExporter(gpuNamespace)]),
  ];
}

function dcgmExporter(namespace: string): ScrapeObject {
  return podMonitor(JOBS.dcgm, "llm-d-dcgm-exporter", {
    namespace,
    selector: { matchLabels: { app: "nvidia-dcgm-exporter" } },
    port: "metrics",
    relabelings: [FROM_NODE],
  });
}

/** Pods with the annotations `prometheus.io/scrape`, `/port`, `/path` and `/scheme`, in their usual meaning. */
function annotatedPods(namespace: string, untypedMetrics: boolean): ScrapeObject {
  const annotation = (name: string): string => `${POD_ANNOTATION}prometheus_io_${name}`;
  // Pods of the other jobs would be counted twice; the gateway's pods have the annotation.
  const others = [MODEL_SERVER_LABEL, ENDPOINT_PICKER_LABEL, GATEWAY_LABEL];
  return {
    job: JOBS.annotatedPods,
    name: "llm-d-annotated-pods",
    targetNamespace: namespace,
    spec: {
      ...(untypedMetrics && { fallbackScrapeProtocol: "PrometheusText0.0.4" }),
      selector: { matchExpressions: others.map((key) => ({ key, operator: "DoesNotExist" })) },
      podMetricsEndpoints: [
        {
          relabelings: [
            { action: "keep", sourceLabels: [annotation("scrape")], regex: "true" },
            named(JOBS.annotatedPods),
            { sourceLabels: [annotation("scheme")], regex: "(https?)", targetLabel: "__scheme__" },
            { sourceLabels: [annotation("path")], regex: "(.+)", targetLabel: "__metrics_path__" },
            {
              sourceLabels: ["__meta_kubernetes_pod_ip", annotation("port")],
              separator: ";",
              regex: "([^;]+);(\\d+)",
              targetLabel: "__address__",
              replacement: "$1:$2",
            },
            // Otherwise every port of every container would be a target, and all would have the same address.
            { targetLabel: "container", replacement: "" },
            { targetLabel: "endpoint", replacement: "" },
          ],
        },
      ],
    },
  };
}
