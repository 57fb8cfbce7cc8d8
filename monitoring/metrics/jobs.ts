/**
 * The scrape jobs of an environment: values of the label `job`. The first three names are those of the deployment that this
 * environment follows.
 */
export const JOBS = {
  /** Pods with the annotation `prometheus.io/scrape`, without the pods of the other jobs. */
  annotatedPods: "kubernetes-pods",
  /** Model servers, on port 8000. */
  modelServers: "vllm-instances",
  /** Endpoint pickers (EPP). They ask for a token. */
  endpointPickers: "llm-d-scheduler",
  /** Envoy of the inference gateway, through Istio's agent. */
  gateway: "inference-gateway",
  /** Istio's control plane. */
  istiod: "istiod",
  /** GPUs, by NVIDIA's DCGM exporter. */
  dcgm: "dcgm-exporter",
  /** State of Kubernetes objects; comes with the monitoring stack. */
  kubeState: "kube-state-metrics",
  /** Volumes, by the kubelets; comes with the monitoring stack. */
  kubelet: "kubelet",
  /** What Prometheus itself records about its targets. */
  prometheus: "prometheus",
} as const;

/** Name of a scrape job. */
export type Job = (typeof JOBS)[keyof typeof JOBS];

/** Label that model servers and their endpoint picker share: the name of the InferencePool. */
export const POOL_LABEL = "pool";
