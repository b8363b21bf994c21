"""The program in processes of its own, and a server for what the real one cannot be asked to do."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import pty
import select
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from conftest import Llama

PROGRAM = [sys.executable, "-W", "error", "-m", "lion_tui"]
TIMEOUT = 60


def lion_tui(*arguments: str | Path, stdin: str | bytes = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program to its end; standard input is a pipe."""
    given = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        input=given,
        capture_output=True,
        timeout=TIMEOUT,
        env={**os.environ, **environment},
        check=False,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def start(*arguments: str | Path, **options: Any) -> subprocess.Popen[bytes]:
    """Start the program with nothing on standard input."""
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([*PROGRAM, *map(str, arguments)], **{**streams, **options})


def on_terminal(*arguments: str | Path, **environment: str) -> tuple[int, str]:
    """Run the program on a terminal of its own and return its exit code and all that it wrote there."""
    master, slave = pty.openpty()
    try:
        process = start(*arguments, stdin=slave, stdout=slave, stderr=slave, env={**os.environ, **environment})
        os.close(slave)
        shown = bytearray()
        with contextlib.suppress(OSError):  # EIO: the last process has closed the terminal
            while select.select([master], [], [], TIMEOUT)[0] and (piece := os.read(master, 65536)):
                shown += piece
        return process.wait(TIMEOUT), shown.decode()
    finally:
        os.close(master)


def environment(llama: Llama) -> dict[str, str]:
    """Return what points OpenRouter at the real server."""
    return {"OPENROUTER_BASE_URL": f"{llama.url}/v1", "OPENROUTER_API_KEY": llama.key}


def chunk(text: str, finish_reason: str | None = None) -> bytes:
    """Return one event of a chat completion."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish_reason}
    return b"data: " + json.dumps({"model": "mock-1", "choices": [choice]}).encode() + b"\n\n"


DONE = chunk("", "stop") + b"data: [DONE]\n\n"


class Server(http.server.ThreadingHTTPServer):
    """Answers every request with the pieces of one body; `hang` keeps the connection until the client closes it."""

    daemon_threads = True

    def __init__(self, pieces: Iterable[bytes], content_type: str, status: int, hang: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pieces, self.content_type, self.status, self.hang = list(pieces), content_type, status, hang
        self.requests: list[dict[str, Any]] = []
        self.sent, self.left = threading.Event(), threading.Event()

    @property
    def environment(self) -> dict[str, str]:
        """What points OpenRouter at this server."""
        return {"OPENROUTER_BASE_URL": f"http://127.0.0.1:{self.server_port}/v1", "OPENROUTER_API_KEY": "sk-or-made-up"}


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.server.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._answer()

    def _answer(self) -> None:
        self.send_response(self.server.status)
        self.send_header("Content-Type", self.server.content_type)
        self.send_header("Connection", "close")
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            for piece in self.server.pieces:
                self.wfile.write(piece)
            self.server.sent.set()
            if self.server.hang:
                self.connection.recv(1)  # nothing comes on this connection but its end
                self.server.left.set()

    def log_message(self, *_: Any) -> None:
        pass


@contextlib.contextmanager
def serving(
    *pieces: bytes, content_type: str = "text/event-stream", status: int = 200, hang: bool = False
) -> Iterator[Server]:
    """Run a `Server`."""
    with Server(pieces, content_type, status, hang) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
