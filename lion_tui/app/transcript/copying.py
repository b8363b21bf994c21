"""What is copied of a message: its source, or that of one of its code blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.app.transcript.block import MARKDOWN_ROLES
from lion_tui.app.transcript.body import markdown_lines
from lion_tui.app.transcript.markdown import CodeBlock
from lion_tui.core.counting import counted
from lion_tui.core.errors import UsageError

if TYPE_CHECKING:
    from lion_tui.core.state import State

_WIDTH = 80
_SIGNS_OF_CODE = ("```", "~~~", "    ", "\t")


def may_have_code(state: State, row: int) -> bool:
    """Tell whether a message is worth being parsed in search of code blocks."""
    return state.tree.role[row] in MARKDOWN_ROLES and any(sign in state.tree.content(row) for sign in _SIGNS_OF_CODE)


def to_copy(state: State, row: int, number: str = "") -> tuple[str, str]:
    """Return the source of a message, or of its code block of a number, and how that is called with its size.

    Raises:
        UsageError: there is no such text.
    """
    content = state.tree.content(row)
    if not number:
        if not content:
            raise UsageError("This message has no text to copy.")
        return content, f"the message, {counted(len(content), 'character')},"
    lines = markdown_lines(_WIDTH, content if may_have_code(state, row) else "")
    lines.finish()
    blocks = [each for each in lines.blocks() if isinstance(each, CodeBlock)]
    found = next((block for block in blocks if str(block.number) == number), None)
    if found is None:
        raise UsageError(
            f"This message has no code block {number}.",
            f"It has {counted(len(blocks), 'code block')}." if blocks else "y copies the whole message.",
        )
    code = lines.code(found)
    return code, f"code block {number}, {counted(len(code.splitlines()), 'line')},"
