"""What must hold for every text that is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from lion_tui.app.transcript.markdown import STYLE_NAMES, CodeBlock, MarkdownLines
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lion_tui.app.transcript.markdown import Line


def drawn(document: MarkdownLines) -> list[Line]:
    return [document.line(index) for index in range(len(document))]


def check_lines(document: MarkdownLines, text: str) -> None:
    """Lines are as wide as they say and no wider than asked, printable, and know their source."""
    for line in drawn(document):
        assert line.cells == sum(cell_len(run.text) for run in line.runs) <= document.width
        for run in line.runs:
            assert run.text == printable(run.text)
            assert "\n" not in run.text
            assert "\t" not in run.text
            assert set(run.style.split()) <= set(STYLE_NAMES)
            assert (run.start is None) == (run.end is None)
            if run.start is not None and run.end is not None:
                assert 0 <= run.start < run.end <= len(text)
                source = text[run.start : run.end]
                if len(source) == len(run.text) and not source.isspace():
                    assert source == run.text
    for block in document.blocks():
        assert 0 <= block.first_line <= len(document)
        if isinstance(block, CodeBlock):
            assert block.first_line <= block.last_line <= len(document)


def check_growth(pieces: Iterable[str], width: int) -> MarkdownLines:
    """After every piece, the lines equal those of the whole so far, and what did not change was said so."""
    growing = MarkdownLines(width)
    text = ""
    before: list[Line] = []
    for piece in pieces:
        changed = growing.append(piece)
        text += piece
        now = drawn(growing)
        assert now[:changed] == before[:changed]
        whole = MarkdownLines(width, text)
        assert now == drawn(whole)
        assert growing.blocks() == whole.blocks()
        before = now
    changed = growing.finish()
    whole = MarkdownLines(width, text)
    whole.finish()
    assert drawn(growing)[:changed] == before[:changed]
    assert drawn(growing) == drawn(whole)
    assert growing.blocks() == whole.blocks()
    check_lines(growing, text)
    return growing
