"""Make the pictures in this folder from the running program: `python screenshots/make.py`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from lion_tui.app.app import LionApp
from lion_tui.app.opening import Opened
from lion_tui.config.paths import sessions_dir
from lion_tui.config.settings import Settings
from lion_tui.core.changes import Position
from lion_tui.core.errors import ServerFault
from lion_tui.core.inference import ModelInfo
from lion_tui.services import Services
from lion_tui.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

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
MODELS = [
    ModelInfo("scripted-1", context=131_072, price_in=0.15, price_out=0.6),
    ModelInfo("scripted-1-long", context=1_000_000, price_in=1.25, price_out=10.0),
    ModelInfo("scripted-small", context=8192, price_in=0.0, price_out=0.0),
]
FAULT = ServerFault("Scripted failed (503).", "Try again in a minute.")


async def converse(folder: Path) -> Opened:
    """Return a session with a few branches, written to a file in `folder`."""
    service: Service = Services.Scripted(
        [CHUNKS, POLARS, FAULT, STRINGS, MERGE], model="scripted-1", models=MODELS, tokens_per_second=60
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


async def picture(opened: Opened, size: tuple[int, int], name: str, *, theme: str, keys: Sequence[str] = ()) -> None:
    """Write what the program shows after some keys, once it awaits nothing more."""
    app = LionApp(opened, prepare=False)
    async with app.run_test(size=size) as pilot:
        app.theme = theme
        await pilot.press(*keys)
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()
        text = app.export_screenshot(title="lion-tui")
    (Path(__file__).parent / f"{name}.svg").write_text(text, encoding="utf-8")


async def main() -> None:
    """Write the pictures: the chat in each theme, the picker, and three branches side by side."""
    with tempfile.TemporaryDirectory() as folder:
        apart_from_this_machine(Path(folder))
        opened = await converse(Path(folder))
        session = opened.session
        shelve(sessions_dir())
        for size in SIZES:
            name = "{}x{}".format(*size)
            await picture(opened, size, name, theme="lion-dark")
            await picture(opened, size, f"{name}-light", theme="lion-light")
            await picture(opened, size, f"{name}-picker", theme="lion-dark", keys=["ctrl+l"])
            await picture(opened, size, f"{name}-sessions", theme="lion-dark", keys=["ctrl+o"])
            compared = tuple(Position(ref.branch_id) for ref in session.state.names().values())
            side_by_side = Opened(session, opened.file, opened.settings, compared=compared)
            await picture(side_by_side, size, f"{name}-compare", theme="lion-dark", keys=["escape"])
            session.checkout("main")
        session.close()


def shelve(folder: Path) -> None:
    """Write a few more sessions, for the list of them; one was cut by a full disk."""
    folder.mkdir(parents=True)
    for prompt, answers in {
        "Name a band of three lions": 1,
        "Explain lazy joins in polars, with an example": 4,
        "Draft a polite reminder about the invoice of March": 2,
        "What does `fsync` promise, and what does it not?": 6,
    }.items():
        session = Session(title="Reminder, second draft" if "reminder" in prompt else "")
        for at in range(answers):
            session.add_message("user", prompt if not at else "And then?")
            session.add_message("assistant", MERGE)
        session.fork(name="other")
        session.save(folder / f"{len(prompt)}.parquet")
    (folder / "cut.parquet").write_bytes((folder / f"{len(prompt)}.parquet").read_bytes()[:4000])


def apart_from_this_machine(folder: Path) -> None:
    """Let the pictures be the same whatever keys, servers and models this machine has."""
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_BASE_URL")):
            del os.environ[name]
    for name in ("OLLAMA", "LMSTUDIO", "LLAMACPP", "VLLM"):
        os.environ[f"{name}_BASE_URL"] = "http://127.0.0.1:1/v1"
    os.environ["LION_TUI_DATA"] = os.environ["LION_TUI_CONFIG"] = str(folder)


if __name__ == "__main__":
    asyncio.run(main())
