"""The file of the prompts that were sent, one JSON text a line, in the data folder: kept over sessions."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final

from lion_tui.config.paths import data_dir
from lion_tui.core.errors import SaveFailed, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

FILE_NAME: Final = "prompts.jsonl"
_MOST: Final = 1_000
_LONGEST_KEPT: Final = 20_000
_LARGEST_FILE: Final = 2_000_000


def prompts_file() -> Path:
    """Return where the prompts are."""
    return data_dir() / FILE_NAME


def read_prompts(path: Path) -> list[str]:
    """Return the latest prompts, each once, the latest last; of what is damaged, the rest."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _LARGEST_FILE))
            lines = file.read(_LARGEST_FILE).split(b"\n")
    except OSError:  # none was sent yet, or they cannot be read: those of the session remain
        return []
    texts = [text for text in map(_text, lines) if text]
    return each_once(texts)[-_MOST:]


def add_prompt(path: Path, text: str) -> None:
    """Add a prompt to the file, which only its owner can read.

    Raises:
        UsageError: it cannot be written.
    """
    if not text.strip() or len(text) > _LONGEST_KEPT:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(path, "ab", opener=_private) as file:
            file.write(json.dumps(text).encode() + b"\n")
            size = file.tell()
        if size > _LARGEST_FILE:
            _shorten(path)
    except OSError as error:
        raise UsageError(
            f"Prompts are not kept for later sessions: {path} cannot be written ({error.strerror}).",
            "Make the folder writable.",
        ) from error


def forget_prompts(path: Path, texts: Collection[str]) -> None:
    """Take out of the file, for good, what says one of `texts`, or is the part of one that was typed.

    Raises:
        SaveFailed: the operating system refused.
    """
    gone = [text for text in texts if text.strip()]
    try:
        with path.open("r+b") as file:
            # Blanked where they stand: what another program adds meanwhile comes after.
            at = 0
            for line in file.read().splitlines(keepends=True):
                said = _text(line)
                if said and any(_says(said, text) for text in gone):
                    file.seek(at)
                    file.write(b" " * len(line.rstrip(b"\n")))
                at += len(line)
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        return
    except OSError as error:
        raise SaveFailed(
            path,
            f"What was purged is still among the prompts in {path} ({error.strerror}).",
            "Make the file writable and purge again, or delete it.",
        ) from error


def each_once(texts: Iterable[str]) -> list[str]:
    """Return the texts, of equal ones the last, in order."""
    return list(dict.fromkeys(reversed(list(texts))))[::-1]


def _says(prompt: str, text: str) -> bool:
    """Tell whether a prompt holds a message's text as lines of its own, or is what its files were added to."""
    if prompt.startswith("/"):  # a command, such as `/system …`, and what it says
        prompt = prompt.partition(" ")[2] or prompt
    text = text.strip()
    return f"\n{text}\n" in f"\n{prompt}\n" or text.startswith(f"{prompt}\n\n")


def _shorten(path: Path) -> None:
    """Write the latest prompts anew, beside the file and then in its place."""
    shorter = path.with_suffix(".tmp")
    with open(shorter, "wb", opener=_private) as file:
        kept = [json.dumps(text).encode() + b"\n" for text in read_prompts(path)]
        while sum(map(len, kept)) > _LARGEST_FILE // 2:
            del kept[: len(kept) // 2 + 1]
        file.writelines(kept)
    shorter.replace(path)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _text(line: bytes) -> str | None:
    try:
        value: Any = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, str) else None
