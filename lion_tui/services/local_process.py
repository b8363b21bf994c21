"""The embedded server as its parent sees it: started at need, shared within this process, ended with it."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import platform
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from typing import IO, Any

from lion_tui.core.errors import EmbeddedModelError

_LOG_READ = 64_000
"""How many bytes of the log are read for the reason why a server did not start."""


def require_runtime() -> None:
    """Check that llama.cpp is installed.

    Raises:
        EmbeddedModelError: it is not: its package has wheels for some platforms only.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise EmbeddedModelError(
            f"The embedded model cannot run here: there is no xllamacpp for {platform.system()} {platform.machine()}.",
            "Set a key such as OPENROUTER_API_KEY, or start a local server such as Ollama.",
            service="embedded",
        )


def default_threads() -> int:
    """Return how many threads a server computes with: one core stays free for the screen."""
    return max(1, _cores() - 1)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Spec:
    """What a server serves, and how.

    Attributes:
        model: The GGUF file.
        alias: The model's name in requests and answers.
        n_ctx: The context that all streams share, in tokens.
        n_parallel: How many streams run at once; more wait in the server.
        threads: How many threads compute.
        nice: How much is added to the process's niceness, where the system has one.
    """

    model: str
    alias: str
    n_ctx: int = 8192
    n_parallel: int = 4
    threads: int = 1
    nice: int = 10


class ServerProcess:
    """A llama.cpp server in a child process. Bound to no event loop: any number of them may use it, one after another.

    The child ends when its standard input does: at `stop`, or when this process ends in whatever way.

    Attributes:
        spec: What it serves.
        key: The key that it asks for; nobody else has it.
        url: Resolves to `http://127.0.0.1:PORT` when it answers, or fails with `EmbeddedModelError`.
        ended: Resolves to the reason, as a phrase, when the process has ended.
    """

    def __init__(self, spec: Spec) -> None:
        """Start the process without waiting for it.

        Raises:
            EmbeddedModelError: the operating system refuses to start it.
        """
        self.spec = spec
        self.key = secrets.token_urlsafe(32)
        self.url: Future[str] = Future()
        self.ended: Future[str] = Future()
        # Without a name, so that nothing is left behind; the child writes, this process reads when the child has ended.
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - `_watch` closes it
        try:
            self._process = _spawn(self._log)
        except OSError as error:
            self._log.close()
            raise EmbeddedModelError(
                f"The embedded model's server could not be started ({error.strerror}).",
                "Free some memory or processes and send again.",
                service="embedded",
            ) from error
        threading.Thread(target=self._watch, name="embedded-server", daemon=True).start()

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs, as far as is known by now."""
        return not self.ended.done()

    async def ready(self) -> str:
        """Wait until it answers and return its URL. Giving up waiting does not stop it.

        Raises:
            EmbeddedModelError: it ended instead.
        """
        return await asyncio.shield(asyncio.wrap_future(self.url))

    def stop(self) -> None:
        """End it and wait until it is gone."""
        stdin = self._process.stdin
        if stdin is not None and not stdin.closed:
            stdin.close()
        self.ended.result()

    def _watch(self) -> None:
        """Hand over the settings, wait for the URL, then for the end; in a thread, because no loop may own it."""
        process, log = self._process, self._log
        with process.stdout as answer, log:  # type: ignore[union-attr] # a pipe was asked for
            self._tell({**asdict(self.spec), "key": self.key})
            if url := answer.readline().decode().strip():
                self.url.set_result(url)
            reason = _reason(process.wait())
            cause = "" if url else _cause(log)
        self.ended.set_result(reason)
        if not url:
            what = f"The embedded model {self.spec.alias} did not start: its server {reason}"
            self.url.set_exception(
                EmbeddedModelError(
                    f"{what} ({cause})." if cause else f"{what}.",
                    f"Check that {self.spec.model} is a GGUF file and that memory is free, then send again.",
                    service="embedded",
                )
            )

    def _tell(self, settings: dict[str, Any]) -> None:
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - a pipe was asked for
        try:
            stdin.write(json.dumps(settings).encode() + b"\n")
            stdin.flush()
        except (BrokenPipeError, ValueError):
            # The child ended, or `stop` closed the pipe, before it was read: both show as the missing URL.
            return


def _spawn(log: IO[bytes]) -> subprocess.Popen[bytes]:
    # A session (POSIX) or group (Windows) of its own: Ctrl+C and a closing terminal are the parent's to handle.
    own: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        own = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    # -P: whatever lies in the working folder is not imported.
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "lion_tui.services.server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        **own,
    )


def _reason(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"


def _cause(log: IO[bytes]) -> str:
    """Return llama.cpp's first error, the cause of the others, or else the last line, where Python prints an error."""
    log.seek(0)
    text = log.read(_LOG_READ).decode("utf-8", "replace")
    if found := re.search(r"^[\d.]+ E +(.+)$", text, re.MULTILINE):
        return found[1]
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
