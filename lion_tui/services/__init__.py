"""Inference: providers, wires, budgets, retries, the embedded model. Nothing here imports textual."""

from __future__ import annotations

from lion_tui.services.endpoint import Timeouts
from lion_tui.services.factory import Services
from lion_tui.services.scripted import Reply

__all__ = ["Reply", "Services", "Timeouts"]
