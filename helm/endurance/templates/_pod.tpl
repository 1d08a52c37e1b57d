{{/*
The pod of one component: (dict "root" $ "component" "serve" "command" "serve" "replicas" 1 "resources" … "isProxy" true
"isAdmin" true "hasVolume" false "volumeSize" "1Gi"). `isProxy`: it has the traffic port and answers probes itself;
`isAdmin`: it has the admin port.
*/}}
{{- define "endurance.pod" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
metadata:
  labels:
    {{- include "endurance.labels" (list $root .component) | nindent 4 }}
    {{- with $values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    checksum/settings: {{ include "endurance.settings" $root | sha256sum }}
    {{- with $values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "endurance.serviceAccount" $root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
  securityContext:
    {{- include "endurance.podSecurity" $root | nindent 4 }}
  {{- with $values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  {{- with $values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "endurance.selector" (list $root .component) | nindent 10 }}
  containers:
    - name: endurance
      image: {{ include "endurance.image" $root }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      args: [{{ .command }}]
      ports:
        {{- if .isProxy }}
        - {name: http, containerPort: 8080, protocol: TCP}
        - {name: probe, containerPort: 8082, protocol: TCP}
        {{- end }}
        {{- if .isAdmin }}
        - {name: admin, containerPort: 8081, protocol: TCP}
        {{- end }}
      env:
        {{- include "endurance.environment" . | nindent 8 }}
      {{- with $values.extraEnvFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- include "endurance.probes" . | nindent 6 }}
      {{- if .isProxy }}
      lifecycle:
        preStop:
          # Endpoints forget the pod first; then SIGTERM ends it as open streams and the queue on disk allow.
          sleep:
            seconds: 5
      {{- end }}
      resources:
        {{- toYaml .resources | nindent 8 }}
      securityContext:
        {{- include "endurance.containerSecurity" $root | nindent 8 }}
      volumeMounts:
        - {name: data, mountPath: /data}
        - {name: settings, mountPath: /etc/endurance, readOnly: true}
        {{- with $values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: settings
      configMap:
        name: {{ include "endurance.fullname" $root }}-settings
    {{- if not .hasVolume }}
    - name: data
      emptyDir:
        sizeLimit: {{ $values.persistence.ephemeralLimit }}
    {{- end }}
    {{- with $values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{- define "endurance.environment" -}}
{{- $values := .root.Values -}}
- {name: ENDURANCE_CONFIG, value: /etc/endurance/endurance.yaml}
- {name: ENDURANCE_DATA_DIR, value: /data}
{{- if .isProxy }}
- {name: ENDURANCE_HOST, value: 0.0.0.0}
- {name: ENDURANCE_PORT, value: "8080"}
- {name: ENDURANCE_PROBE_PORT, value: "8082"}
- {name: ENDURANCE_UPSTREAM, value: {{ $values.upstream.url | quote }}}
{{- end }}
{{- if .isAdmin }}
- {name: ENDURANCE_ADMIN_HOST, value: 0.0.0.0}
- {name: ENDURANCE_ADMIN_PORT, value: "8081"}
{{- if $values.auth.disabled }}
- {name: ENDURANCE_API_AUTH, value: "off"}
{{- else }}
- name: ENDURANCE_API_KEYS
  valueFrom:
    secretKeyRef:
      name: {{ include "endurance.authSecret" .root }}
      key: {{ $values.auth.key }}
{{- end }}
{{- end }}
{{- if ne .component "proxy" }}
{{- include "endurance.secretVariable" (list "ENDURANCE_STORE" $values.store) }}
{{- end }}
{{- include "endurance.secretVariable" (list "ENDURANCE_QUEUE" $values.queue) }}
{{- with $values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The proxy answers for itself: neither a slow bot nor a store that is away restarts it. */}}
{{- define "endurance.probes" -}}
{{- $port := ternary "probe" "admin" .isProxy -}}
startupProbe:
  httpGet: {path: /ready, port: {{ $port }}}
  periodSeconds: 1
  failureThreshold: 60
readinessProbe:
  httpGet: {path: /ready, port: {{ $port }}}
  periodSeconds: 5
livenessProbe:
  httpGet: {path: /health, port: {{ $port }}}
  periodSeconds: 10
  failureThreshold: 6
{{- end }}

{{/* A volume for every pod: (dict "root" $ "volumeSize" "1Gi") */}}
{{- define "endurance.volumeClaims" -}}
{{- $persistence := .root.Values.persistence -}}
volumeClaimTemplates:
  - metadata:
      name: data
    spec:
      accessModes:
        {{- toYaml $persistence.accessModes | nindent 8 }}
      {{- if eq $persistence.storageClass "-" }}
      storageClassName: ""
      {{- else if $persistence.storageClass }}
      storageClassName: {{ $persistence.storageClass }}
      {{- end }}
      resources:
        requests:
          storage: {{ .volumeSize }}
{{- end }}

{{/* A Deployment, or a StatefulSet where the pods keep a volume: the pod's dict and "replicas". */}}
{{- define "endurance.workload" -}}
{{- $root := .root -}}
apiVersion: apps/v1
kind: {{ ternary "StatefulSet" "Deployment" .hasVolume }}
metadata:
  name: {{ include "endurance.fullname" $root }}{{ if ne .component "serve" }}-{{ .component }}{{ end }}
  labels:
    {{- include "endurance.labels" (list $root .component) | nindent 4 }}
spec:
  {{- if not .isScaled }}
  replicas: {{ .replicas }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "endurance.selector" (list $root .component) | nindent 6 }}
  {{- if .hasVolume }}
  serviceName: {{ include "endurance.fullname" $root }}-{{ .component }}-pods
  podManagementPolicy: Parallel
  {{- end }}
  template:
    {{- include "endurance.pod" . | nindent 4 }}
  {{- if .hasVolume }}
  {{- include "endurance.volumeClaims" . | nindent 2 }}
  {{- end }}
{{- end }}
