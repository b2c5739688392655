#!/usr/bin/env bash
# Makes stand-ins of the base images where none can be pulled: from Debian's packages, Apache Kafka's
# artifacts and a Go module. For trying docker-compose.yml, not for production.
# Needs root, an engine, debootstrap, Maven, a JDK and Go. What is there already is kept.
set -euo pipefail
cd "$(dirname "$0")"
project=$(cd ../../.. && pwd)
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT

has_image() { docker image inspect "attesta-stand-in/$1" >/dev/null 2>&1; }

if ! has_image debian; then
    debootstrap --variant=minbase --include=ca-certificates bookworm "$work/root"
    # Builds inside trust whom this machine trusts.
    cp /etc/ssl/certs/ca-certificates.crt "$work/root/etc/ssl/certs/"
    rm -rf "$work"/root/var/cache/apt/archives/*.deb "$work"/root/var/lib/apt/lists/*
    tar --directory "$work/root" --exclude='./dev/*' --create . | docker import - attesta-stand-in/debian
fi

mkdir "$work/context"
cp -- *.Dockerfile *.sh "$work/context"
if ! has_image kafka; then
    mvn --quiet --batch-mode --file "$project/deploy/kafka/pom.xml" dependency:copy-dependencies \
        -DoutputDirectory="$work/context/kafka-jars" -DincludeScope=runtime
fi
if ! has_image store; then
    GOBIN=$work/context CGO_ENABLED=0 go install github.com/versity/versitygw/cmd/versitygw@v1.8.0
fi
for recipe in *.Dockerfile; do
    name=${recipe%.Dockerfile}
    has_image "$name" || docker build --network host --tag "attesta-stand-in/$name" \
        --file "$work/context/$recipe" "$work/context"
done
docker images 'attesta-stand-in/*'
