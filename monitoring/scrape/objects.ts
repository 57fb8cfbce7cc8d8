import { JOBS, type Job, POOL_LABEL } from "../metrics/jobs";

/** A step that changes a target's labels, as the Prometheus Operator's kinds take it. */
export interface Relabeling {
  readonly action?: "replace" | "keep" | "drop" | "labeldrop";
  readonly sourceLabels?: readonly string[];
  readonly separator?: string;
  readonly regex?: string;
  readonly targetLabel?: string;
  readonly replacement?: string;
}

/** What a PodMonitor says about how its pods are scraped, as far as it is used. */
export interface PodMetricsEndpoint {
  /** Name of the container's port; left out where a relabeling says the address. */
  readonly port?: string;
  readonly path?: string;
  readonly authorization?: {
    readonly type: "Bearer";
    readonly credentials: { readonly name: string; readonly key: string };
  };
  readonly relabelings: readonly Relabeling[];
}

/** What is scraped under one job's name. */
export interface ScrapeObject {
  readonly job: Job;
  /** Name of the PodMonitor. */
  readonly name: string;
  /** Namespace of the pods. */
  readonly targetNamespace: string;
  /** A PodMonitor's spec. */
  readonly spec: {
    readonly fallbackScrapeProtocol?: "PrometheusText0.0.4";
    readonly namespaceSelector?: { readonly matchNames: readonly string[] };
    readonly selector: {
      readonly matchLabels?: Readonly<Record<string, string>>;
      readonly matchExpressions?: readonly {
        readonly key: string;
        readonly operator: "Exists" | "DoesNotExist" | "In";
        readonly values?: readonly string[];
      }[];
    };
    readonly podMetricsEndpoints: readonly PodMetricsEndpoint[];
  };
}

/** What the scrape objects are made from. */
export interface ScrapeArgs {
  /** Namespace of model servers, endpoint pickers and gateway. */
  readonly namespace: string;
  /** Namespace of istiod. */
  readonly istioNamespace: string;
  /** Namespace of the DCGM exporter; not scraped when undefined. */
  readonly gpuNamespace?: string;
  /**
   * Whether pods with annotations may leave out what their metrics are written in, as they could up to Prometheus 2: Prometheus 3
   * has to be told, and operators before 0.80 do not know the field. Not when undefined.
   */
  readonly untypedMetrics?: boolean;
  /** Secret with the token that endpoint pickers ask for, in the namespace of the PodMonitor; none when they ask for none. */
  readonly tokenSecret?: string;
}

/** Key of the token in a Secret of type `kubernetes.io/service-account-token`. */
export const TOKEN_KEY = "token";

const POD_LABEL = "__meta_kubernetes_pod_label_";
const POD_ANNOTATION = "__meta_kubernetes_pod_annotation_";

/** The job's name; without it targets would be named after the PodMonitor. */
function named(job: Job): Relabeling {
  return { targetLabel: "job", replacement: job };
}

/** A label of the pod as a label of the target; with a regular expression, what its first group matches. */
function fromPod(label: string, targetLabel: string, regex = "(.+)", replacement = "$1"): Relabeling {
  const meta = `${POD_LABEL}${label.replaceAll(/[^A-Za-z0-9_]/g, "_")}`;
  return { sourceLabels: [meta], regex, targetLabel, replacement };
}

/**
 * Everything that is scraped, as PodMonitors. Pods and not Services, because each pod is asked by itself and none of them
 * has to be ready: one that is starting or failing is what one wants to see.
 */
export function scrapeObjects(args: ScrapeArgs): readonly ScrapeObject[] {
  const { namespace, istioNamespace, gpuNamespace, untypedMetrics, tokenSecret } = args;
  return [
    {
      job: JOBS.modelServers,
      name: "llm-d-model-servers",
      targetNamespace: namespace,
      spec: {
        selector: { matchLabels: { "llm-d.ai/inference-serving": "true" } },
        podMetricsEndpoints: [
          {
            port: "http",
            path: "/metrics",
            relabelings: [
              named(JOBS.modelServers),
              // Model server and endpoint picker of a model get the same label: `ms-qwen` is served by `llm-d-gaie-qwen`.
              fromPod("llm-d.ai/model", POOL_LABEL, "ms(.*)", "llm-d-gaie$1"),
              { sourceLabels: ["__meta_kubernetes_pod_node_name"], targetLabel: "node" },
            ],
          },
        ],
      },
    },
    {
      job: JOBS.endpointPickers,
      name: "llm-d-endpoint-pickers",
      targetNamespace: namespace,
      spec: {
        selector: { matchExpressions: [{ key: "inferencepool", operator: "Exists" }] },
        podMetricsEndpoints: [
          {
            port: "metrics",
            path: "/metrics",
            ...(tokenSecret === undefined
              ? {}
              : { authorization: { type: "Bearer", credentials: { name: tokenSecret, key: TOKEN_KEY } } }),
            relabelings: [named(JOBS.endpointPickers), fromPod("inferencepool", POOL_LABEL, "(.+)-epp")],
          },
        ],
      },
    },
    {
      job: JOBS.gateway,
      name: "llm-d-inference-gateway",
      targetNamespace: namespace,
      spec: {
        selector: { matchExpressions: [{ key: "gateway.networking.k8s.io/gateway-name", operator: "Exists" }] },
        podMetricsEndpoints: [
          {
            port: "metrics",
            path: "/stats/prometheus",
            relabelings: [named(JOBS.gateway), fromPod("gateway.networking.k8s.io/gateway-name", "gateway")],
          },
        ],
      },
    },
    {
      job: JOBS.istiod,
      name: "llm-d-istiod",
      targetNamespace: istioNamespace,
      spec: {
        selector: { matchLabels: { app: "istiod" } },
        podMetricsEndpoints: [{ port: "http-monitoring", path: "/metrics", relabelings: [named(JOBS.istiod)] }],
      },
    },
    {
      job: JOBS.annotatedPods,
      name: "llm-d-annotated-pods",
      targetNamespace: namespace,
      spec: {
        ...(untypedMetrics === true ? { fallbackScrapeProtocol: "PrometheusText0.0.4" } : {}),
        // Those that a job of their own scrapes would otherwise be counted twice; a gateway's pods have the annotation.
        selector: {
          matchExpressions: [
            "llm-d.ai/inference-serving",
            "inferencepool",
            "gateway.networking.k8s.io/gateway-name",
          ].map((key) => ({ key, operator: "DoesNotExist" as const })),
        },
        podMetricsEndpoints: [{ relabelings: annotatedPods() }],
      },
    },
    ...(gpuNamespace === undefined ? [] : [dcgmExporter(gpuNamespace)]),
  ];
}

function dcgmExporter(targetNamespace: string): ScrapeObject {
  return {
    job: JOBS.dcgm,
    name: "llm-d-dcgm-exporter",
    targetNamespace,
    spec: {
      selector: { matchLabels: { app: "nvidia-dcgm-exporter" } },
      podMetricsEndpoints: [
        {
          port: "metrics",
          path: "/metrics",
          relabelings: [named(JOBS.dcgm), { sourceLabels: ["__meta_kubernetes_pod_node_name"], targetLabel: "node" }],
        },
      ],
    },
  };
}

/** The annotations `prometheus.io/scrape`, `/port`, `/path` and `/scheme`, with the meaning that they have everywhere. */
function annotatedPods(): readonly Relabeling[] {
  const annotation = (name: string): string => `${POD_ANNOTATION}prometheus_io_${name}`;
  return [
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
    // Without a container every port of every container would be a target of its own, all with the same address.
    { targetLabel: "container", replacement: "" },
    { targetLabel: "endpoint", replacement: "" },
  ];
}
