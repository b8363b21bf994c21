"""Parts of libraries that the program has no use for, and that would be loaded before the first screen stands."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Unused(ModuleType):
    """Stands for a module: every name in it is an empty class, which can be imported and derived from."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def leave_out() -> None:
    """Have them not loaded, if they are not yet."""
    # httpx would load a command line of its own, and with it what draws its progress.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # how Python says that it cannot be loaded
    # Textual would load its palette of commands, and the widgets that this is made of; ours is another one.
    sys.modules.setdefault("textual.command", _Unused("textual.command"))
