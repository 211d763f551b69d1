"""Serves one GGUF file over HTTP with llama.cpp's own server.

Takes one argument, a JSON object: model (path), mmproj (path or null), alias, host, port,
context (tokens, shared by the slots), slots, threads.
"""

import json
import sys
import threading

import xllamacpp


def main() -> None:
    options = json.loads(sys.argv[1])
    params = xllamacpp.CommonParams()
    params.model.path = options["model"]
    if options.get("mmproj"):
        params.mmproj.path = options["mmproj"]
    params.model_alias = [options["alias"]]
    params.hostnames = [options["host"]]
    params.port = options["port"]
    params.n_ctx = options["context"]
    params.n_parallel = options["slots"]
    # more threads than cores is ruinous: each step waits for the slowest thread
    params.cpuparams.n_threads = options["threads"]
    params.cpuparams_batch.n_threads = options["threads"]
    server = xllamacpp.Server(params)
    print(f"serving {options['alias']} at {server.listening_address}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
