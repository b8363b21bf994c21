"""What is being written: a text in which long pastes and chosen files stand as one thing each."""

from __future__ import annotations

import re
from itertools import chain, zip_longest
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

LONGEST_DRAFT: Final = 1_000_000
"""Characters that a draft may take in at once."""
_FOLDED_LINES: Final = 20
_FOLDED_LENGTH: Final = 2_000
_HEAVY_LINES: Final = 400
_HEAVY_LENGTH: Final = 40_000
_SEEN_LINES: Final = 3
_SEEN_LENGTH: Final = 200
_JOINT: Final = "\N{NO-BREAK SPACE}"
"""Labels contain it, so that nothing that is typed is one by accident."""


class Pasted(NamedTuple):
    """A text that is shown as one thing."""

    text: str


class Attached(NamedTuple):
    """A file that was chosen; its contents go along when the draft is sent.

    Attributes:
        name: Its path as it was offered, relative to the folder.
        folder: The working directory at that time.
    """

    name: str
    folder: Path


Inset = Pasted | Attached
"""What stands in a draft as one thing."""


class Draft(NamedTuple):
    """A text with its insets by their labels in it; those that are not in it any more do not count."""

    text: str = ""
    insets: Mapping[str, Inset] = MappingProxyType({})

    def unfolded(self) -> str:
        """Return the text with all that was pasted, and the names of files as text."""

        def written(inset: Inset) -> str:
            return inset.text if isinstance(inset, Pasted) else f"@{inset.name} "

        return self._with(written)

    def beside(self, taken: Mapping[str, Inset]) -> Draft:
        """Return the draft with labels that stand for nothing else in another one."""
        insets: dict[str, Inset] = {}

        def labelled(inset: Inset) -> str:
            label = label_of(inset, {**taken, **insets})
            insets[label] = inset
            return label

        return Draft(self._with(labelled), insets)

    def folded(self, pastes: Iterable[str]) -> Draft:
        """Return the draft with those of some texts, which were pasted, that are in it as one thing each."""
        text, insets = self.text, dict(self.insets)
        for paste in sorted(pastes, key=len, reverse=True) if worth_folding(text) else ():
            # A prompt is sent without what is blank around it.
            found = next((each for each in (paste, paste.strip()) if worth_folding(each) and each in text), None)
            if found is not None:
                label = label_of(Pasted(found), insets)
                insets[label] = Pasted(found)
                text = text.replace(found, label)
        return Draft(text, insets)

    def lightened(self) -> Draft:
        """Return the draft as it can be shown: if keys would become slow with it, what is long in it is folded.

        Of that a few lines stay in sight at both ends: what was written beside a paste is there.
        """
        if not heavy(self.text):
            return self
        insets = dict(self.insets)
        labels = labels_in(self.text, insets)
        pieces = pattern_of(insets).split(self.text) if insets else [self.text]
        for index, piece in enumerate(pieces):
            if worth_folding(piece):
                start, end = _in_sight(piece), len(piece) - _in_sight(piece[::-1])
                label = label_of(Pasted(piece[start:end]), insets)
                insets[label] = Pasted(piece[start:end])
                pieces[index] = f"{piece[:start]}{label}{piece[end:]}"
        return Draft("".join(chain(*zip_longest(pieces, labels, fillvalue=""))), insets)

    def open(self) -> Draft:
        """Return the draft with all that was pasted as text; files stay what they are."""
        files = {label: inset for label, inset in self.insets.items() if isinstance(inset, Attached)}
        return Draft(Draft(self.text, {k: v for k, v in self.insets.items() if k not in files}).unfolded(), files)

    def above(self, rest: Draft) -> Draft:
        """Return both as one, this one first."""
        rest = rest.beside(self.insets)
        text = "\n".join(filter(None, (self.text, rest.text)))
        return Draft(text, {**rest.insets, **self.insets})

    @property
    def pastes(self) -> list[str]:
        """The texts that were pasted and stand in it as one thing, in its order."""
        found = (self.insets[label] for label in labels_in(self.text, self.insets))
        return [inset.text for inset in found if isinstance(inset, Pasted)]

    @property
    def files(self) -> list[Attached]:
        """The files in the text, each once, in its order."""
        found = (self.insets[label] for label in labels_in(self.text, self.insets))
        return list(dict.fromkeys(inset for inset in found if isinstance(inset, Attached)))

    def _with(self, written: Callable[[Inset], str]) -> str:
        if not self.insets:
            return self.text
        return pattern_of(self.insets).sub(lambda match: written(self.insets[match[0]]), self.text)


def pattern_of(insets: Mapping[str, Inset]) -> re.Pattern[str]:
    """Return what finds the labels of insets, the longest first."""
    return re.compile("|".join(re.escape(label) for label in sorted(insets, key=len, reverse=True)))


def labels_in(text: str, insets: Mapping[str, Inset]) -> list[str]:
    """Return the labels that are in a text, in its order."""
    return pattern_of(insets).findall(text) if insets else []


def label_of(inset: Inset, taken: Mapping[str, Inset]) -> str:
    """Return a label for an inset: the one it has, or a new one."""
    for label, other in taken.items():
        if other == inset:
            return label
    if isinstance(inset, Attached):
        return f"@{inset.name}{_JOINT}"
    size = _size(inset.text)
    labels = (_JOINT.join(f"[pasted {size}{number}]".split()) for number in ("", *(f" #{n}" for n in range(2, 10_000))))
    return next(label for label in labels if label not in taken)


def _size(text: str) -> str:
    lines = text.count("\n") + 1
    return f"{lines:,} lines" if lines > 1 else f"{len(text):,} characters"


def worth_folding(text: str) -> bool:
    """Tell whether a pasted text is shown as one thing."""
    return len(text) > _FOLDED_LENGTH or text.count("\n") >= _FOLDED_LINES


def heavy(text: str) -> bool:
    """Tell whether a text is too long to be shown whole while keys stay fast."""
    return len(text) > _HEAVY_LENGTH or text.count("\n") >= _HEAVY_LINES


def _in_sight(text: str) -> int:
    """Return how much at the beginning of a text that is folded stays in sight: some lines, or a bit of a long one."""
    seen = 0
    for _ in range(_SEEN_LINES):
        end = text.find("\n", seen, seen + _SEEN_LENGTH)
        if end < 0:
            break
        seen = end + 1
    return seen or text.rfind(" ", 0, _SEEN_LENGTH) + 1 or _SEEN_LENGTH
