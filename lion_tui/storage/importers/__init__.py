"""Conversations of other programs: what they export, or keep, as the trees that they are."""

from lion_tui.storage.importers.conversation import Conversation, Skipped
from lion_tui.storage.importers.planting import ORIGIN, planted
from lion_tui.storage.importers.reading import read_conversations

__all__ = ["ORIGIN", "Conversation", "Skipped", "planted", "read_conversations"]
