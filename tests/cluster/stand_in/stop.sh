#!/usr/bin/env bash
# Ends the Kubernetes that start.sh started, with every pod, and takes away what it kept. As root.
set -uo pipefail
cd "$(dirname "$0")/../../.."
state=$PWD/.local/cluster/state
sockets=/run/attesta-cluster
run() { "$PWD/.local/cluster/bin/ctr" --address "$sockets/containerd.sock" --namespace k8s.io "$@" 2>/dev/null; }
end() {
    local name
    for name in "$@"; do
        [ -f "$state/$name.pid" ] && kill -KILL "$(cat "$state/$name.pid")" 2>/dev/null
    done
}
end kube-router kube-proxy kubelet
for task in $(run task ls --quiet); do run task kill --all --signal SIGKILL "$task"; done
end containerd kube-scheduler kube-controller-manager kube-apiserver
sleep 2
pkill -f "containerd-shim-runc-v2.*$sockets"
end etcd
sleep 1
grep -o "$state/kubelet[^ ]*\|$sockets[^ ]*" /proc/mounts | sort --reverse | xargs --no-run-if-empty umount --lazy
nft delete table ip kube-proxy 2>/dev/null
iptables-save | grep -v KUBE- | iptables-restore
ipset list -name | grep '^KUBE-' | xargs --no-run-if-empty --max-args 1 ipset destroy
for link in attesta0 attesta1; do ip link delete "$link" 2>/dev/null; done
rm -rf "$state" "$sockets"
