"""Serves one GGUF file over HTTP with llama.cpp's own server.

Takes one argument, a JSON object: model (path), mmproj (path or null), alias, host, port,
context (tokens, shared by the slots), slots, threads.
"""

import json
import os
import sys
import threading

# threads that wait must sleep: on a busy machine spinning ones take the core from those they wait for
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import xllamacpp  # noqa: E402  (it reads the variable when it is loaded)


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
    for cpu in (params.cpuparams, params.cpuparams_batch):
        # more threads than cores is ruinous: each step waits for the slowest thread
        cpu.n_threads = options["threads"]
        cpu.poll = 0
    try:
        server = xllamacpp.Server(params)
    except RuntimeError as error:
        sys.exit(str(error))  # llama.cpp has printed the cause above it
    print(f"serving {options['alias']} at {server.listening_address}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
