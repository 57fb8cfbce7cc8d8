/**
 * The scrape jobs of an environment, by what their targets' `job` label says. The first three have the names of the
 * deployment that this environment follows.
 */
export const JOBS = {
  /** Pods that ask for it by the annotation `prometheus.io/scrape`, but for those that a job of their own scrapes. */
  annotatedPods: "kubernetes-pods",
  /** Model servers, on port 8000. */
  modelServers: "vllm-instances",
  /** Endpoint pickers (EPP), whose metrics are for those with a token only. */
  endpointPickers: "llm-d-scheduler",
  /** Envoy of the inference gateway, through Istio's agent. */
  gateway: "inference-gateway",
  /** Istio's control plane. */
  istiod: "istiod",
  /** NVIDIA's DCGM exporter: the GPUs. */
  dcgm: "dcgm-exporter",
  /** State of Kubernetes objects; comes with the monitoring stack. */
  kubeState: "kube-state-metrics",
  /** Kubelets: volumes; comes with the monitoring stack. */
  kubelet: "kubelet",
  /** Prometheus' own: what it knows of its targets. */
  prometheus: "prometheus",
} as const;

/** Name of a scrape job. */
export type Job = (typeof JOBS)[keyof typeof JOBS];

/** Label that model servers and their endpoint picker share: the name of the InferencePool. */
export const POOL_LABEL = "pool";
