"""How the lines of the branch tree look: lanes, marks, names and first words."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from lion_tui.app.part_styles import PartStyles
from lion_tui.app.transcript.block import MARKDOWN_ROLES
from lion_tui.app.transcript.drawing import SPINNER
from lion_tui.app.transcript.wrapping import clip, clip_middle
from lion_tui.core.text import printable
from lion_tui.core.titles import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from textual.widget import Widget

    from lion_tui.app.transcript.tree_search import TreeSearch
    from lion_tui.core.branch_graph import BranchGraph
    from lion_tui.core.graph import GraphLine
    from lion_tui.core.state import State

LANES: Final = 8
OPENS: Final = "opens"
"""The mark in the style of a sign that opens a folded run."""
_WIDE: Final = 36
"""Cells from which on a head says how many messages there are since its fork."""
_LABEL: Final = 12
"""Cells that a name has at least, before it is cut; beyond them, names have half of the line."""
_LOOKED_AT: Final = 1_000
"""Characters of an answer that are looked at for the words of a line."""
_BEFORE_FOUND: Final = 8
"""Characters of a text that are shown before what was found in it."""


class BranchLines:
    """Draws the lines of a graph in the colours of a widget.

    Attributes:
        frame: Which picture of the spinners is shown.
        styles: The colours: of `dim`, `path`, `error`, `cursor`, `found`, and the lanes, `lane-1` and so on.
        search: What is looked for everywhere; each line says how many hits it stands for.
    """

    def __init__(self, widget: Widget, state: State, branches: BranchGraph) -> None:
        """Draw `branches`, the graph of `state`."""
        self._state = state
        self._branches = branches
        self.styles = PartStyles(widget, "branch-tree")
        self.frame = 0
        self.search: TreeSearch | None = None
        self.waiting: Callable[[], Container[str]] = tuple

    def _lane(self, row: int, lane: int) -> Style:
        """Return the colour of a lane that leads to a message: that of its branch, which stays."""
        number = self._branches.colour(self._state.tree.value(row, "branch"))
        return self.styles[f"lane-{(lane if number is None else number) % LANES + 1}"]

    def draw(self, line: GraphLine, lanes: Sequence[int], row: int, width: int) -> list[Segment]:
        """Return a line; of the messages folded into it, `row` is the one whose words are shown."""
        # Many lanes must leave room for the words; those that are left out are one sign.
        most = max(1, width // 4)
        bars = lanes[: line.lane]
        segments = [Segment("│ ", self._lane(each, lane)) for lane, each in enumerate(bars[:most])]
        if line.lane > most:
            segments.append(Segment("⋯ ", self.styles["dim"]))
        if line.kind == "fork":
            return segments + self._arms(line, lanes)
        return segments + self._message(line, row, width - 2 * len(segments))

    def _arms(self, line: GraphLine, lanes: Sequence[int]) -> list[Segment]:
        first, *arms = range(line.lane, line.lane + line.size + 1)
        begins = self._branches.graph.before(line) is None
        return [
            Segment("╭" if begins else "├", self._lane(lanes[first], first)),
            *(Segment("─╮" if lane == arms[-1] else "─┬", self._lane(lanes[lane], lane)) for lane in arms),
        ]

    def _message(self, line: GraphLine, row: int, width: int) -> list[Segment]:
        tree, colour = self._state.tree, self._lane(row, line.lane)
        text_style = self._text_style(row)
        names = self._branches.names(row)
        # A leaf without a name is shown by the end of its id, so that every line of talk has a label.
        longest = max(_LABEL, width // (2 * len(names) or 1))
        labels = [f" {clip_middle(printable(name), longest)} " for name in names] or (
            [f"·{printable(tree.node_id[row][-4:])}"] if self._branches.whole.is_leaf(row) else []
        )
        label_style = colour + Style(reverse=True) if names else text_style
        number = f"{tree.depth[row]} "
        marks = (("bookmark", "★"), ("note", "✎"))
        signs = [Segment(f" {sign}", text_style) for mark, sign in marks if self._mark_of(row, mark)]
        if line.size:
            signs.append(Segment(f"  ┊ {line.size}", self.styles["dim"] + Style(meta={OPENS: True})))
        if self.search and (hits := self.search.hits_between(line.row, self._branches.graph.last_row(line))):
            signs.append(Segment(f" ×{hits}", self.styles["found"]))
        room = max(0, width - 2 - len(number) - sum(cell_len(sign.text) for sign in signs))
        shown = _fitting(labels, room)
        beside = [part for label in labels[:shown] for part in (Segment(" ", text_style), Segment(label, label_style))]
        if shown < len(labels):
            beside.append(Segment(f" +{len(labels) - shown}", text_style))
        signs += beside
        room = max(0, room - sum(cell_len(sign.text) for sign in beside))
        words = clip(self._words(row, room), room)
        segments = [Segment(f"{self._mark(row)} ", self._mark_style(row, colour)), Segment(number + words, text_style)]
        segments += signs
        length = self._branches.whole.length(row)
        count = f"{length} msg{'s' * (length > 1)}"
        if names and width >= _WIDE and room - cell_len(words) > len(count):
            gap = " " * (room - cell_len(words) - len(count))
            segments += [Segment(gap, text_style), Segment(count, self.styles["dim"])]
        return segments

    def _text_style(self, row: int) -> Style:
        if self._branches.query:
            return self.styles["found" if self._branches.matches(row) else "dim"]
        style = self.styles["path" if self._branches.graph.on_path(row) else "dim"]
        return style + Style(bold=True) if self._unread(row) else style

    def _words(self, row: int, room: int) -> str:
        """Return the words of a message that are shown: its first ones, or those around what was found."""
        tree = self._state.tree
        text = tree.content(row) or str(tree.value(row, "error") or "")
        if self._branches.query:
            at = self._branches.place_in(text)
            return f"…{text[at - _BEFORE_FOUND :]}" if at > 2 * _BEFORE_FOUND else text
        return words_of(text[:_LOOKED_AT], room) if tree.role[row] in MARKDOWN_ROLES else text

    def _mark(self, row: int) -> str:
        tree = self._state.tree
        match tree.status[row]:
            case "streaming" if tree.node_id[row] in self.waiting():
                return "◌"
            case "streaming":
                return SPINNER[self.frame % len(SPINNER)]
            case "error" | "interrupted":
                return "✕"
        if row == self._branches.graph.end:
            return "◉"
        if self._unread(row):
            return "◆"
        return "○" if self._archived(row) else "●"

    def _mark_style(self, row: int, colour: Style) -> Style:
        return self.styles["error"] if self._mark(row) == "✕" else colour

    def _unread(self, row: int) -> bool:
        return self._state.tree.node_id[row] in self._state.unread

    def _archived(self, row: int) -> bool:
        """Tell whether a message is archived, or the head of archived branches only."""
        refs = [self._state.refs[branch_id] for branch_id in self._branches.heads.get(row, ())]
        return self._state.archived(row) or (bool(refs) and all(ref.archived for ref in refs))

    def _mark_of(self, row: int, mark: str) -> bool:
        return bool(self._state.marks.get(self._state.tree.node_id[row], {}).get(mark))


def _fitting(labels: Sequence[str], room: int) -> int:
    """Return how many labels are shown, a space before each: all, or as many as leave room to say how many are not."""
    ends = [*accumulate(cell_len(label) + 1 for label in labels)]
    if not ends or ends[-1] <= room:
        return len(labels)
    return max(1, sum(end + len(f" +{len(labels)}") <= room for end in ends))
