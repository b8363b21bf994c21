"""The session file: read, written whole and locked, as Parquet or as TOML."""

from lion_tui.storage.file import SessionFile, read, write
from lion_tui.storage.lines import write_lines
from lion_tui.storage.whole import begin_reading

__all__ = ["SessionFile", "begin_reading", "read", "write", "write_lines"]
