"""The session file: read, written whole and locked, as Parquet or as TOML."""

from lion_tui.storage.file import SessionFile, read, write

__all__ = ["SessionFile", "read", "write"]
