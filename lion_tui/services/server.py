"""The embedded server's own process, a script that `local_process` starts.

Standard input is a pipe from the parent: one line of JSON (`Spec` and the key), then nothing until the parent ends,
however it ends. Standard output is a pipe back: one line, the URL, once the server answers. What llama.cpp prints goes
to standard error. The key comes through the pipe because arguments and environment can be read from outside.
"""

from __future__ import annotations

import json
import os
import threading
from typing import Any


def main() -> None:
    """Serve until standard input ends."""
    # llama.cpp may print to standard output; only the URL belongs there.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    # Unbuffered: a daemon thread that sits in a buffered reader keeps the interpreter from ending after an error.
    with open(0, "rb", buffering=0, closefd=False) as pipe:
        spec = json.loads(pipe.readline())
    if hasattr(os, "nice"):
        os.nice(spec["nice"])
    # A thread, so that a parent that ends while the model loads does not leave it loading.
    watch = threading.Thread(target=_end_with_parent, daemon=True)
    watch.start()
    server = _serve(spec)
    with answer:
        answer.write(server.listening_address + "\n")
    watch.join()


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    # No clean-up: the only state is memory, and llama.cpp's would first finish the answers that nobody reads any more.
    os._exit(0)


def _serve(spec: dict[str, Any]) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = spec["model"]
    params.model_alias = {spec["alias"]}
    params.n_ctx = spec["n_ctx"]
    params.n_parallel = spec["n_parallel"]
    # One context shared by all streams: otherwise each gets n_ctx / n_parallel, however few there are.
    params.kv_unified = True
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [spec["key"]]
    params.ui = False
    params.verbosity = 1  # errors only
    for cpu in (params.cpuparams, params.cpuparams_batch):
        cpu.n_threads = spec["threads"]
        # Without polling: waiting threads must not take the core that the screen is drawn on.
        cpu.poll = 0
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
