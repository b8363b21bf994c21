"""The widget that prompts are written in."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, ClassVar, Final

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.message import Message as TextualMessage
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from lion_tui.app.commands import COMMANDS
from lion_tui.app.composing.completion import MOST, Choice, Offer
from lion_tui.app.composing.draft import (
    LONGEST_DRAFT,
    Attached,
    Draft,
    Inset,
    Pasted,
    heavy,
    label_of,
    labels_in,
    pattern_of,
    worth_folding,
)
from lion_tui.app.composing.history import Walk
from lion_tui.app.working import begin
from lion_tui.core.text import printable

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping

    from rich.text import Text
    from textual import events
    from textual.document._document import EditResult, Location
    from textual.document._edit import Edit

    from lion_tui.app.composing.completion import Completion
    from lion_tui.app.composing.history import PromptHistory
    from lion_tui.app.widgets.completions import Completions

_LONGEST_QUERY: Final = 200
BOUNCE_S: Final = 0.2
"""An Enter that comes so soon after another one was pressed by mistake."""
_SEARCHING: Final = "Search the prompts sent before; enter takes, esc goes back"


class _AltEnter:  # as a member of Textual's `Keys`; an `Enum` of one takes milliseconds to make
    value = "alt+enter"


# Legacy terminals send Alt+Enter as ESC CR, which Textual would take for Enter. The table is typed as read-only.
ANSI_SEQUENCES_KEYS["\x1b\r"] = (_AltEnter,)  # type: ignore[index]


class Composer(TextArea):
    """A text that grows with what is written.

    Long pastes and chosen files stand in it as one thing each. What can be completed is offered in a list above it,
    which never has the keyboard: every key comes here, and is done with before the next.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"composer--inset"}

    class Refused(TextualMessage):
        """Something was not taken in."""

        def __init__(self, reason: str) -> None:
            """Carry why."""
            super().__init__()
            self.reason = reason

    def __init__(
        self,
        choices: Completions,
        completion: Completion,
        prompts: PromptHistory,
        take_back: Callable[[], str | None],
        keymap: Mapping[str, str],
    ) -> None:
        """Begin empty.

        Args:
            choices: The list above.
            completion: What can be completed.
            prompts: The prompts sent before.
            take_back: Takes the last prompt that waits back, and returns it.
            keymap: The user's keys by the id of what they do.
        """
        self._insets: dict[str, Inset] = {}
        self._pattern: re.Pattern[str] | None = None
        super().__init__(soft_wrap=True, show_line_numbers=False, highlight_cursor_line=False, tab_behavior="focus")
        self._choices = choices
        self._completion = completion
        self._prompts = prompts
        self._take_back = take_back
        self._actions = _actions(keymap)
        # Nobody asks for them, and before the next frame each would go through all that the composer lies in.
        self.disable_messages(self.SelectionChanged)
        self._given: str | None = None
        self._offer: Offer | None = None
        self._dismissed: Location | None = None
        self._aside: Draft | None = None
        self._walk: Walk | None = None
        self._looking = False
        self._asks = self._usual = ""
        self._given_back = 0.0  # when another text than a prompt was left here

    def on_focus(self) -> None:
        """Take Enter at once: whoever comes here anew means what is written now."""
        self._given_back = 0.0

    def on_resize(self) -> None:
        """Draw all lines anew: Textual draws them before it breaks them for the new width."""
        self.refresh()  # by itself it does so only where their number changes, too

    # Keys

    async def _on_key(self, event: events.Key) -> None:
        # Textual would do what is bound to a key only when the key has come up to the program, and by then the next
        # ones may be typed. tmux has a second encoding of keys with Enter, whose names end in \r.
        key = event.key.replace("\r", "enter")
        if key == "enter" and event.time < self._given_back + BOUNCE_S:
            event.stop()
            event.prevent_default()
            return  # what it was meant for has just been left
        self._given_back = 0.0
        if self._is_for_choices(key) or (key in self._actions and await self.app.run_action(self._actions[key], self)):
            event.stop()
            event.prevent_default()
            self._restart_blink()

    def insert_newline(self) -> None:
        """Make a new line at the cursor."""
        self.replace("\n", *self.selection, maintain_selection_offset=False)

    def action_cursor_up(self, select: bool = False) -> None:
        """Go up; from the first line to the prompt before, or, if nothing is written, to the last one that waits."""
        if select or not self.navigator.is_first_wrapped_line(self.cursor_location):
            super().action_cursor_up(select)
        elif not self.text and self._walk is None and (waiting := self._take_back()):
            self._show(Draft(waiting))
        elif not self._go(-1):
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        """Go down; from the last line to the next prompt."""
        at_end = self.navigator.is_last_wrapped_line(self.cursor_location)
        if select or self._walk is None or not at_end or not self._go(1):
            super().action_cursor_down(select)

    def _go(self, step: int) -> bool:
        walk = self._walk or Walk(self._prompts.prompts())
        there = walk.go(step, self.draft)
        if there is None:
            return False
        self._walk = walk
        self._show(there)
        if step < 0:  # at the first line, so that the same key goes on
            self.move_cursor(self.get_cursor_line_end_location() if self.document.line_count == 1 else (0, 0))
        return True

    # The draft

    @property
    def searching(self) -> bool:
        """Whether a prompt sent before is looked for, and the draft is put aside."""
        return self._aside is not None

    @property
    def draft(self) -> Draft:
        """What is being written."""
        if self._aside is not None:
            return self._aside
        text = self.text
        return Draft(text, {label: self._insets[label] for label in labels_in(text, self._insets)})

    def load(self, draft: Draft) -> None:
        """Show another draft in place of the one that stands here."""
        self._aside = self._walk = self._given = None
        self._show(draft)

    def give_back(self, draft: Draft) -> None:
        """Show the draft again that another text took the place of; an Enter that was pressed twice sends nothing."""
        self.load(draft)
        self._given_back = time.monotonic()

    def take(self) -> Draft:
        """Return what is written, and begin anew."""
        draft = self.draft
        self._walk = None
        if self._aside is not None:
            self.load(Draft())
        else:
            self.clear()
            self._know(draft.insets)  # undo may bring it back
        return draft

    def put(self, draft: Draft) -> None:
        """Put a draft before what is written, the cursor at its end; one put before and not touched since goes."""
        written = self.draft
        self._aside = self._walk = None
        rest = "" if written.text == self._given else written.text
        draft = self._as_shown(draft).beside(written.insets)
        self._show(Draft(draft.text, {**written.insets, **draft.insets}))
        self._given = self.text
        if rest:
            self.insert(f"\n{rest}")

    def take_out(self, text: str) -> None:
        """Undo `put`, if the text still stands at the beginning as it was put there."""
        written = self.draft
        text = self._as_shown(Draft(text)).beside(written.insets).text
        if written.text == text or written.text.startswith(f"{text}\n"):
            self._show(Draft(written.text[len(text) + 1 :], written.insets))

    def _show(self, draft: Draft) -> None:
        draft = self._as_shown(draft)
        self._know(draft.insets)
        self.load_text(draft.text)
        self.move_cursor(self.document.end)
        self._update_choices()
        if self._aside is None:
            self._close_choices()  # nobody has asked for them

    # What stands as one thing

    def _know(self, insets: Mapping[str, Inset]) -> None:
        self._insets = dict(insets)
        self._pattern = pattern_of(insets) if insets else None

    def _label(self, inset: Inset) -> str:
        label = label_of(inset, self._insets)
        self._know({**self._insets, label: inset})
        return label

    def _as_shown(self, draft: Draft) -> Draft:
        """Return a draft as it can be shown: what was pasted into a prompt before as one thing, the rest in sight.

        Of what keys would become slow with, only the ends are.
        """
        return Draft(printable(draft.text), draft.insets).folded(self._prompts.pastes).lightened()

    def _spans(self, row: int) -> list[tuple[int, int]]:
        """Return where on a line insets begin and end."""
        if self._pattern is None or row >= self.document.line_count:
            return []
        return [match.span() for match in self._pattern.finditer(self.document[row])]

    def edit(self, edit: Edit) -> EditResult:
        """Do an edit; of an inset, all goes or nothing."""
        if self._insets and edit.from_location != edit.to_location:
            (top, bottom) = edit.top, edit.bottom
            for start, end in self._spans(top[0]):
                if start < top[1] < end:
                    top = (top[0], start)
            for start, end in self._spans(bottom[0]):
                if start < bottom[1] < end:
                    bottom = (bottom[0], end)
            edit.from_location, edit.to_location = top, bottom
        return super().edit(edit)

    def validate_selection(self, selection: Selection) -> Selection:
        """Keep the cursor out of insets: it steps over them."""
        if not self._insets:
            return selection
        return Selection(self._outside(selection.start), self._outside(selection.end))

    def _outside(self, location: Location) -> Location:
        row, column = location
        for start, end in self._spans(row):
            if start < column < end:
                return (row, start) if self.cursor_location > location else (row, end)
        return location

    def get_line(self, line_index: int) -> Text:
        """Return a line to be drawn, insets in their colour."""
        line = super().get_line(line_index)
        for start, end in self._spans(line_index):
            line.stylize(self.get_component_rich_style("composer--inset", partial=True), start, end)
        return line

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.paste(event.text)

    def paste(self, text: str) -> None:
        """Take a text in at the cursor: a long one as one thing, or whole if it is pasted right behind itself."""
        if len(text) + len(self.draft.unfolded()) > LONGEST_DRAFT:
            reason = f"What was pasted is too long: a prompt can have {LONGEST_DRAFT:,} characters."
            self.post_message(self.Refused(f"{reason} Nothing was taken in."))
            return
        # Terminals send a pasted line's end as CR.
        text = printable(text.replace("\r\n", "\n").replace("\r", "\n"))
        selection = self.selection
        if self._aside is not None:
            text = " ".join(text[:_LONGEST_QUERY].split())
        elif worth_folding(text):
            label = self._label(Pasted(text))
            row, column = self.cursor_location
            if selection.is_empty and self.document[row][:column].endswith(label) and not heavy(text):
                selection = Selection((row, column - len(label)), (row, column))
            else:
                text = label
        self.replace(text, *selection, maintain_selection_offset=False)

    # What is offered

    def watch_selection(self) -> None:
        """Offer what fits where the cursor is now; every edit moves it too."""
        if self.is_mounted:
            self._update_choices()

    def search_prompts(self) -> None:
        """Put the draft aside and look for a prompt sent before; again, select the one before."""
        if self._aside is not None:
            self._choices.move(1)
            return
        self._aside = self.draft
        self._show(Draft())

    def _update_choices(self) -> None:
        self._ask(_SEARCHING if self._aside is not None else "")
        if self._aside is not None:
            found = [Choice(text, text) for text in self._prompts.search(self.text, MOST)]
            self._offer = Offer(found, 0)
            self._choices.offer(found, "No prompt has that.")
            return
        row, column = self.cursor_location
        line = self.document[row][:column]
        offer = None
        if self.selection.is_empty and (line.startswith("/") or "@" in line):
            self._look_for_files(line)
            offer = self._completion.offer(line, first=row == 0, last=(row, column) == self.document.end)
        if offer is None or (row, offer.column) != self._dismissed:
            self._dismissed = None
        else:
            offer = None
        if offer or self._offer:
            self._offer = offer
            self._choices.offer(offer.choices if offer else ())

    def ask_for(self, what: str) -> None:
        """Say in the empty composer what is to be written in place of a prompt; with nothing, a prompt again."""
        self._usual = self._usual or str(self.placeholder)
        self.placeholder = what or self._usual

    def _ask(self, prompt: str) -> None:
        """Show another placeholder, or with none the own one again."""
        if prompt and not self._asks:
            self._asks, self.placeholder = str(self.placeholder), prompt
        elif self._asks and not prompt:
            self._asks, self.placeholder = "", self._asks

    def _is_for_choices(self, key: str) -> bool:
        """Do what a key does with the list, if it is there, and tell whether the key was for it."""
        if self._offer is None:
            return False
        match key:
            case "up" | "down":
                self._choices.move(-1 if key == "up" else 1)
            case "escape":
                self._close_choices()
            case "tab":
                self.take_choice()
            case "enter" if not self._offer.done or self._choices.selected:
                self.take_choice()
            case _:
                return False
        return True

    def _close_choices(self) -> None:
        if self._aside is not None:
            self.load(self._aside)
        elif self._offer:
            self._dismissed = (self.cursor_location[0], self._offer.column)
            self._update_choices()

    def take_choice(self) -> None:
        """Take what is selected in the list."""
        choice, offer = self._choices.chosen, self._offer
        if choice is None or offer is None:
            return
        if self._aside is not None:
            self.load(Draft(choice.text))
            return
        row, column = self.cursor_location
        text = self._label(Attached(choice.text, self._completion.files.folder)) if choice.file else choice.text
        self.replace(text, (row, offer.column), (row, column), maintain_selection_offset=False)

    def _look_for_files(self, line: str) -> None:
        if self._completion.names_file(line) and self._completion.files.stale and not self._looking:
            self._looking = True
            begin(self, self._refresh_files, group="files")

    async def _refresh_files(self) -> None:
        try:
            await asyncio.to_thread(self._completion.files.refresh)
        finally:
            self._looking = False
        self._update_choices()


def _actions(keymap: Mapping[str, str]) -> dict[str, str]:
    """Return what keys do in the composer: editing, unless they are those of a command or were chosen by the user."""
    actions = {
        key.strip(): binding.action
        for binding in TextArea.BINDINGS
        if not isinstance(binding, tuple)
        for key in binding.key.split(",")
    }
    for command in COMMANDS.values():
        if command.scope == "compose" or (command.scope == "everywhere" and command.id in keymap):
            for key in keymap.get(command.id, command.keys).split(","):
                actions[key.strip()] = f"screen.command('{command.id}')"
    return actions
