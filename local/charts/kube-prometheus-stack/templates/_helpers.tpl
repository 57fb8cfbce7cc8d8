{{/* Part of all names, by the real chart's rule: the release's name, with the chart's where it does not say it. */}}
{{- define "stack.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 26 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 26 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 26 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The subcharts' names are made from the release's. */}}
{{- define "stack.kubeStateMetrics" -}}
{{- printf "%s-kube-state-metrics" .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- define "stack.grafana" -}}
{{- printf "%s-grafana" .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "stack.nodeExporter" -}}
{{- printf "%s-prometheus-node-exporter" .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "stack.labels" -}}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.Version | quote }}
app.kubernetes.io/part-of: kube-prometheus-stack
chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
release: {{ .Release.Name | quote }}
heritage: {{ .Release.Service | quote }}
llm-d.ai/stand-in: "true"
{{- end -}}

{{- define "stack.operatorLabels" -}}
{{ include "stack.labels" . }}
app: {{ .Chart.Name }}-operator
app.kubernetes.io/name: {{ .Chart.Name }}-prometheus-operator
app.kubernetes.io/component: prometheus-operator
{{- end -}}

{{- define "stack.prometheusLabels" -}}
{{ include "stack.labels" . }}
app: {{ .Chart.Name }}-prometheus
{{- end -}}

{{- define "stack.alertmanagerLabels" -}}
{{ include "stack.labels" . }}
app: {{ .Chart.Name }}-alertmanager
{{- end -}}

{{- define "stack.nodeExporterSelector" -}}
app.kubernetes.io/name: prometheus-node-exporter
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "stack.nodeExporterLabels" -}}
{{ include "stack.nodeExporterSelector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/component: metrics
app.kubernetes.io/part-of: prometheus-node-exporter
release: {{ .Release.Name }}
llm-d.ai/stand-in: "true"
{{- end -}}

{{- define "stack.kubeStateMetricsSelector" -}}
app.kubernetes.io/name: kube-state-metrics
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "stack.kubeStateMetricsLabels" -}}
{{ include "stack.kubeStateMetricsSelector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/component: metrics
app.kubernetes.io/part-of: kube-state-metrics
app.kubernetes.io/version: "2.15.0"
release: {{ .Release.Name }}
llm-d.ai/stand-in: "true"
{{- end -}}

{{- define "stack.grafanaSelector" -}}
app.kubernetes.io/name: grafana
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "stack.grafanaLabels" -}}
{{ include "stack.grafanaSelector" . }}
llm-d.ai/stand-in: "true"
{{- end -}}

{{/* What an object selector of the Prometheus object comes to: what is set, or else the release's own objects, or all. */}}
{{- define "stack.selector" -}}
{{- if .set }}
{{- toYaml .set }}
{{- else if .own -}}
matchLabels:
  release: {{ .release | quote }}
{{- else -}}
{}
{{- end }}
{{- end -}}
