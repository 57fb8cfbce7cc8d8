{{/* What every object is named after. */}}
{{- define "standin.fullname" -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 55 | trimSuffix "-" -}}
{{- end -}}

{{/* Labels of the objects themselves. */}}
{{- define "standin.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{/* Labels of the pods, and the Deployment's selector. */}}
{{- define "standin.podLabels" -}}
{{ toYaml .Values.modelArtifacts.labels }}
llm-d.ai/role: decode
{{- end -}}

{{/* hf, pvc or pvc+hf. */}}
{{- define "standin.scheme" -}}
{{- (split "://" .Values.modelArtifacts.uri)._0 -}}
{{- end -}}

{{/* What `vllm serve` is told to serve. */}}
{{- define "standin.model" -}}
{{- $scheme := include "standin.scheme" . -}}
{{- $parts := splitList "/" (split "://" .Values.modelArtifacts.uri)._1 -}}
{{- if eq $scheme "pvc" -}}
{{ .Values.modelArtifacts.mountPath }}/{{ rest $parts | join "/" }}
{{- else if eq $scheme "pvc+hf" -}}
{{ rest $parts | reverse | first | printf "%s/%s" (rest $parts | reverse | rest | first) }}
{{- else -}}
{{ join "/" $parts }}
{{- end -}}
{{- end -}}

{{/* Where Hugging Face's libraries keep what they download. */}}
{{- define "standin.cacheEnv" -}}
{{- $scheme := include "standin.scheme" . -}}
{{- if eq $scheme "hf" }}
- name: HF_HOME
  value: {{ .Values.modelArtifacts.mountPath }}
{{- else if eq $scheme "pvc+hf" }}
{{- $folders := initial (initial (rest (splitList "/" (split "://" .Values.modelArtifacts.uri)._1))) }}
- name: HF_HUB_CACHE
  value: /model-cache/{{ join "/" $folders }}
{{- end }}
{{- end -}}
