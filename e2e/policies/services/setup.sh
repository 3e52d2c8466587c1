#!/usr/bin/env bash
# Builds .cache/policies: Open Policy Agent with its plugin for Envoy (opa/), a service of external processing on Envoy's
# own Go API (ext-proc/), and Envoy's rate limit service (ratelimit/), from the versions that their go.sum pin. Safe to run
# again. They need Go 1.25.6: an older one, such as Debian's, gets it as a module and lets it build.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${POLICIES_CACHE:-$here/../../../.cache/policies}
# What is built depends on these files.
stamp=$cache/ready-$(cat "$here"/*/{main.go,go.sum} | sha256sum | cut -c1-12)
[ -e "$stamp" ] && exit 0

mkdir -p "$cache"
needed=1.25.6
go=go
if [ "$(printf '%s\n' "go$needed" "$(go env GOVERSION)" | sort -V | head -1)" != "go$needed" ]; then
  module=golang.org/toolchain@v0.0.1-go$needed.$(go env GOOS)-$(go env GOARCH)
  GOROOT=$(GOFLAGS= go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  export GOROOT
  # Files of modules cannot be run.
  chmod u+x "$GOROOT"/bin/* "$GOROOT"/pkg/tool/*/*
  go=$GOROOT/bin/go
fi
export GOFLAGS=-mod=readonly GOTOOLCHAIN=local
for program in opa ext-proc ratelimit; do
  (cd "$here/$program" && "$go" build -o "$cache/$program" .)
done
rm -f "$cache"/ready-*
touch "$stamp"
