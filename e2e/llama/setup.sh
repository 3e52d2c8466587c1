#!/usr/bin/env bash
# Makes .cache/llama: a Python environment with llama.cpp's server, and the two scripted models. Safe to run again.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${LLAMA_CACHE:-$here/../../.cache/llama}
stamp=$cache/ready-1
[ -e "$stamp" ] && exit 0

mkdir -p "$cache"
python3 -m venv "$cache/venv"
pip=("$cache/venv/bin/pip" --disable-pip-version-check --quiet)
"${pip[@]}" install xllamacpp==2026.10.11549 gguf==0.19.0 numpy

# Only the source package holds the vocabulary files and the chat templates.
work=$(mktemp -d "$cache/source.XXXXXX")
trap 'rm -rf "$work"' EXIT
"${pip[@]}" download llama-cpp-python==0.3.36 --no-deps --no-binary llama-cpp-python --dest "$work"
models=llama_cpp_python-0.3.36/vendor/llama.cpp/models
tar -xzf "$work"/llama_cpp_python-0.3.36.tar.gz -C "$work" \
  "$models/ggml-vocab-qwen2.gguf" "$models/templates/Qwen-Qwen2.5-7B-Instruct.jinja"

"$cache/venv/bin/python" "$here/make_models.py" \
  "$work/$models/ggml-vocab-qwen2.gguf" "$work/$models/templates/Qwen-Qwen2.5-7B-Instruct.jinja" "$cache"
touch "$stamp"
