"""The least that Textual can do: an `Input`, a `Markdown` for each answer, and httpx; the floor of `bench_screen.py`.

python tests/bench/floor_app.py BASE_URL
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import httpx
from textual import work
from textual.app import App
from textual.containers import VerticalScroll
from textual.widgets import Input, Markdown

if TYPE_CHECKING:
    from textual.app import ComposeResult


class FloorApp(App[None]):
    """Every prompt starts an answer, also while others stream."""

    CSS = "VerticalScroll { height: 1fr }"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, base_url: str) -> None:
        """Ask the server at `base_url`."""
        super().__init__()
        self._url = f"{base_url}/chat/completions"

    def compose(self) -> ComposeResult:
        """Lay the widgets out."""
        yield VerticalScroll(can_focus=False)
        yield Input()

    def on_mount(self) -> None:
        """Begin at the input."""
        self.query_one(Input).focus()

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Ask."""
        event.input.clear()
        chat, answer = self.query_one(VerticalScroll), Markdown()
        await chat.mount(Markdown(event.value), answer)
        chat.anchor()
        self._ask(event.value, answer)

    @work
    async def _ask(self, prompt: str, answer: Markdown) -> None:
        stream = Markdown.get_stream(answer)
        body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": prompt}]}
        async with (
            httpx.AsyncClient(timeout=None, trust_env=False) as client,  # noqa: S113 - the loopback
            client.stream("POST", self._url, json=body) as response,
        ):
            async for line in response.aiter_lines():
                if line.startswith("data: {") and (text := json.loads(line[6:])["choices"][0]["delta"].get("content")):
                    await stream.write(text)
        await stream.stop()


if __name__ == "__main__":
    FloorApp(sys.argv[1]).run()
