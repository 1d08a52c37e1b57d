{{/* Contradictions, each refused with a sentence. */}}
{{- define "endurance.checks" -}}
{{- $v := .Values -}}
{{- $shared := include "endurance.isShared" . -}}
{{- if and (eq $v.mode "gateway") (not $v.upstream.url) }}
{{- fail "mode gateway needs upstream.url, the chatbot's Service, such as http://bot.default.svc:8000" }}
{{- end }}
{{- if and (ne $v.mode "gateway") $v.upstream.url }}
{{- fail (printf "upstream.url has no meaning in mode %s; set mode: gateway, or leave it empty" $v.mode) }}
{{- end }}
{{- if and $v.store.url $v.store.existingSecret }}
{{- fail "store.url and store.existingSecret exclude each other: keep one" }}
{{- end }}
{{- if and $v.queue.url $v.queue.existingSecret }}
{{- fail "queue.url and queue.existingSecret exclude each other: keep one" }}
{{- end }}
{{- if and $v.store.url (not (regexMatch "^mongodb(\\+srv)?://" $v.store.url)) }}
{{- fail "store.url: expected mongodb://… or mongodb+srv://…; leave it empty for the embedded store" }}
{{- end }}
{{- if and $v.queue.url (not (hasPrefix "nats://" $v.queue.url)) (not (hasPrefix "tls://" $v.queue.url)) }}
{{- fail "queue.url: expected nats://… or tls://…" }}
{{- end }}
{{- if eq $v.roles "apart" }}
{{- if ne $v.mode "gateway" }}
{{- fail (printf "roles: apart is for mode gateway; mode %s has no data path to set apart" $v.mode) }}
{{- end }}
{{- if not (include "endurance.hasQueue" .) }}
{{- fail "roles: apart needs queue.url or queue.existingSecret: proxies hand exchanges to workers over NATS" }}
{{- end }}
{{- if not $shared }}
{{- fail "roles: apart needs store.url or store.existingSecret: workers and API share one MongoDB" }}
{{- end }}
{{- end }}
{{- if and (eq $v.roles "together") (not $shared) (gt (int $v.replicas) 1) }}
{{- fail (printf "replicas: the embedded store belongs to one pod; set store.url or store.existingSecret for %d" (int $v.replicas)) }}
{{- end }}
{{- if and $v.autoscaling.enabled (not $shared) }}
{{- fail "autoscaling.enabled: the embedded store belongs to one pod; set store.url or store.existingSecret" }}
{{- end }}
{{- if and $v.autoscaling.enabled (eq $v.mode "sidecar") }}
{{- fail "autoscaling.enabled: in mode sidecar the data path scales with the pods it is in" }}
{{- end }}
{{- if $v.keda.enabled }}
{{- if and $v.autoscaling.enabled (eq $v.roles "together") }}
{{- fail "keda.enabled and autoscaling.enabled would scale the same pods: keep one, or set roles: apart" }}
{{- end }}
{{- if ne $v.roles "apart" }}
{{- fail "keda.enabled scales workers: set roles: apart" }}
{{- end }}
{{- if not $v.keda.monitoringEndpoint }}
{{- fail "keda.enabled needs keda.monitoringEndpoint, NATS' monitoring port, such as nats.default.svc:8222" }}
{{- end }}
{{- end }}
{{- if and $v.auth.disabled $v.auth.existingSecret }}
{{- fail "auth.disabled and auth.existingSecret exclude each other: keep one" }}
{{- end }}
{{- if and (or $v.monitoring.serviceMonitor $v.monitoring.podMonitor) $v.auth.existingSecret (not $v.monitoring.tokenSecret) }}
{{- fail "monitoring needs monitoring.tokenSecret beside auth.existingSecret: a key of scope read under token, for the scrape" }}
{{- end }}
{{- if and $v.monitoring.serviceMonitor $v.monitoring.podMonitor }}
{{- fail "monitoring.serviceMonitor and monitoring.podMonitor would scrape the same pods twice: keep one" }}
{{- end }}
{{- if and (or $v.ingress.enabled $v.httpRoute.enabled) (ne $v.mode "gateway") }}
{{- fail (printf "ingress and httpRoute lead to the traffic port; mode %s has none" $v.mode) }}
{{- end }}
{{- if and $v.ingress.enabled (not $v.ingress.host) }}
{{- fail "ingress.enabled needs ingress.host" }}
{{- end }}
{{- if and $v.httpRoute.enabled (not $v.httpRoute.parentRefs) }}
{{- fail "httpRoute.enabled needs httpRoute.parentRefs: the Gateways it belongs to" }}
{{- end }}
{{- if and (eq $v.mode "sidecar") (eq $v.injection.kind "webhook") (not $v.injection.webhook.tlsSecret) }}
{{- fail "injection.kind webhook needs injection.webhook.tlsSecret: the API server calls it over TLS" }}
{{- end }}
{{- if and (eq $v.mode "sidecar") (eq $v.injection.kind "webhook") (not (or $v.injection.webhook.caBundle $v.injection.webhook.certManagerCertificate)) }}
{{- fail "injection.kind webhook needs injection.webhook.caBundle or injection.webhook.certManagerCertificate" }}
{{- end }}
{{- range $key, $instead := dict "upstream" "upstream.url" "store" "store.url" "queue" "queue.url" "host" "service" "port" "service.port" "admin_host" "adminService" "admin_port" "adminService.port" "probe_port" "the chart's own" "data_dir" "persistence" }}
{{- if hasKey $v.settings $key }}
{{- fail (printf "settings.%s is the chart's to set: use %s" $key $instead) }}
{{- end }}
{{- end }}
{{- if hasKey (default dict $v.settings.api) "keys" }}
{{- fail "settings.api.keys would stand in a ConfigMap: put the keys into a Secret and name it in auth.existingSecret" }}
{{- end }}
{{- end }}
