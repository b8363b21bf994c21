"""Talk with language models in branches: the library behind the `lion-tui` program."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lion_tui.core import errors
    from lion_tui.core.errors import LionError
    from lion_tui.core.message import Message
    from lion_tui.services import Services
    from lion_tui.session import Branch, Session
    from lion_tui.session.importing import import_conversations

__all__ = [
    "Branch", "LionError", "Message", "Services", "Session", "__version__", "errors", "import_conversations",
]  # fmt: skip

_HOMES = {
    "Branch": "lion_tui.session",
    "LionError": "lion_tui.core.errors",
    "Message": "lion_tui.core.message",
    "Services": "lion_tui.services",
    "Session": "lion_tui.session",
    "import_conversations": "lion_tui.session.importing",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("lion-tui")
    from importlib import import_module

    if name == "errors":
        return import_module("lion_tui.core.errors")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'lion_tui' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
