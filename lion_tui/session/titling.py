"""A title that the model writes, when it is asked to."""

from __future__ import annotations

import re
from contextlib import aclosing
from itertools import islice
from typing import TYPE_CHECKING, Final

from lion_tui.core.errors import BadAnswer, UsageError
from lion_tui.core.inference import Delta, Done, Request, Turn
from lion_tui.core.titles import title_of

if TYPE_CHECKING:
    from lion_tui.session.session import Session

_ASKED: Final = "Write a title of at most six words for the conversation below. Answer with the title alone."
_MESSAGES: Final = 6
_CHARACTERS: Final = 600
"""How many messages are shown to the model, and how much of each: what it is about stands at the beginning."""
_MOST_TOKENS: Final = 40
_AROUND: Final = re.compile(r"^(?:title\s*:)?[\s\"'“”„«»]*|[\s\"'“”„«».]+$", re.IGNORECASE)
_LINE: Final = 200


async def write_title(session: Session) -> str:
    """Let who answers on the current branch write a title for its conversation, make it the session's, and return it.

    Nothing is added to the conversation; undo brings the title before back.

    Raises:
        UsageError: there is no conversation yet.
        ServiceChoiceError: nothing says who answers.
        ServiceError: no answer came, or none with a title; the session is as it was.
    """
    said = [message for message in session.current.path() if message.role in {"user", "assistant"} and message.content]
    if not said:
        raise UsageError("There is nothing yet to write a title for.", "Ask something first.")
    await session.check()
    service, model = session.answerer()
    shown = "\n\n".join(f"{each.role}: {each.content[:_CHARACTERS]}" for each in islice(said, _MESSAGES))
    request = Request((Turn("user", f"{_ASKED}\n\n{shown}"),), model, {"max_tokens": _MOST_TOKENS})
    text = ""
    async with aclosing(service.stream(request)) as events:
        async for event in events:
            if isinstance(event, Delta):
                text += event.text
            elif isinstance(event, Done):
                break
    title = title_of(_AROUND.sub("", title_of(text, _LINE)))
    if not title:
        raise BadAnswer(f"{model} wrote no title.", "/title and your own words give one.", service=service.name)
    session.title = title
    return title
