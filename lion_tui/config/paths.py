"""Where things are kept on this machine."""

from __future__ import annotations

import os
from pathlib import Path

_APP = "lion-tui"


def data_dir() -> Path:
    """Return the folder for sessions and the embedded model (`LION_TUI_DATA`, else the platform's)."""
    if chosen := os.environ.get("LION_TUI_DATA"):
        return Path(chosen).expanduser()
    import platformdirs

    return platformdirs.user_data_path(_APP, appauthor=False)


def config_dir() -> Path:
    """Return the folder for `config.toml` and the user's themes (`LION_TUI_CONFIG`, else the platform's)."""
    if chosen := os.environ.get("LION_TUI_CONFIG"):
        return Path(chosen).expanduser()
    import platformdirs

    return platformdirs.user_config_path(_APP, appauthor=False)


def sessions_dir() -> Path:
    """Return the folder for sessions that were given no path."""
    return data_dir() / "sessions"


def models_dir() -> Path:
    """Return the folder for model files that were fetched."""
    return data_dir() / "models"


def trash_dir() -> Path:
    """Return the folder for sessions that were deleted."""
    return data_dir() / "trash"
