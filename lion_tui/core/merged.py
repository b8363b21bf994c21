"""What is known of an answer that is written from others, and what its model is asked."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Self, TypeAlias

from lion_tui.core.errors import UsageError
from lion_tui.core.inference import Turn
from lion_tui.core.prompt import turns, why_not
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lion_tui.core.message import Json
    from lion_tui.core.operations.writing import Voice
    from lion_tui.core.state import State
    from lion_tui.core.tree import Tree

Writing = Literal["fuse", "summary"]

PROMPTS: Final[Mapping[str, str]] = {
    "fuse": (
        "Several answers to this were written, independently of each other. They stand below, each between its own "
        "tags, in no particular order. Write the one answer that should be given: keep what is right and useful in "
        "them, leave out what is wrong or said twice, and decide where they disagree. Write only that answer, and do "
        "not mention the alternatives."
    ),
    "summary": (
        "The conversation was also led in another way. What was said there stands below, between tags. Sum it up so "
        "that this conversation can go on with what was found there: facts, decisions, results and open questions. "
        "Write only the summary."
    ),
}
"""What a model is asked where nobody says it otherwise."""

_TAGS: Final[Mapping[Writing, str]] = {"fuse": "alternative", "summary": "conversation"}
_LEAST: Final[Mapping[Writing, int]] = {"fuse": 2, "summary": 1}
_ORIGINS: Final = {"fuse": "merge", "summary": "summary"}


class Merge(NamedTuple):
    """How an answer is written from others; kept in its `metadata`, so that it can be asked for again.

    Attributes:
        how: Which way.
        sources: The ids of the last messages of what it is written from, in the order in which the model reads them.
        prompt: What the model is asked; None where the prompt that is answered says it.
    """

    how: Writing
    sources: tuple[str, ...]
    prompt: str | None

    @classmethod
    def of(cls, tree: Tree, row: int) -> Self | None:
        """Return how the answer in a row is written, or the answers to a prompt; None if that is not from others."""
        stored = tree.value(row, "metadata")
        value = json.loads(stored).get("merge") if stored and '"merge"' in stored else None
        if not isinstance(value, dict) or value.get("how") not in PROMPTS:
            return None
        return cls(value["how"], tuple(value.get("sources") or ()), value.get("prompt"))

    def metadata(self) -> dict[str, Json]:
        """Return it as `metadata` has it."""
        return {"merge": {"how": self.how, "sources": list(self.sources), "prompt": self.prompt}}

    def columns(self, voice: Voice, recipient: str) -> dict[str, Json]:
        """Return the columns of an answer that begins."""
        columns = voice.columns(recipient)
        return {
            **columns,
            "origin": _ORIGINS[self.how],
            "source_ids": self.sources,
            "metadata": {**(columns["metadata"] or {}), **self.metadata()},
        }

    def shuffled(self) -> Self:
        """Return the same in another order: models prefer what stands at certain places."""
        sources = list(self.sources)
        random.shuffle(sources)
        return self._replace(sources=tuple(sources))

    def again(self, tree: Tree) -> Self:
        """Return it to be asked for once more, in another order.

        Raises:
            UsageError: too little is left of what it was written from.
        """
        left = tuple(source for source in self.sources if source in tree and tree.alive(tree.row(source)))
        if len(left) < _LEAST[self.how]:
            gone = [source for source in self.sources if source not in left]
            if any(source not in tree or tree.purged(tree.row(source)) for source in gone):
                raise UsageError("What this was written from was purged.", "Merge other branches.")
            raise UsageError("What this was written from was deleted.", "Restore it, or merge other branches.")
        return self._replace(sources=left).shuffled()


def answer_columns(voice: Voice, recipient: str, merge: Merge | None) -> dict[str, Json]:
    """Return the columns of an answer that begins; `merge` says what it is written from, if from anything."""
    return merge.columns(voice, recipient) if merge else voice.columns(recipient)


def tail(tree: Tree, base: int, row: int) -> list[int]:
    """Return the rows after `base` on the path to `row`."""
    return [each for each in tree.path(row) if each > base]


def base_of(tree: Tree, rows: Sequence[int]) -> int:
    """Return the last row that the paths to all of `rows` have, or `NO_ROW`."""
    base = rows[0]
    for row in rows[1:]:
        base = tree.merge_base(base, row)
    return base


def said(state: State, base: int, row: int) -> str:
    """Return what a model can be told of a path after `base`: an answer as it is, several messages with their roles."""
    tree = state.tree
    spoken = [
        each
        for each in tail(tree, base, row)
        if tree.role[each] != "system" and tree.status[each] != "streaming" and not why_not(state, each)
    ]
    if len(spoken) == 1 and tree.role[spoken[0]] == "assistant":
        return tree.content(spoken[0]).strip()
    return "\n\n".join(f"{tree.role[each]}: {tree.content(each).strip()}" for each in spoken)


def texts(state: State, merge: Merge, above: int) -> list[str]:
    """Return what an answer below `above` is written from, as its model reads it."""
    tree = state.tree
    rows = [tree.row(source) for source in merge.sources if source in tree]
    if not rows:
        return []
    common = base_of(tree, rows)
    bases = [common if merge.how == "fuse" else tree.merge_base(row, above) for row in rows]
    return [text for base, row in zip(bases, rows, strict=True) if (text := said(state, base, row))]


Paths: TypeAlias = "dict[tuple[int, bool], tuple[Turn, ...]]"
"""What was gathered of paths, by the last row and whether each message says who speaks; until the session changes."""


def asked(state: State, row: int, *, with_sender: bool = False, paths: Paths | None = None) -> tuple[Turn, ...]:
    """Return what the model is sent for the answer in a row: the path above, and what the answer is written from.

    What is found in `paths` is not gathered again, and what is gathered is put there: a path may be very long.
    """
    tree = state.tree
    above = tree.parent[row]
    paths = {} if paths is None else paths
    sent = paths.get((above, with_sender))
    if sent is None:
        sent = paths[above, with_sender] = turns(state, above, with_sender=with_sender)
    merge = Merge.of(tree, row)
    parts = [] if merge is None else texts(state, merge, above)
    if merge is None or not parts:
        return sent
    tag = _TAGS[merge.how]
    delimited = [f"<{tag} {number}>\n{text}\n</{tag} {number}>" for number, text in enumerate(parts, 1)]
    ask = [merge.prompt] if merge.prompt else []
    if sent and sent[-1].role == "user" and above != NO_ROW and tree.role[above] == "user":
        ask.insert(0, sent[-1].content)
        sent = sent[:-1]
    return (*sent, Turn("user", "\n\n".join([*ask, *delimited])))
