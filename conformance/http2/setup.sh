#!/usr/bin/env bash
# Builds .cache/h2spec/h2spec, the conformance suite for HTTP/2 servers, from the versions that h2spec/go.sum pins. Safe
# to run again. Any Go from 1.19 on, which is Debian's, can build it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${H2SPEC_CACHE:-$here/../../.cache/h2spec}
stamp=$cache/ready-1
[ -e "$stamp" ] && exit 0

mkdir -p "$cache"
cd "$here/h2spec"
GOFLAGS=-mod=readonly GOTOOLCHAIN=local go build -o "$cache/h2spec" github.com/summerwind/h2spec/cmd/h2spec
touch "$stamp"
