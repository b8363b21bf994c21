"""Keys that come all at once do what they do when they are typed one by one."""

from __future__ import annotations

import asyncio

import pytest
from stage import staged, type_at_once

from lion_tui.app import key_order
from lion_tui.app.widgets.composer import Composer


@pytest.mark.parametrize(
    ("keys", "draft"),
    [
        (["escape", "i", *"hello"], "hello"),
        (["escape", "j", "k", "i", *"jk/?n"], "jk/?n"),
        (["escape", "slash", *"word", "escape", "i", *"more"], "more"),
        (["f1", *"fork", "escape", *"after"], "after"),
        (["f2", "i", *"tree"], "tree"),
        (["ctrl+p", *"nothing at all", "escape", *"text"], "text"),
        (["escape", "ctrl+n", *"in the new session"], "in the new session"),
        (["ctrl+o", *"no such session", "escape", *"stays"], "stays"),
    ],
)
async def test_what_is_typed_at_once_goes_where_the_keys_before_it_lead(
    keys: list[str], draft: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_order, "_LONGEST_S", 60)  # however slow this machine is
    async with staged("One.") as stage:
        await stage.send("first")
        await stage.until("One.")
        type_at_once(stage, *keys)
        await stage.until(lambda: stage.app.screen.query(Composer) and stage.draft == draft)
        assert stage.session.path()[-1].content == "One."


async def test_no_key_is_lost_while_the_screen_does_something_else() -> None:
    async with staged("One.") as stage:
        gate = asyncio.Event()
        stage.screen.call_later(gate.wait)
        type_at_once(stage, *"ac", "left", *"b", "end", *"d")
        await stage.until(lambda: stage.draft == "abcd")  # a key does not wait without end for the one before
        gate.set()
