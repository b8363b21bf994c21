"""What every test gets: no network, folders of its own, a fixed environment, and one real llama.cpp server."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from lion_tui.services.fetch import model_path
from lion_tui.services.local_process import ServerProcess, Spec, default_threads

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

hypothesis.settings.register_profile("ci", deadline=None, max_examples=60)
hypothesis.settings.register_profile("long", deadline=None, max_examples=2000)
hypothesis.settings.load_profile("ci")  # --hypothesis-profile=long --timeout=0 takes the other


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Let sockets reach this machine only; an audit hook sees every connection of the interpreter."""
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "localhost"
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if isinstance(host, bytes):
        host = host.decode()
    if host not in (None, "", "localhost", "::1", "0.0.0.0") and not str(host).startswith("127."):  # noqa: S104 - compared only
        # Not an OSError: a program under test would treat that as the network's fault and go on.
        raise RuntimeError(f"A test tried to reach {host!r}. Tests reach this machine only.")


sys.addaudithook(_refuse_network)


@pytest.fixture(autouse=True)
def _own_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give the test a home of its own and none of the developer's keys and settings."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.lower().endswith(("_api_key", "_base_url", "_proxy")) or name.startswith(
                ("LION_TUI_", "PIP_", "UV_")
            ):
                patch.delenv(name)
        for name in ("HOME", "USERPROFILE"):
            patch.setenv(name, str(home))
        for name in ("CONFIG", "DATA", "CACHE", "STATE"):
            patch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # what tests start would be compiled at every start
        patch.setenv("LION_TUI_DATA", str(home / "lion-data"))
        patch.setenv("LION_TUI_CONFIG", str(home / "lion-config"))
        # The tests of the fetch say where to fetch from; any other test that would fetch fails.
        patch.setenv("LION_TUI_OFFLINE", "1")
        patch.setenv("PIP_CONFIG_FILE", os.devnull)
        patch.setenv("PIP_NO_INDEX", "1")
        # Not UTC, so that a mix-up of local time and UTC shows; the POSIX form needs no time zone database.
        patch.setenv("TZ", "TST-5:30")
        time.tzset()
        yield
    time.tzset()


@dataclass(frozen=True)
class Llama:
    """A llama.cpp server.

    Attributes:
        url: `http://127.0.0.1:PORT`.
        key: The key that it asks for.
        model: The name of its model.
    """

    url: str
    key: str
    model: str = "smollm2-135m"


_MODEL = model_path()  # looked up here, before any test has a home of its own


def _model() -> Path:
    if _MODEL is None:
        pytest.fail("The tests talk to the real embedded model, and its file is missing. Run `lion-tui model fetch`.")
    return _MODEL


class _SharedServer:
    """The run's one server, started by whoever needs it first: the controller of xdist, or the only process."""

    process: ServerProcess | None = None

    def start(self) -> dict[str, str]:
        if self.process is None:
            spec = Spec(str(_model()), Llama.model, n_ctx=8192, n_parallel=8, threads=default_threads(), nice=0)
            self.process = ServerProcess(spec)
        return {"url": self.process.url.result(timeout=60), "key": self.process.key}

    def stop(self) -> None:
        if self.process is not None:
            self.process.stop()
            self.process = None


_shared = _SharedServer()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the controller's server to a worker of xdist."""
    if _MODEL is not None:
        node.workerinput["llama"] = _shared.start()


def pytest_unconfigure() -> None:
    """End the server with the run."""
    _shared.stop()


@pytest.fixture(scope="session")
def model_file() -> Path:
    """Return the embedded model's GGUF file."""
    return _model()


@pytest.fixture(scope="session")
def llama(pytestconfig: pytest.Config, model_file: Path) -> Llama:
    """Return the llama.cpp server that the whole run shares."""
    handed = getattr(pytestconfig, "workerinput", None)
    return Llama(**(_shared.start() if handed is None else handed["llama"]))
