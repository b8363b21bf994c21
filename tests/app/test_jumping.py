"""Letters at what is in sight, and back and forward through the places where one was."""

from __future__ import annotations

from stage import staged

from lion_tui.app.screens.main import MainScreen


async def test_two_letters_go_to_a_message_in_sight() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        await stage.ask("second")
        await stage.press("escape", "apostrophe")
        await stage.until(lambda: not isinstance(stage.app.screen, MainScreen))
        # The label stands over the bar.
        await stage.until(lambda: any("You" in line and "▎" not in line for line in stage.lines()))
        await stage.press("a", "s")
        await stage.until(lambda: isinstance(stage.app.screen, MainScreen))
        assert (stage.focus, stage.screen.chat.cursor_row) == ("chat", 1)
        await stage.press("apostrophe")
        await stage.until(lambda: not isinstance(stage.app.screen, MainScreen))
        await stage.press("a", "g")
        await stage.until(lambda: isinstance(stage.app.screen, MainScreen))
        assert (stage.focus, stage.screen.tree_pane.cursor_row) == ("tree", 0)


async def test_another_key_ends_it_where_one_was() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        for key in ("escape", "q"):
            await stage.press("escape", "apostrophe")
            await stage.until(lambda: not isinstance(stage.app.screen, MainScreen))
            await stage.press(key)
            await stage.until(lambda: isinstance(stage.app.screen, MainScreen))
            assert (stage.focus, stage.screen.chat.cursor_row) == ("chat", 1)


async def test_back_and_forward_go_to_the_messages_where_one_was() -> None:
    async with staged("Yes.") as stage:
        for number in range(4):
            await stage.ask(f"question {number}")
        chat = stage.screen.chat
        await stage.press("escape", "k")
        await stage.until(lambda: chat.cursor_row == 6)
        await stage.press("g")
        await stage.until(lambda: chat.cursor_row == 0)
        await stage.press("alt+left")
        assert chat.cursor_row == 6
        await stage.press("alt+right")
        assert chat.cursor_row == 0
        await stage.press("j", "alt+left", "alt+right")
        assert chat.cursor_row == 1, "a step is no place of its own"
        await stage.press("alt+right")
        await stage.until("There is nothing to go forward to.")


async def test_the_letters_lead_into_the_other_column() -> None:
    async with staged("Yes.") as stage:
        await stage.ask("first")
        await stage.send("/fork other")
        await stage.ask("second")
        await stage.ask("third")
        await stage.send("/checkout main")
        await stage.ask("fourth")
        await stage.send("/compare main other")
        await stage.until(lambda: stage.focus == "chat")
        await stage.press("apostrophe")
        await stage.until(lambda: not isinstance(stage.app.screen, MainScreen))
        await stage.press("a", "d")  # a s d f are the prompts and the answers; two of them are in the left column
        await stage.until(lambda: isinstance(stage.app.screen, MainScreen))
        right = stage.screen.columns.transcripts[1]
        await stage.until(lambda: stage.screen.chat is right)
        assert (right.has_focus, right.cursor_row) == (True, 2)
        assert stage.session.current.name == "other"
