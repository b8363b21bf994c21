"""`python -m lion_tui` is `lion-tui`."""

from __future__ import annotations

from lion_tui.cli import main

if __name__ == "__main__":
    main()
