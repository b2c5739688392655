#!/usr/bin/env bash
# Builds a Kubernetes of one machine into the folder .local/cluster, from Go modules, where neither images nor
# kind are to be had: for trying the chart, for nothing else. Needs Go, Debian's packages etcd-server, runc,
# containernetworking-plugins and ipset, and, from nothing, an hour of two cores.
set -euo pipefail
cd "$(dirname "$0")/../../.."
version=1.37.2
bin=$PWD/.local/cluster/bin
sources=$PWD/.local/cluster/kubernetes
mkdir -p "$bin" "$sources"
export CGO_ENABLED=0 GOBIN=$bin GOFLAGS=-buildvcs=false

# Kubernetes' own go.mod names its parts by folders of its repository; as modules they have versions.
module=$(go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
sed -E "s#=> \./staging/src/(k8s.io/[a-z0-9-]+)#=> \1 v0${version#1}#; s#^module .*#module attesta/cluster#" \
    "$module/go.mod" >"$sources/go.mod"
install -m 644 "$module/go.sum" "$sources/go.sum"
programs=(kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl)
{
    printf '//go:build tools\n\npackage cluster\n\nimport (\n'
    printf '\t_ "k8s.io/kubernetes/cmd/%s"\n' "${programs[@]}"
    printf ')\n'
} >"$sources/tools.go"
(cd "$sources" && go mod edit -require="k8s.io/kubernetes@v$version")
for program in "${programs[@]}"; do
    echo "$program"
    (cd "$sources" && go build -mod=mod -trimpath -o "$bin/" \
        -ldflags="-s -w -X k8s.io/component-base/version.gitVersion=v$version
            -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=37" \
        "k8s.io/kubernetes/cmd/$program")
done

for program in \
    github.com/containerd/containerd/v2/cmd/{containerd,containerd-shim-runc-v2,ctr}@v2.4.2 \
    github.com/coredns/coredns@v1.15.0 \
    github.com/cloudnativelabs/kube-router/v2/cmd/kube-router@v2.1.0; do
    echo "$program"
    go install -trimpath "$program"
done

# What a pod's network is kept by.
mkdir -p "$sources/pause"
cat >"$sources/pause/main.go" <<'END'
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	<-signals
}
END
go build -trimpath -ldflags='-s -w' -o "$bin/pause" "$sources/pause/main.go"
