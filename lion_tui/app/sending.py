"""What is written in the composer, on its way to the session."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from lion_tui.app.commands import slash_form
from lion_tui.app.composing.draft import Draft
from lion_tui.app.composing.editor import edited
from lion_tui.app.composing.files import with_contents
from lion_tui.core.errors import LionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lion_tui.app.composing.history import PromptHistory
    from lion_tui.app.opening import Opened
    from lion_tui.app.screens.main import MainScreen
    from lion_tui.core.changes import Position


class Written(NamedTuple):
    """What was written of a command that may yet fail.

    Attributes:
        screen: Where it is done.
        draft: What was written.
        position: What was shown then.
    """

    screen: MainScreen
    draft: Draft
    position: Position

    def give_back(self) -> None:
        """Put it back where it was written, unless something else is written there by now."""
        if self.screen.is_mounted and not self.screen.drafts.written_at(self.position):
            self.screen.drafts.give_back(self.draft, self.position)


class Sending:
    """Sends what is written, or does it if it is a command. What cannot be sent is given back."""

    def __init__(self, screen: MainScreen, opened: Opened, prompts: PromptHistory) -> None:
        """Send what is written on `screen`; `prompts` remembers it."""
        self._screen = screen
        self._session = opened.session
        self._prompts = prompts
        self._reading = asyncio.Lock()

    def send(self, *, now: bool = False) -> None:
        """Send what is written; `now` stops the answer that is shown for it."""
        screen = self._screen
        draft, position = screen.composer.take(), self._session.state.current
        if draft.files or self._reading.locked():
            screen.inference.run(self._read_and_send(draft, position, now))
        else:
            self._send(draft, draft.unfolded(), position, now)

    async def _read_and_send(self, draft: Draft, position: Position, now: bool) -> None:
        """Send a draft with the contents of its files, after those that were sent before."""
        async with self._reading:
            try:
                text = await asyncio.to_thread(with_contents, draft.unfolded(), draft.files)
            except LionError:
                self._screen.drafts.give_back(draft, position)
                raise
            self._send(draft, text, position, now)

    def _send(self, draft: Draft, text: str, position: Position, now: bool) -> None:
        """Do what was written: a command, or a prompt, where it was written."""
        screen = self._screen
        if slash := slash_form(text):
            command = Written(screen, draft, position)
            with screen.doing(command):
                if not screen.do(*slash, written=True):
                    command.give_back()
        elif screen.read_only:
            screen.drafts.give_back(draft, position)
            screen.check_writable()
        else:
            if text.strip():
                for transcript in screen.columns.transcripts:
                    transcript.scroll_to_end()
            targets = screen.columns.targets() if position == self._session.state.current else [position]
            if len(targets) < 2 or now or not text.strip() or not screen.fanning.ask_on(text.strip(), targets):
                for each in targets:
                    screen.inference.ask(text.strip(), each, now=now)
        self.remember(draft)

    def hand_over(self, take: Callable[[str], object]) -> None:
        """Have another way found for what is written, with the contents of its files; what cannot be read comes back.

        Args:
            take: Takes the prompt.
        """
        draft, position = self._screen.composer.take(), self._session.state.current
        self._screen.inference.run(self._hand_over(draft, position, take))

    async def _hand_over(self, draft: Draft, position: Position, take: Callable[[str], object]) -> None:
        async with self._reading:
            try:
                text = draft.unfolded()
                text = await asyncio.to_thread(with_contents, text, draft.files) if draft.files else text
            except LionError:
                self._screen.drafts.give_back(draft, position)
                raise
        self.remember(draft)
        take(text.strip())

    def remember(self, draft: Draft) -> None:
        """Let a prompt be found again, in later sessions too."""
        if text := draft.unfolded().strip():
            self._prompts.add(text, draft.pastes)
            self._screen.inference.run(asyncio.to_thread(self._prompts.write, text))

    def send_now(self, text: str) -> None:
        """Stop the answer that is shown and send a prompt, before those that wait."""
        self._screen.check_writable()
        self._screen.inference.ask(text, self._session.state.current, now=True)

    async def prompt(self) -> str:
        """Return what would be sent of what is written, with the contents of its files; a command is not.

        Raises:
            LionError: a file cannot be read.
        """
        draft = self._screen.revising.put_aside or self._screen.composer.draft
        text = draft.unfolded()
        if slash_form(text):
            return ""
        return (await asyncio.to_thread(with_contents, text, draft.files) if draft.files else text).strip()

    def take_back(self) -> str | None:
        """Take the last prompt that waits on what is shown back; None if there is none, or no prompt is written."""
        waiting = self._session.queue()
        if not waiting or self._screen.read_only or self._screen.revising.under_way:
            return None
        self._session.unqueue(waiting[-1])
        return waiting[-1].text

    def clear(self) -> bool:
        """Clear the draft, which can be found again, and tell whether there was any."""
        written = self._screen.composer.take()
        self._prompts.add(written.unfolded(), written.pastes)
        return bool(written.text)

    def open_editor(self) -> None:
        """Let the draft be written in the user's editor."""
        self._screen.inference.run(self._edit())

    async def _edit(self) -> None:
        # Taken out meanwhile: what an answer that fails gives back is not written over.
        screen = self._screen
        revises = screen.revising.under_way
        draft, position = screen.composer.take(), self._session.state.current
        text, files = draft.open()
        try:
            draft = Draft(await edited(screen.app, text), files).folded(draft.pastes)
        finally:
            if revises and screen.revising.under_way:
                screen.composer.put(draft)
            else:
                screen.drafts.give_back(draft, position)
            screen.app.refresh(layout=True)
