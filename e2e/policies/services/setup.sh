#!/usr/bin/env bash
# Builds .cache/policies: Open Policy Agent with its plugin for Envoy (opa/), and a service of external processing on
# Envoy's own Go API (ext-proc/), from the versions that their go.sum pin. Safe to run again. Go 1.24.6 or later.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${POLICIES_CACHE:-$here/../../../.cache/policies}
# What is built depends on these files.
stamp=$cache/ready-$(cat "$here"/*/{main.go,go.sum} | sha256sum | cut -c1-12)
[ -e "$stamp" ] && exit 0

mkdir -p "$cache"
export GOFLAGS=-mod=readonly
for program in opa ext-proc; do
  (cd "$here/$program" && go build -o "$cache/$program" .)
done
rm -f "$cache"/ready-*
touch "$stamp"
