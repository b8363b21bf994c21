"""How a message came to be, in the words that stand beside it wherever it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lion_tui.core.text import clipped

if TYPE_CHECKING:
    from lion_tui.core.state import State

_BRANCH: Final = 20
"""Cells of a branch's name that are shown."""


def provenance(state: State, row: int) -> str:
    """Return how a message came to be that was not simply written where it stands; empty for any other."""
    tree = state.tree
    sources = tree.value(row, "source_ids")
    # Written as it is stored: to read it as JSON for every line that is drawn would cost more than this.
    is_cut = '"cut":' in (tree.value(row, "metadata") or "")
    match tree.value(row, "origin"):
        case "edit":
            return "cut" if is_cut else "edited"
        case "copy":
            branch = tree.value(tree.row(sources[0]), "branch") if sources and sources[0] in tree else None
            return f"copied from {clipped(branch, _BRANCH)}" if branch else "copied"
        case "merge" | "summary" if is_cut:
            return "cut, continued"
        case "merge":
            return f"fused from {len(sources)}"
        case "summary":
            return f"summary of {len(sources)}"
        case "model" if sources:
            return "cut, continued" if is_cut else "continued"
    return ""
