"""The chat: a path of messages, drawn line by line."""

from lion_tui.app.transcript.reader import Reader
from lion_tui.app.transcript.transcript import Transcript

__all__ = ["Reader", "Transcript"]
