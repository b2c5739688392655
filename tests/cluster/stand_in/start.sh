#!/usr/bin/env bash
# Starts the Kubernetes that build.sh has built, with the images that Docker has, as root. kubectl and helm reach
# it by KUBECONFIG=.local/cluster/kubeconfig and the context `stand-in`; stop.sh takes it away with all that was in it.
set -euo pipefail
cd "$(dirname "$0")/../../.."
bin=$PWD/.local/cluster/bin
state=$PWD/.local/cluster/state
sockets=/run/attesta-cluster
address=10.250.0.1 # the machine's, for its pods
images=(pause:stand-in coredns:stand-in attesta:local attesta:next attesta-trial:local
    attesta-stand-in/postgres attesta-stand-in/kafka attesta-stand-in/nginx)
export PATH=$bin:$PATH KUBECONFIG=$PWD/.local/cluster/kubeconfig
mkdir -p "$state/documents" "$state/network" "$sockets"

start() { # a program, and how it is started
    local name=$1
    shift
    setsid nohup "$@" </dev/null >"$state/$name.log" 2>&1 &
    echo $! >"$state/$name.pid"
}
wait_for() {
    local tries
    for tries in $(seq 240); do
        if "$@" >/dev/null 2>&1; then return; fi
        sleep 0.5
    done
    echo "Not within two minutes ($tries tries): $*" >&2
    exit 1
}

token=$(head -c 16 /dev/urandom | base64 | tr -dc a-zA-Z0-9)
echo "$token,trial,trial,system:masters" >"$state/tokens.csv"
openssl genrsa -out "$state/accounts.key" 2048 2>/dev/null
cat >"$KUBECONFIG" <<END
apiVersion: v1
kind: Config
clusters: [{name: stand-in, cluster: {server: "https://$address:26443", insecure-skip-tls-verify: true}}]
users: [{name: trial, user: {token: $token}}]
contexts: [{name: stand-in, context: {cluster: stand-in, user: trial}}]
current-context: stand-in
END
ip link add attesta0 type bridge
ip address add "$address/32" dev attesta0
ip link set attesta0 up

start etcd etcd --data-dir "$state/etcd" \
    --listen-client-urls http://127.0.0.1:23790 --advertise-client-urls http://127.0.0.1:23790 \
    --listen-peer-urls http://127.0.0.1:23800 --initial-advertise-peer-urls http://127.0.0.1:23800 \
    --initial-cluster default=http://127.0.0.1:23800
start kube-apiserver kube-apiserver --etcd-servers http://127.0.0.1:23790 \
    --advertise-address "$address" --secure-port 26443 --cert-dir "$state/certificates" \
    --token-auth-file "$state/tokens.csv" --authorization-mode RBAC --service-cluster-ip-range 10.96.0.0/16 \
    --service-account-issuer https://kubernetes.default.svc --allow-privileged=true \
    --service-account-key-file "$state/accounts.key" --service-account-signing-key-file "$state/accounts.key" \
    --kubelet-preferred-address-types InternalIP
wait_for kubectl get --raw /readyz
start kube-controller-manager kube-controller-manager --kubeconfig "$KUBECONFIG" --leader-elect=false \
    --service-account-private-key-file "$state/accounts.key" \
    --cluster-cidr 10.244.0.0/16 --allocate-node-cidrs=true --service-cluster-ip-range 10.96.0.0/16
start kube-scheduler kube-scheduler --kubeconfig "$KUBECONFIG" --leader-elect=false \
    --authentication-kubeconfig "$KUBECONFIG" --authorization-kubeconfig "$KUBECONFIG"

cat >"$state/containerd.toml" <<END
version = 3
root = "$state/containerd"
state = "$sockets/state"
[grpc]
  address = "$sockets/containerd.sock"
[ttrpc]
  address = "$sockets/ttrpc.sock"
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "docker.io/library/pause:stand-in"
[plugins."io.containerd.cri.v1.runtime"]
  # The machine may not let anybody count for less when memory ends.
  restrict_oom_score_adj = true
[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["/usr/lib/cni"]
  conf_dir = "$state/network"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
  runtime_path = "$bin/containerd-shim-runc-v2"
END
cat >"$state/network/10-bridge.conflist" <<END
{"cniVersion": "0.4.0", "name": "stand-in", "plugins": [
  {"type": "bridge", "bridge": "attesta1", "isGateway": true, "ipMasq": true, "hairpinMode": true, "ipam":
    {"type": "host-local", "dataDir": "$state/addresses", "ranges": [[{"subnet": "10.244.0.0/24"}]],
     "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "firewall"}]}
END
start containerd containerd --config "$state/containerd.toml"
wait_for ctr --address "$sockets/containerd.sock" version
for program in pause coredns; do
    printf 'FROM scratch\nCOPY %s /program\nENTRYPOINT ["/program"]\n' "$program" |
        docker build --quiet --tag "$program:stand-in" --file - "$bin"
done
docker save "${images[@]}" | ctr --address "$sockets/containerd.sock" --namespace k8s.io images import - >/dev/null

echo 'nameserver 127.0.0.1' >"$state/resolv.conf"
cat >"$state/kubelet.yaml" <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
cgroupDriver: cgroupfs
containerRuntimeEndpoint: unix://$sockets/containerd.sock
clusterDNS: [10.96.0.10]
clusterDomain: cluster.local
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
failSwapOn: false
localStorageCapacityIsolation: false
enforceNodeAllocatable: []
evictionHard: {memory.available: 1%, nodefs.available: 1%, imagefs.available: 1%}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
resolvConf: $state/resolv.conf
END
start kubelet kubelet --config "$state/kubelet.yaml" --kubeconfig "$KUBECONFIG" --root-dir "$state/kubelet" \
    --node-ip "$address" --hostname-override machine --cert-dir "$state/kubelet-certificates"
start kube-proxy kube-proxy --kubeconfig "$KUBECONFIG" --hostname-override machine --proxy-mode nftables \
    --cluster-cidr 10.244.0.0/16 --conntrack-max-per-core 0 \
    --conntrack-tcp-timeout-established 0s --conntrack-tcp-timeout-close-wait 0s
printf '.:53 {\n  kubernetes cluster.local {\n    kubeconfig /etc/coredns/kubeconfig stand-in\n    ttl 5\n  }\n  errors\n}\n' \
    >"$state/Corefile"
kubectl --namespace kube-system create secret generic coredns \
    --from-file="$state/Corefile" --from-file="$KUBECONFIG" >/dev/null
kubectl apply -f - >/dev/null <<END
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system, labels: {k8s-app: kube-dns}}
spec:
  clusterIP: 10.96.0.10
  selector: {k8s-app: kube-dns}
  ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: coredns, namespace: kube-system}
spec:
  selector: {matchLabels: {k8s-app: kube-dns}}
  template:
    metadata: {labels: {k8s-app: kube-dns}}
    spec:
      dnsPolicy: Default
      containers:
        - name: coredns
          image: coredns:stand-in
          args: [-conf, /etc/coredns/Corefile]
          resources: {requests: {cpu: 100m}}
          volumeMounts: [{name: configuration, mountPath: /etc/coredns}]
      volumes: [{name: configuration, secret: {secretName: coredns}}]
END
for number in 1 2 3 4 5 6 7 8 9; do # each of them serves one claim
    kubectl apply -f - >/dev/null <<END
apiVersion: v1
kind: PersistentVolume
metadata: {name: documents-$number}
spec: {capacity: {storage: 10Gi}, accessModes: [ReadWriteOnce], hostPath: {path: $state/documents/$number}}
END
    mkdir --mode=777 "$state/documents/$number"
done
wait_for kubectl get node machine
# Who may reach whom, also on one bridge.
sysctl --quiet --write net.bridge.bridge-nf-call-iptables=1
start kube-router kube-router --kubeconfig "$KUBECONFIG" --hostname-override machine \
    --run-firewall=true --run-router=false --run-service-proxy=false
kubectl wait node machine --for=condition=Ready --timeout=120s
kubectl --namespace kube-system rollout status deployment coredns --timeout=120s
