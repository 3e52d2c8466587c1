#!/usr/bin/env bash
# Makes .cache/agents: the coding agents that users run, as npm packages. Safe to run again. They are not in package.json
# because each brings a program of 200 MB and more.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${AGENTS_CACHE:-$here/../../.cache/agents}
stamp=$cache/ready-1
[ -e "$stamp" ] && exit 0

mkdir -p "$cache"
echo '{ "private": true }' >"$cache/package.json"
npm install --prefix "$cache" --no-audit --no-fund --no-progress --ignore-scripts --save-exact \
  @anthropic-ai/claude-code@2.1.330 @openai/codex@0.169.0
# Puts the platform's program, which is installed by now, in its place; it downloads nothing.
node "$cache/node_modules/@anthropic-ai/claude-code/install.cjs"
touch "$stamp"
