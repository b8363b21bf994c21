"""Conversations of other programs: what they export, or keep, as the trees that they are."""

from lion_tui.storage.importers.containers import read_conversations
from lion_tui.storage.importers.conversation import Conversation, Skipped
from lion_tui.storage.importers.planting import ORIGIN, planted

__all__ = ["ORIGIN", "Conversation", "Skipped", "planted", "read_conversations"]
