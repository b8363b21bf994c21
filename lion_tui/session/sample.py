"""A session to try things on: one prompt, a few answers, three branches."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from lion_tui.core.errors import FileError
from lion_tui.services import Services
from lion_tui.session.session import Session
from lion_tui.storage.trash import free_path

if TYPE_CHECKING:
    from pathlib import Path

    from lion_tui.core.inference import Service
    from lion_tui.core.message import Message

_OPERATIONS: Final = 12
"""How many operations make it."""
_TITLE: Final = "sample: a shop window"
_SYSTEM: Final = "You write for shop windows: one or two short sentences."
_PROMPT: Final = "A line for the window of a bookshop that is open all night."
_PLAIN: Final = "Open all night, for everyone who wants to read one more chapter before they sleep."
_VIVID: Final = "Open all night. Between midnight and morning the next chapter waits here, with the lights on."
_SHORTER: Final = "Shorter, please."
_SHORT: Final = "One more chapter. Open all night."
_CAFE: Final = "Now one for the café in the back."
_COFFEE: Final = "Coffee until the last page."


def sample_in(folder: Path) -> Path:
    """Return the file of a sample in a folder: one that nobody has changed, or a new one. Not while a loop runs.

    Raises:
        FileError: the operating system refused.
    """
    for path in sorted(folder.glob("sample*.parquet")):
        if _is_untouched(path):
            return path
    path = free_path(folder / "sample.parquet")
    asyncio.run(_write(path))
    return path


def _is_untouched(path: Path) -> bool:
    try:
        with Session.open(path, write=True) as session:
            return session.title == _TITLE and session.state.op == _OPERATIONS
    except FileError:  # open elsewhere, or damaged
        return False


async def _write(path: Path) -> None:
    """Write the sample; its answers are of the models `plain` and `vivid`."""
    session = Session(_SYSTEM, title=_TITLE)
    first = await _say(session, "main", _PROMPT, _PLAIN)
    session.fork(first, "vivid")
    await session.regenerate(first, branch="vivid", service=_speaker(_VIVID, "vivid"), model="vivid")
    session.fork(first, "cafe")
    await _say(session, "cafe", _CAFE, _COFFEE)
    session.bookmark(await _say(session, "main", _SHORTER, _SHORT))
    await session.asave(path)


async def _say(session: Session, branch: str, prompt: str, answer: str) -> Message:
    await session.chat(prompt, branch, service=_speaker(answer, "plain"))
    return session.branches[branch].path()[-1]


def _speaker(answer: str, model: str) -> Service:
    return Services.Scripted(answer, name="sample", model=model, tokens_per_second=120)
