{{- /* Labels of one of the two programs; by `name` it is found. */ -}}
{{- define "keda.labels" -}}
app: {{ .name }}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/part-of: keda-operator
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end -}}

{{- /* What both containers may and may not do. */ -}}
{{- define "keda.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- /* The certificate that the operator makes, where it is made and used. */ -}}
{{- define "keda.certificates" -}}
- name: certificates
  secret: { secretName: kedaorg-certs, defaultMode: 420, optional: true }
{{- end -}}
