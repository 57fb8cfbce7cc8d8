/** Versions of the monitoring stack. */
export interface MonitoringVersions {
  readonly kubePrometheusStack: string;
  readonly prometheusOperator: string;
}

/** The chart of Prometheus and Grafana, and the CRDs of the Prometheus Operator that the chart is made for. */
export function monitoringPins({ kubePrometheusStack, prometheusOperator }: MonitoringVersions) {
  const release = `https://github.com/prometheus-operator/prometheus-operator/releases/download/${prometheusOperator}`;
  return {
    charts: {
      "kube-prometheus-stack": {
        name: "kube-prometheus-stack",
        repository: "https://prometheus-community.github.io/helm-charts",
        version: kubePrometheusStack,
      },
    },
    crds: {
      "prometheus-operator-crds": { version: prometheusOperator, url: `${release}/stripped-down-crds.yaml` },
    },
  };
}
