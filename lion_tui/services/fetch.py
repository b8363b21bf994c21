"""The embedded model's file: where it lies, and how it gets there."""

from __future__ import annotations

import os
from pathlib import Path

from lion_tui.config import paths
from lion_tui.core.errors import EmbeddedModelError

_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"


def model_path() -> Path | None:
    """Return the embedded model's file: `LION_TUI_MODEL`, else what was fetched; None if nothing was.

    Raises:
        EmbeddedModelError: `LION_TUI_MODEL` names a file that is not there.
    """
    if chosen := os.environ.get("LION_TUI_MODEL"):
        path = Path(chosen).expanduser()
        if not path.is_file():
            raise EmbeddedModelError(
                f"LION_TUI_MODEL names {path}, and there is no such file.",
                "Set it to a GGUF file, or unset it to use SmolLM2-135M.",
                service="embedded",
            )
        return path
    path = paths.models_dir() / _FILE
    return path if path.is_file() else None
