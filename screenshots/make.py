"""Make the pictures in this folder from the running program: `python screenshots/make.py`."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from lion_tui.app.app import LionApp
from lion_tui.app.opening import Opened
from lion_tui.config.settings import Settings
from lion_tui.core.errors import ServerFault
from lion_tui.services import Services
from lion_tui.session import Session

if TYPE_CHECKING:
    from lion_tui.core.inference import Service

SIZES = ((80, 24), (120, 40), (200, 60))
CHUNKS = """\
Use read_csv(chunksize=100_000) and keep only the columns that you need. Each chunk is a DataFrame; append the \
filtered ones to a list and concat once at the end."""
POLARS = "polars reads it lazily: scan_csv, filter, collect. It is faster, and it needs no chunks at all."
STRINGS = "It is slow because both keys are strings. Convert them to categories and it will take seconds."
MERGE = """\
The merge sorts both frames first. Three things help:

 1. Set the index on both sides, so that nothing is sorted twice.
 2. Make the keys categorical before you merge.
 3. Merge chunk by chunk against the small frame."""
FAULT = ServerFault("Scripted failed (503).", "Try again in a minute.")


async def converse(folder: Path) -> Opened:
    """Return a session with a few branches, written to a file in `folder`."""
    service: Service = Services.Scripted(
        [CHUNKS, POLARS, FAULT, STRINGS, MERGE], model="scripted-1", tokens_per_second=60
    )
    file = folder / "csv-bug.parquet"
    session = Session.open(file, write=True)
    session.change_first_system_message("You are a terse data engineer.")
    await session.chat("Load the csv in chunks", service=service)
    session.fork(name="fast")
    await session.chat("Why not polars?", branch="fast", service=service)
    session.fork(session.branches["fast"].path()[2], "duck")
    with contextlib.suppress(ServerFault):
        await session.chat("And in duckdb?", branch="duck", service=service)
    await session.chat("Why is the merge slow?", service=service)
    await session.regenerate(service=service)
    session.fallback = service
    return Opened(session, file, Settings(service="scripted"))


async def main() -> None:
    """Write one picture for each size and theme."""
    here = Path(__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        opened = await converse(Path(folder))
        for theme in ("lion-dark", "lion-light"):
            for width, height in SIZES:
                app = LionApp(opened, prepare=False)
                async with app.run_test(size=(width, height)) as pilot:
                    app.theme = theme
                    await pilot.pause()
                    name = f"{width}x{height}" + ("" if theme == "lion-dark" else "-light")
                    (here / f"{name}.svg").write_text(app.export_screenshot(title="lion-tui"), encoding="utf-8")
        opened.session.close()


if __name__ == "__main__":
    asyncio.run(main())
