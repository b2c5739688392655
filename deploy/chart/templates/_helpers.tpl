{{/* The name of what belongs to a process: (list $ "catalog"). */}}
{{- define "attesta.name" -}}
{{ (index . 0).Release.Name }}-{{ index . 1 }}
{{- end }}

{{/* By what a process' pods are chosen. */}}
{{- define "attesta.selector" -}}
app.kubernetes.io/name: attesta
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "attesta.labels" -}}
{{ include "attesta.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: attesta-{{ (index . 0).Chart.Version }}
{{- end }}

{{- define "attesta.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{/* Whether a variable is for a service's processes: (list "ATTESTA_..." "catalog"); "" stands for all services. */}}
{{- define "attesta.is-for" -}}
{{- $owner := regexFind "^(ATTESTA_CATALOG|ATTESTA_APPLICATIONS|ATTESTA_CERTIFICATES|AWS)_" (index . 0) -}}
{{- $service := index . 1 -}}
{{- if or (not $owner) (not $service) (eq $owner (printf "ATTESTA_%s_" (upper $service))) (and (eq $owner "AWS_") (eq $service "applications")) }}true{{ end }}
{{- end }}

{{/* The settings, with what the operators' resources are reached by. */}}
{{- define "attesta.settings" -}}
{{- $settings := dict "ATTESTA_HEALTH_HOST" "0.0.0.0" "ATTESTA_SHUTDOWN_SECONDS" .Values.stopping.shutdownSeconds -}}
{{- /* Who asks is the gateway's word: the network policy lets nobody else in but monitoring. */ -}}
{{- if .Values.network.policies -}}
{{- $_ := set $settings "FORWARDED_ALLOW_IPS" "*" -}}
{{- end -}}
{{- if .Values.kafka.operator -}}
{{- $_ := set $settings "ATTESTA_KAFKA_BOOTSTRAP_SERVERS" (printf "%s-kafka-kafka-bootstrap:9093" .Release.Name) -}}
{{- $_ := set $settings "ATTESTA_KAFKA_REPLICATION_FACTOR" .Values.kafka.replicas -}}
{{- end -}}
{{- if .Values.documents.volume -}}
{{- $_ := set $settings "ATTESTA_APPLICATIONS_DOCUMENTS_URL" "file:///documents/" -}}
{{- end -}}
{{ toYaml (mergeOverwrite $settings (deepCopy .Values.settings)) }}
{{- end }}

{{- define "attesta.secrets" -}}
{{- $secrets := dict -}}
{{- if .Values.postgres.operator -}}
{{- range $service := list "catalog" "applications" "certificates" -}}
{{- $reference := dict "name" (printf "%s-%s-database-app" $.Release.Name $service) "key" "uri" -}}
{{- $_ := set $secrets (printf "ATTESTA_%s_DATABASE_URL" (upper $service)) $reference -}}
{{- end -}}
{{- end -}}
{{ toYaml (mergeOverwrite $secrets (deepCopy .Values.secrets)) }}
{{- end }}

{{/* The environment of a service's processes: (list $ "catalog"); "" stands for all services. */}}
{{- define "attesta.environment" -}}
{{- $root := index . 0 -}}
{{- $service := index . 1 -}}
{{- range $name, $value := include "attesta.settings" $root | fromYaml }}
{{- if include "attesta.is-for" (list $name $service) }}
{{- /* Helm reads every number as a fraction, and would write a million as 1e+06. */}}
{{- if and (kindIs "float64" $value) (eq $value (floor $value)) }}{{ $value = int64 $value }}{{ end }}
- {name: {{ $name }}, value: {{ $value | toString | quote }}}
{{- end }}
{{- end }}
{{- range $name, $reference := include "attesta.secrets" $root | fromYaml }}
{{- if include "attesta.is-for" (list $name $service) }}
- name: {{ $name }}
  valueFrom: {secretKeyRef: {name: {{ $reference.name }}, key: {{ $reference.key }}}}
{{- end }}
{{- end }}
{{- end }}

{{/* How workers sign in to the operator's cluster; what it makes is there after the migrations, so only they have it. */}}
{{- define "attesta.kafka-environment" -}}
- {name: ATTESTA_KAFKA_SECURITY_PROTOCOL, value: SASL_SSL}
- {name: ATTESTA_KAFKA_CA_FILE, value: /kafka/ca.crt}
- {name: ATTESTA_KAFKA_SASL_MECHANISM, value: SCRAM-SHA-512}
- {name: ATTESTA_KAFKA_USER, value: {{ include "attesta.name" (list . "workers") }}}
- name: ATTESTA_KAFKA_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ include "attesta.name" (list . "workers") }}, key: password}}
{{- end }}

{{/* What every pod has: no token of the cluster, no variables of services (they begin with ATTESTA_, too), no root. */}}
{{- define "attesta.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "attesta.container-security" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{/* Replicas on different machines, as far as there are machines: (list $ "catalog"). */}}
{{- define "attesta.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{ include "attesta.selector" . | nindent 8 }}
{{- end }}

{{/* How a pod is replaced: the new one is ready before an old one ends. */}}
{{- define "attesta.rollout" -}}
strategy:
  type: RollingUpdate
  rollingUpdate: {maxUnavailable: 0, maxSurge: 1}
{{- end }}
