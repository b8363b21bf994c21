"""Where an answer may be cut: at the ends of its words and lines."""

from __future__ import annotations

import re
from typing import Final, Literal

Step = Literal["word", "line"]

_AFTER: Final = {"word": re.compile(r"\s*\S+"), "line": re.compile(r"\s*\S[^\n]*")}
_SENTENCE: Final = re.compile(r"[.!?:](?=\s)")


def place_after(text: str, at: int, step: Step) -> int:
    """Return the end of the next word, or of the line that goes on after a place; the place itself at the end."""
    found = _AFTER[step].match(text, at)
    return at if found is None else _trimmed(text, found.end())


def place_before(text: str, at: int, step: Step) -> int:
    """Return the end of the word, or of the line, before the one that ends at a place; the place itself if none is."""
    if step == "word":
        before = text[:at].rsplit(None, 1)
        found = len(before[0]) if len(before) > 1 else 0
    else:
        found = _trimmed(text, max(0, text.rfind("\n", 0, _trimmed(text, at))))
    return found if text[:found].strip() else at


def first_place(text: str, start: int) -> int:
    """Return where a reader who sees a text from `start` on may want to cut it: at the end of what comes first there.

    That is a paragraph, else a sentence, else half of it; 0 where it has but one word.
    """
    end = _trimmed(text, len(text))
    paragraph = text.find("\n\n", start)
    if paragraph >= 0 and 0 < (found := _trimmed(text, paragraph)) < end:
        return found
    if (sentence := _SENTENCE.search(text, start)) and sentence.end() < end:
        return sentence.end()
    half = place_after(text, start + (end - start) // 2, "word")
    return half if 0 < half < end else place_before(text, end, "word") % end if end else 0


def _trimmed(text: str, at: int) -> int:
    """Return where the text before a place ends, without the spaces that end it."""
    while at and text[at - 1].isspace():
        at -= 1
    return at
