#!/usr/bin/env bash
# Builds .cache/grpc: the official server of gRPC's interoperability cases, interop/, a client of them, and ghz, from the
# versions that the go.sum pin. Safe to run again. Any Go from 1.19 on, which is Debian's, can build them.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${GRPC_CACHE:-$here/../../.cache/grpc}
# What is built depends on these files.
stamp=$cache/ready-$(cat "$here"/interop/{main.go,go.sum} "$here"/ghz/go.sum | sha256sum | cut -c1-12)
[ -e "$stamp" ] && exit 0

mkdir -p "$cache"
cd "$here/interop"
export GOFLAGS=-mod=readonly GOTOOLCHAIN=local
go build -o "$cache/client" .
go build -o "$cache/server" google.golang.org/grpc/interop/server
cd "$here/ghz"
go build -o "$cache/ghz" github.com/bojand/ghz/cmd/ghz
rm -f "$cache"/ready-*
touch "$stamp"
