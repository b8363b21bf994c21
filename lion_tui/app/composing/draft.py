"""What is being written: a text in which long pastes and chosen files stand as one thing each."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

LONGEST_DRAFT: Final = 1_000_000
"""Characters that a draft may take in at once."""
_FOLDED_LINES: Final = 20
_FOLDED_LENGTH: Final = 2_000
_HEAVY_LINES: Final = 400
_HEAVY_LENGTH: Final = 40_000
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

    def open(self) -> Draft:
        """Return the draft with all that was pasted as text; files stay what they are."""
        files = {label: inset for label, inset in self.insets.items() if isinstance(inset, Attached)}
        return Draft(Draft(self.text, {k: v for k, v in self.insets.items() if k not in files}).unfolded(), files)

    def above(self, rest: Draft) -> Draft:
        """Return both as one, this one first."""
        draft, rest = self.open(), rest.open()
        text = "\n".join(filter(None, (draft.text, rest.text)))
        return Draft(text, {**rest.insets, **draft.insets})

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
