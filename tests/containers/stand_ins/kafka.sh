#!/bin/sh
# KAFKA_LOG_DIRS becomes log.dirs, and so on, as the official image does it.
set -eu
properties=/tmp/server.properties
env | sed -n '/^KAFKA_\(HEAP\|OPTS\)/d; s/^KAFKA_//p' | while IFS='=' read -r name value; do
    printf '%s=%s\n' "$(printf %s "$name" | tr 'A-Z_' 'a-z.')" "$value"
done >"$properties"
if [ ! -f "$KAFKA_LOG_DIRS/meta.properties" ]; then
    java -cp '/opt/kafka/libs/*' kafka.tools.StorageTool format --config "$properties" \
        --cluster-id "$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d =)"
fi
# shellcheck disable=SC2086
exec java ${KAFKA_HEAP_OPTS:--Xmx512m} -XX:+UseSerialGC -cp '/opt/kafka/libs/*' kafka.Kafka "$properties"
