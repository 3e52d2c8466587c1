#!/usr/bin/env bash
# Makes .cache/mcp: the official MCP conformance suites, servers and clients from npm and PyPI, pinned. Safe to run again.
# They are not in package.json because only tests of MCP need them, and because some are Python.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${MCP_CACHE:-$here/../../.cache/mcp}
stamp=$cache/ready-3
[ -e "$stamp" ] && exit 0

mkdir -p "$cache"
echo '{ "private": true }' >"$cache/package.json"
npm install --prefix "$cache" --no-audit --no-fund --no-progress --ignore-scripts --save-exact \
  mcp-conformance-latest@npm:@modelcontextprotocol/conformance@0.1.16 \
  mcp-conformance-next@npm:@modelcontextprotocol/conformance@0.2.0-alpha.12 \
  @modelcontextprotocol/inspector@2.12.0 \
  @modelcontextprotocol/client@2.3.1 \
  @modelcontextprotocol/ext-tasks@0.2.2 \
  @modelcontextprotocol/server-filesystem@2026.8.31 \
  @modelcontextprotocol/server-sequential-thinking@2026.8.31

python3 -m venv "$cache/python"
"$cache/python/bin/pip" install --quiet --disable-pip-version-check --no-input \
  mcp==2.3.0 fastmcp==4.1.2 fastmcp-tasks==4.1.2 mcp-server-time==2026.10.19 mcp-server-fetch==2026.10.24
touch "$stamp"
