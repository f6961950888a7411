#!/bin/sh
# Makes testdata/sources/demo.etcd.gz: a snapshot of a real etcd that holds the
# demo cluster as an API server stores it.
#
#   tests/real/etcd-fixture/make.sh
#
# Needs go, etcd and etcdctl 3.4 or later (Debian: etcd-server, etcd-client).
# Nothing but this machine can reach the etcd, and it is gone afterwards.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../../.." && pwd)
client=http://127.0.0.1:${REISSUE_AUDIT_ETCD_PORT:-23790}
peer=http://127.0.0.1:${REISSUE_AUDIT_ETCD_PEER_PORT:-23791}
export ETCDCTL_API=3

work=$(mktemp -d)
etcd=
finish() {
    if [ -n "$etcd" ]; then
        kill "$etcd" 2>/dev/null || true
        wait "$etcd" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

(cd "$here" && GOFLAGS=-mod=mod go build -o "$work/etcd-fixture" .)
etcd --name fixture --data-dir "$work/data" --unsafe-no-fsync \
    --listen-client-urls "$client" --advertise-client-urls "$client" \
    --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" \
    --initial-cluster "fixture=$peer" >"$work/etcd.log" 2>&1 &
etcd=$!
tries=0
until etcdctl --endpoints "$client" endpoint health >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt 50 ]; then
        echo "make.sh: etcd does not start" >&2
        tail -5 "$work/etcd.log" >&2
        exit 1
    fi
    sleep 0.2
done

gzip -dc "$root/testdata/demo/demo.yaml.gz" | "$work/etcd-fixture" "$client"
# Without the pages that were given back, which only make the file larger.
etcdctl --endpoints "$client" defrag >/dev/null
etcdctl --endpoints "$client" snapshot save "$work/demo.etcd" >/dev/null
mkdir -p "$root/testdata/sources"
gzip -9nc "$work/demo.etcd" >"$root/testdata/sources/demo.etcd.gz"
ls -l "$root/testdata/sources/demo.etcd.gz"
