{{- define "endurance.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "endurance.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains (include "endurance.name" .) .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "endurance.name" .) | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* Labels that never change, of one component: (list $ "proxy") */}}
{{- define "endurance.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "endurance.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "endurance.labels" -}}
{{- $root := index . 0 -}}
{{ include "endurance.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end }}

{{- define "endurance.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end }}
{{- end }}

{{- define "endurance.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ default (include "endurance.fullname" .) .Values.serviceAccount.name }}
{{- else -}}
{{ default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "endurance.isShared" -}}
{{- if or .Values.store.url .Values.store.existingSecret }}true{{ end }}
{{- end }}

{{- define "endurance.hasQueue" -}}
{{- if or .Values.queue.url .Values.queue.existingSecret }}true{{ end }}
{{- end }}

{{/* Which component answers the admin port, and which the traffic port. */}}
{{- define "endurance.adminComponent" -}}
{{- if eq .Values.roles "apart" }}api{{ else }}serve{{ end }}
{{- end }}
{{- define "endurance.trafficComponent" -}}
{{- if eq .Values.roles "apart" }}proxy{{ else }}serve{{ end }}
{{- end }}

{{- define "endurance.authSecret" -}}
{{- default (printf "%s-auth" (include "endurance.fullname" .)) .Values.auth.existingSecret }}
{{- end }}

{{- define "endurance.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "endurance.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* A value or a key of a Secret as one variable: (list "ENDURANCE_STORE" .Values.store) */}}
{{- define "endurance.secretVariable" -}}
{{- $from := index . 1 }}
{{- if $from.existingSecret }}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef:
      name: {{ $from.existingSecret }}
      key: {{ $from.key }}
{{- else if $from.url }}
- name: {{ index . 0 }}
  value: {{ $from.url | quote }}
{{- end }}
{{- end }}
