"""Writing a prompt in the user's own editor."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from textual.app import SuspendNotSupported

from lion_tui.app.composing.draft import LONGEST_DRAFT
from lion_tui.core.errors import UsageError
from lion_tui.core.text import scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import App

_USUAL: Final = ("sensible-editor", "nano", "vi")
_KEPT: Final = "What you wrote is kept."


async def edited(app: App[None], text: str) -> str:
    """Return a text as the user leaves it in the editor; answers go on coming meanwhile.

    Raises:
        UsageError: there is no editor, it failed, or what it left cannot be used; that stays where the error says.
    """
    command = _command()
    descriptor, name = tempfile.mkstemp(prefix="lion-tui-", suffix=".md")  # only its owner can read it
    path = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(scalar(text))
        await _run(app, [*command, name])
        content = _read(path, text)
    except UsageError as error:
        if not _is_other(path, text):
            path.unlink(missing_ok=True)  # noqa: ASYNC240 - of a temporary file
            raise
        raise UsageError(f"{error.what} What it left is in {path}.", error.remedy) from error
    except BaseException:
        path.unlink(missing_ok=True)  # noqa: ASYNC240 - as above
        raise
    path.unlink(missing_ok=True)  # noqa: ASYNC240 - as above
    return content


def _command() -> list[str]:
    wanted = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    try:
        command = shlex.split(wanted) if wanted else [each for each in _USUAL if shutil.which(each)][:1]
    except ValueError as error:
        raise UsageError(f"$EDITOR is not understood: {error}. {_KEPT}", "Set it to a program.") from error
    if not command or shutil.which(command[0]) is None:
        missing = f"There is no editor {command[0]!r}." if command else "There is no editor."
        raise UsageError(f"{missing} {_KEPT}", "Set $EDITOR to one.")
    return command


async def _run(app: App[None], command: list[str]) -> None:
    """Give the terminal to a program until it ends.

    Raises:
        UsageError: it cannot be run, or failed.
    """
    try:
        # The loop runs on for the answers that come, and paints nothing meanwhile: the terminal is not ours.
        with app.batch_update(), app.suspend(), _deaf_to_interrupts():
            process = await asyncio.create_subprocess_exec(*command, stdout=sys.__stderr__)
            try:
                code = await process.wait()
            finally:
                if process.returncode is None:
                    process.terminate()
                    await process.wait()
    except SuspendNotSupported as error:
        raise UsageError(f"This terminal cannot be given to an editor. {_KEPT}") from error
    except OSError as error:
        raise UsageError(f"{command[0]} cannot be run: {error.strerror}. {_KEPT}", "Set $EDITOR to another.") from error
    if code:
        raise UsageError(f"{Path(command[0]).name} failed with exit code {code}. {_KEPT}", "Leave it without an error.")


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Leave Ctrl+C to the editor, which is sent it together with us."""
    # A handler, and not SIG_IGN: that one the editor would inherit.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _is_other(path: Path, text: str) -> bool:
    """Tell whether the editor left another text than it was given."""
    try:
        return path.read_bytes() != scalar(text).encode()
    except OSError:
        return False


def _read(path: Path, before: str) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"The editor's file is gone ({error.strerror}). {_KEPT}") from error
    if len(content) > 4 * LONGEST_DRAFT:
        raise UsageError(f"The text is longer than {LONGEST_DRAFT:,} characters. {_KEPT}", "Shorten it.")
    text = content.decode("utf-8", "replace").replace("\r\n", "\n")
    # Editors end the last line; who writes a prompt did not mean that.
    return text if before.endswith("\n") else text.removesuffix("\n")
