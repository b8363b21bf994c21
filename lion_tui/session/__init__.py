"""The session: the core with services that answer and a file that keeps it."""

from lion_tui.session.branch import Branch
from lion_tui.session.session import Session

__all__ = ["Branch", "Session"]
