#!/usr/bin/env bash
# Makes .cache/wscat: the WebSocket client of that name, from npm. Safe to run again.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${WSCAT_CACHE:-$here/../../../.cache/wscat}
stamp=$cache/ready-1
[ -e "$stamp" ] && exit 0

mkdir -p "$cache"
echo '{ "private": true }' >"$cache/package.json"
npm install --prefix "$cache" --no-audit --no-fund --no-progress --ignore-scripts --save-exact wscat@6.1.0 ws@8.23.0
touch "$stamp"
