"""Serves a scripted model with llama.cpp's own HTTP server until standard input ends.

usage: serve.py text|tool [--port PORT] [--embeddings]

Prints `LISTEN http://127.0.0.1:PORT` when it is ready; without --port, on a free one.
"""

import argparse
import os
import sys
from pathlib import Path

import xllamacpp

arguments = argparse.ArgumentParser()
arguments.add_argument("model", choices=["text", "tool"])
arguments.add_argument("--port", type=int, default=0)
arguments.add_argument("--embeddings", action="store_true")
options = arguments.parse_args()
cache = Path(os.environ.get("LLAMA_CACHE", Path(__file__).parents[2] / ".cache" / "llama"))

params = xllamacpp.CommonParams()
params.model.path = str(cache / f"{options.model}.gguf")
params.model_alias = {f"scripted-{options.model}"}
params.port = options.port
params.n_ctx = 4096
params.n_parallel = 4
params.n_gpu_layers = 0
# One: two threads wait for each other in busy loops, which takes seconds on a loaded machine.
params.cpuparams.n_threads = 1
params.use_jinja = True
params.warmup = False
params.endpoint_metrics = True
if options.embeddings:
    params.embedding = True
    params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN

server = xllamacpp.Server(params)
print("LISTEN", server.listening_address, flush=True)
for _ in sys.stdin:
    pass
