"""Work beside what the screen does, in workers of Textual's."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.dom import DOMNode
    from textual.worker import Worker, WorkType


def begin(
    node: DOMNode, work: Callable[..., Awaitable[Any]], *arguments: Any, group: str = "default", exclusive: bool = False
) -> Worker[Any]:
    """Begin work that `node` owns: it is given up when that goes.

    The function is handed over, not its coroutine: one that is given up before it begins would be left behind, and
    Python complains of it.

    Args:
        node: The program, a screen or a widget.
        work: What is done.
        *arguments: What it is done with.
        group: What it belongs to.
        exclusive: Whether other work of that group is given up for it.
    """
    # The union of Textual's type does not tell a coroutine from a result.
    return node.run_worker(cast("WorkType[Any]", partial(work, *arguments)), group=group, exclusive=exclusive)
