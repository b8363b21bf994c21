"""What the user may merge with what is shown."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from lion_tui.core.counting import counted
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import Any

    from lion_tui.app.screens.main import MainScreen
    from lion_tui.core.changes import Position
    from lion_tui.core.operations.merging import How
    from lion_tui.core.state import State

DOES: Final[dict[How, str]] = {
    "fuse": "a new answer is written from all that are marked",
    "append": "the turns of the others are copied to the end",
    "summary": "the others are summed up at the end",
    "ff": "the end moves forward to a marked one below it",
}
"""What each way to merge does."""


class Candidate(NamedTuple):
    """The end of a path that can be merged.

    Attributes:
        row: The last message.
        name: What the path is called.
        marked: Whether it is likely to be meant.
    """

    row: int
    name: str
    marked: bool


def candidates(state: State, compared: Sequence[Position], marked: Collection[str]) -> list[Candidate]:
    """Return the paths that can be merged with what is shown, which comes first if there is anything.

    Those that are compared come next, then the other answers to the same prompt, then all other branches, the newest
    first. Likely to be meant are those that are compared; else the branches that are `marked`, by their id; else the
    answers that were voted for; else the other answers. What is shown goes with them, unless others were voted for.
    """
    from lion_tui.core.votes import winners

    tree, head = state.tree, state.head_row(state.current)
    beside = [row for row in compared_rows(state, compared) if row not in {head, NO_ROW}]
    answers: list[int] = []
    if head != NO_ROW and tree.role[head] == "assistant":
        answers = [row for row in state.siblings(head) if row != head and not unfit(state, row)]
    refs = [ref for ref in reversed(state.names().values()) if ref.head and not ref.archived]
    others = [tree.row(ref.head or "") for ref in refs]
    noted = [tree.row(state.refs[branch_id].head or "") for branch_id in marked if state.refs[branch_id].head]
    best = winners(state)
    won = [] if beside or noted else [row for row in (head, *answers) if tree.id(row) in best]
    meant = {*won} if len(won) > 1 else {*(beside or noted or won or answers), head}
    rows = dict.fromkeys([head, *beside, *answers, *others])
    rows.pop(NO_ROW, None)
    names = _names(state)
    return [
        Candidate(row, ", ".join(names[node_id]) or f"·{node_id[-4:]}", (won or len(meant) > 1) and row in meant)
        for row, node_id in ((row, tree.node_id[row]) for row in rows)
    ]


def compared_rows(state: State, compared: Sequence[Position]) -> list[int]:
    """Return the last messages of what is compared, as far as it is still there."""
    there = [each for each in compared if each.branch_id is None or each.branch_id in state.refs]
    return [state.head_row(position) for position in there]


def _names(state: State) -> Mapping[str, Sequence[str]]:
    """Return the names of the branches that end at each message, by its id: none where none does."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for name, ref in state.names().items():
        names[ref.head or ""].append(name)
    return names


def unfit(state: State, row: int) -> str:
    """Return why no model can write from the path to a message, in a word; empty if one can."""
    tree = state.tree
    if tree.status[row] == "streaming":
        return "still coming"
    return "failed" if tree.status[row] == "error" else "" if tree.content(row).strip() else "empty"


class Merging:
    """Merges what the user says into what a screen shows."""

    def __init__(self, screen: MainScreen) -> None:
        """Merge for `screen`."""
        self._screen = screen

    def open(self, how: How) -> None:
        """Let the user choose in the dialog, a way to merge being chosen already."""
        from lion_tui.app.screens.merge import MergeScreen

        screen, comparing = self._screen, self._screen.comparing
        found = candidates(screen.session.state, screen.columns.positions, comparing.marked)
        screen.app.push_screen(MergeScreen(screen, found, how))

    async def merge(self, sources: Sequence[str], how: How, *, prompt: str | None = None, **who: Any) -> None:
        """Merge, and say what was done; an answer that a model writes comes later.

        Args:
            sources: Names of branches, or ids of messages.
            how: Which way.
            prompt: What a model is asked; None for the usual.
            **who: The service and the model that write.

        Raises:
            LionError: it cannot be merged so.
        """
        screen, session = self._screen, self._screen.session
        name, before = session.current.name, len(session.state.tree)
        if how == "fuse" or how == "summary":
            left_out = session.mergeable(sources, how=how).left_out
            await session.check(**who)
            screen.inference.run(session.merge(sources, how=how, prompt=prompt, **who))
            if left_out:
                screen.say_note(f"Left out: {' '.join(left_out)}", lasting_s=None)
            return
        await session.merge(sources, how=how)
        copied = len(session.state.tree) - before
        done = f"Appended {counted(copied, 'message')} to {name}." if copied else f"Moved {name} forward."
        screen.say_note(f"{done} u takes it back.")
