"""The embedded server as its parent sees it: started at need, shared within this process, ended with it."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
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
import weakref
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

from lion_tui.config.names import EMBEDDED
from lion_tui.core.errors import EmbeddedModelError

_T = TypeVar("_T")

_LOG_READ = 64_000
"""How many bytes of the log are read for the reason why a server did not start."""
_STOP_PATIENCE = 5
"""Seconds that a server has for ending by itself."""


def require_runtime() -> None:
    """Check that llama.cpp is installed.

    Raises:
        EmbeddedModelError: it is not: its package has wheels for some platforms only.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise EmbeddedModelError(
            f"The embedded model cannot run here: there is no xllamacpp for {platform.system()} {platform.machine()}.",
            "Set a key such as OPENROUTER_API_KEY, or start a local server such as Ollama.",
            service=EMBEDDED,
        )


def default_threads() -> int:
    """Return how many threads a server computes with: one core stays free for the screen."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores - 1)


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
        ended: Resolves to how the process ended, as a phrase, when it has.
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
        log = tempfile.TemporaryFile()  # noqa: SIM115 - `_watch` closes it
        try:
            self._process = _spawn(log)
        except OSError as error:
            log.close()
            raise EmbeddedModelError(
                f"The embedded model's server could not be started ({error.strerror}).",
                "Free some memory or processes and send again.",
                service=EMBEDDED,
            ) from error
        threading.Thread(target=self._watch, args=(log,), name="embedded-server", daemon=True).start()

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
        await _until_done(self.url)
        return self.url.result()

    async def end(self, seconds: float) -> str | None:
        """Wait for at most `seconds` for the process to end, and return how it did; None if it did not."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(_until_done(self.ended), seconds)
        return self.ended.result() if self.ended.done() else None

    def stop(self) -> None:
        """End it and wait until it is gone."""
        self._process.stdin.close()  # type: ignore[union-attr] # a pipe was asked for
        try:
            self.ended.result(_STOP_PATIENCE)
        except TimeoutError:
            self._process.kill()
            self.ended.result()

    def _watch(self, log: IO[bytes]) -> None:
        """Hand over the settings, wait for the URL, then for the end; in a thread, because no loop may own it."""
        process = self._process
        with log, process.stdout as answer:  # type: ignore[union-attr] # a pipe was asked for
            # A child that has ended, or a `stop` at any time, both show as the missing URL.
            with contextlib.suppress(OSError, ValueError):
                process.stdin.write(json.dumps({**asdict(self.spec), "key": self.key}).encode() + b"\n")  # type: ignore[union-attr] # as above
            if url := answer.readline().decode().strip():
                self.url.set_result(url)
            how = _how_it_ended(process.wait())
            process.stdin.close()  # type: ignore[union-attr] # as above
            cause = "" if url else _cause(log)
        self.ended.set_result(how)
        if not url:
            what = f"The embedded model {self.spec.alias} did not start: its server {how}"
            self.url.set_exception(
                EmbeddedModelError(
                    f"{what} ({cause})." if cause else f"{what}.",
                    f"Check that {self.spec.model} is a GGUF file and that memory is free, then send again.",
                    service=EMBEDDED,
                )
            )


class _Shared:
    """The servers of this process, one for each `Spec`, each with those who use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._servers: dict[Spec, tuple[ServerProcess, weakref.WeakSet[object]]] = {}

    def acquire(self, spec: Spec, user: object) -> ServerProcess:
        """Return a running server for `spec`, starting one if there is none, and note that `user` uses it.

        Raises:
            EmbeddedModelError: the operating system refuses to start it.
        """
        with self._lock:
            server, users = self._servers.get(spec, (None, weakref.WeakSet[object]()))
            if server is None or not server.alive:
                server = ServerProcess(spec)
                self._servers[spec] = server, users
            users.add(user)
            return server

    def release(self, user: object) -> None:
        """Note that `user` uses nothing any more, and stop what nobody uses. Blocks until that has ended."""
        with self._lock:
            for spec, (server, users) in list(self._servers.items()):
                users.discard(user)
                if not users:
                    del self._servers[spec]
                    server.stop()

    def stop_all(self) -> None:
        """Stop every server."""
        with self._lock:
            while self._servers:
                server, _ = self._servers.popitem()[1]
                server.stop()


SHARED = _Shared()
"""The servers of this process."""
# The pipe would end them too; this way they are reaped, and none outlives the program by a moment.
atexit.register(SHARED.stop_all)


async def _until_done(future: Future[_T]) -> None:
    """Wait for a thread's future without owning it: neither a cancelled wait nor a closed loop touches it."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()

    def wake(_: Future[_T]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits any more
            loop.call_soon_threadsafe(done.set)

    future.add_done_callback(wake)
    await done.wait()


def _spawn(log: IO[bytes]) -> subprocess.Popen[bytes]:
    # A session (POSIX) or group (Windows) of its own: Ctrl+C and a closing terminal are the parent's to handle.
    own: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        own = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return subprocess.Popen(  # noqa: S603 - this program's own file
        # By its path and not as a module, so that it loads nothing else of this program; -P: nor what lies beside it.
        [sys.executable, "-P", str(Path(__file__).with_name("server.py"))],
        bufsize=0,  # a buffer would be flushed, into a broken pipe perhaps, when the pipe is closed
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        **own,
    )


def _how_it_ended(code: int) -> str:
    names = {-each.value: each.name for each in signal.Signals}
    return f"was ended by {names.get(code, f'signal {-code}')}" if code < 0 else f"ended with code {code}"


def _cause(log: IO[bytes]) -> str:
    """Return llama.cpp's first error, the cause of the others, or else the last line, where Python prints an error."""
    log.seek(0)
    text = log.read(_LOG_READ).decode("utf-8", "replace")
    if found := re.search(r"^[\d.]+ E +(.+)$", text, re.MULTILINE):
        return found[1]
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
