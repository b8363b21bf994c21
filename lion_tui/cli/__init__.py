"""The program `lion-tui`: its commands. What is heavy is loaded by the command that needs it."""

from __future__ import annotations

from lion_tui.cli.program import main, program

__all__ = ["main", "program"]
