"""The full-screen program, and the only place that knows Textual."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def run_app(
    path: Path | None = None,
    *,
    service: str | None = None,
    model: str | None = None,
    system: str | None = None,
    salvage: bool = False,
    mouse: bool = True,
    draft: str = "",
    compare: Sequence[str] = (),
    tour: bool = False,
) -> int:
    """Open a session on the screen until the user leaves, and return the program's exit code.

    Args:
        path: The session's file; a new one in the data folder if left out. It need not exist.
        service: The name of the service that answers.
        model: The model that answers.
        system: The system prompt to put in force.
        salvage: Whether to show what can be read of a damaged file.
        mouse: Whether the mouse is taken; without it, the terminal itself selects text.
        draft: What is put into the composer.
        compare: The names of branches to show side by side.
        tour: Whether to show the main keys on a sample.

    Raises:
        LionError: the session cannot be opened; the screen was not touched.
    """
    import gc
    import logging
    import os
    import sys

    # What has no other handler is written to standard error, which is the screen.
    logging.getLogger("lion_tui").addHandler(logging.NullHandler())

    # Key latency is the screen's update timer; Textual reads its rate once, when it is imported.
    os.environ.setdefault("TEXTUAL_FPS", "240")
    # Its own pools keep tens of megabytes that were needed once, to read the session.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    # What is drawn waits for the threads that save and tokenize; each may keep the interpreter for so long.
    sys.setswitchinterval(0.001)
    gc.disable()  # what imports make stays; collecting it while it grows only costs time
    if path is not None and not salvage and path.is_file():
        from lion_tui.storage import begin_reading

        begin_reading(path)
    from lion_tui.app.left_out import leave_out

    leave_out()
    from lion_tui.app.app import LionApp
    from lion_tui.app.leaving import UNSAVED
    from lion_tui.app.opening import open_session
    from lion_tui.app.transcript.markdown.highlight import postpone

    postpone()
    opened = open_session(
        path, service=service, model=model, system=system, salvage=salvage, compare=compare, tour=tour
    )
    app = LionApp(opened, draft=draft)
    try:
        app.run(mouse=mouse)
    finally:
        if app.return_code != UNSAVED:
            # Closed already, unless a defect ended the program: even then what was said is saved.
            app.opened.session.close()
    return app.return_code or 0
