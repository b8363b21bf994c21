"""The screen: the tree beside the chat, the composer below."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.binding import Binding
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.getters import query_one
from textual.screen import Screen
from textual.widgets import Static

from lion_tui.app.bridge import Bridge
from lion_tui.app.clipboard import copy
from lion_tui.app.commands import COMMANDS, bindings, checked_slash, slash_form
from lion_tui.app.inference import Inference
from lion_tui.app.links import open_link
from lion_tui.app.scheduler import FrameScheduler
from lion_tui.app.status import facts, hints, waiting
from lion_tui.app.transcript import Reader
from lion_tui.app.transcript.copying import counted, to_copy
from lion_tui.app.widgets.branch_tree import BranchTree
from lion_tui.app.widgets.composer import Composer
from lion_tui.app.widgets.find_bar import FindBar
from lion_tui.app.widgets.status_line import Hints, StatusLine
from lion_tui.core.errors import LionError, UsageError
from lion_tui.core.text import printable
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from lion_tui.app.opening import Opened

UNSAVED = 3
"""The exit code of a user who leaves although the file could not be written."""
_SAVE_AFTER_S = 1.0
_STOPPED = "Stopped; what came is kept."
READ_ONLY = "The session was open elsewhere, so it is read only here. Quit and open it again once it is closed there."


class MainScreen(Screen[None]):
    """The tree beside the chat, the composer below.

    Attributes:
        session: The session that is shown.
    """

    CSS_PATH = "main.tcss"
    AUTO_FOCUS = "Composer"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (160, "-wide")]  # noqa: RUF012 - Textual's way to declare them
    BINDINGS = [  # noqa: RUF012 - Textual's way to declare them
        *bindings("everywhere"),
        # The composer would take these for itself if they had no priority.
        Binding("pageup", "page(-1)", "page up", id="page-up", show=False, priority=True),
        Binding("pagedown", "page(1)", "page down", id="page-down", show=False, priority=True),
        Binding("ctrl+home", "scroll_chat(False)", "beginning of the chat", id="home", show=False, priority=True),
        Binding("ctrl+end", "scroll_chat(True)", "end of the chat", id="end", show=False, priority=True),
    ]

    tree_pane = query_one("#tree", BranchTree)
    chat = query_one("#chat", Reader)
    chat_pane = query_one("#chat-pane", Container)
    find_bar = query_one(FindBar)
    composer = query_one(Composer)
    status_line = query_one(StatusLine)
    hints_line = query_one(Hints)
    notice = query_one("#notice", Static)
    queue_lines = query_one("#queue", Static)

    def __init__(self, opened: Opened, *, prepare: bool = True) -> None:
        """Show a session; with `prepare`, find out who answers once the screen stands."""
        super().__init__()
        self._prepare = prepare
        self.session = opened.session
        self._opened = opened
        self._inference = Inference(self.app, opened, self)
        self._scheduler = FrameScheduler(self, self._draw, self._spin)
        self._save_soon = False
        self._leaving_unsaved = False
        self._note = ""
        self._waited = False

    def compose(self) -> ComposeResult:
        """Lay the panes out."""
        state = self.session.state
        with Horizontal(id="panes"):
            yield BranchTree(state, id="tree")
            # The transcript draws its own lines, so that its border is another's.
            with Container(id="chat-pane"):
                yield (chat := Reader(state, id="chat"))
        yield Static(id="notice", markup=False)
        yield Static(id="queue", markup=False)
        yield FindBar(chat, id="find")
        with Horizontal(id="prompt"):
            yield Static("›", id="mark")
            yield Composer()
        yield StatusLine()
        yield Hints()

    def on_mount(self) -> None:
        """Connect the session and show it."""
        self._bridge = Bridge(self.session, self)
        if self._opened.read_only:
            self.composer.placeholder = "Read only: the session is open elsewhere"
        else:
            self.composer.placeholder = "Ask anything; ctrl+j makes a new line"
        self.composer.load_text(
            printable(self.session.state.drafts.get(self.session.state.current.branch_id or "", ""))
        )
        self.composer.move_cursor(self.composer.document.end)
        self.path_changed()
        self.status_changed()
        if self._opened.notices:
            self.say_error("\n".join(self._opened.notices))
        if self._prepare:
            self.call_after_refresh(self._inference.prepare)

    def on_unmount(self) -> None:
        """Disconnect the session."""
        self._bridge.close()

    # What the bridge says

    def path_changed(self) -> None:
        """Show the path and the tree as they are now."""
        state = self.session.state
        end = state.head_row(state.current)
        self.chat.show_path(state.tree.path(end))
        shown = self.session.current
        self.chat_pane.border_title = Content(
            printable(f"{shown.name}, writing makes a branch" if shown.detached else shown.name)
        )
        self.tree_pane.rebuild()
        self.tree_pane.border_title = Content(printable(self.session.title or self._opened.file.stem))
        if self.session.streaming:
            self._scheduler.wake()

    def message_grew(self, row: int) -> None:
        """Draw a streaming message anew at the next frame."""
        self._scheduler.touch(row)

    def message_changed(self, row: int) -> None:
        """Draw a message anew now."""
        self._draw({row})
        self.tree_pane.message_changed(row)

    def status_changed(self) -> None:
        """Say where, who, how much and what is going on."""
        self.status_line.say(facts(self.session, self._opened.file, read_only=self._opened.read_only))
        queue = self.session.queue()
        self.queue_lines.set_class(bool(queue), "-shown")
        self.queue_lines.update(waiting(queue, held=not self._inference.sends_waiting()))
        self._update_hints()

    def waiting(self, detail: str) -> None:
        """Say what an answer waits for."""
        self._waited = True
        self.say_note(f"{detail} · esc stops", lasting_s=None)

    def unsaved(self) -> None:
        """Save soon what was done; an answer that ends is saved by the session itself."""
        self._leaving_unsaved = False
        if not self._save_soon and self.session.file is not None:
            self._save_soon = True
            self.set_timer(_SAVE_AFTER_S, self._save)

    def _save(self) -> None:
        self._save_soon = False
        if not self._leaving_unsaved:  # who tried to leave was told why it is not saved
            self._inference.run(self.session.flush())

    def _draw(self, rows: set[int]) -> None:
        for row in rows:
            self.chat.message_changed(row)
        if self._waited:
            self._waited = False
            self.say_note("")

    def _spin(self) -> bool:
        tree = self.session.state.tree
        streaming = [tree.row(node_id) for node_id in self.session.streaming]
        if streaming:
            self.chat.next_frame(streaming)
            self.tree_pane.next_frame()
        return bool(streaming)

    def failed(self, error: Exception) -> None:
        """End the program with a defect's traceback."""

        def end() -> None:
            raise error

        self.app.call_later(end)

    # Saying

    def say_error(self, text: str) -> None:
        """Show an error until something else is done."""
        self._note = ""
        self._show_notice(text, note=False)

    def say_note(self, text: str, *, lasting_s: float | None = 6.0) -> None:
        """Show what is going on, for so many seconds; an empty text takes it away."""
        self._note = text
        self._show_notice(text, note=True)
        if text and lasting_s is not None:
            self.set_timer(lasting_s, lambda: self.say_note("") if self._note == text else None)

    def _show_notice(self, text: str, *, note: bool) -> None:
        self.notice.set_class(note, "-note")
        self.notice.set_class(bool(text), "-shown")
        self.notice.update(printable(text))

    def give_back(self, text: str) -> None:
        """Put a text into the composer, before what is written there."""
        self.composer.put(text)

    # Commands

    def action_command(self, command_id: str) -> None:
        """Do what a key stands for."""
        self.do(command_id)

    def do(self, command_id: str, argument: str = "", *, written: bool = False) -> bool:
        """Do a command and tell whether it could be done; an error is shown.

        Args:
            command_id: The command.
            argument: What was written after its slash form.
            written: Whether it was given in its slash form.
        """
        if command_id != "stop" and not self._note:
            self._show_notice("", note=False)
        try:
            (checked_slash(command_id, argument) if written else COMMANDS[command_id]).run(self, argument)
        except LionError as error:
            self.say_error(str(error))
            return False
        return True

    @on(Composer.Submitted)
    def _submit(self, event: Composer.Submitted) -> None:
        text = event.text.strip()
        if self._opened.read_only:
            self.composer.put(text)
            self.say_error(READ_ONLY)
            return
        if not text:
            self._inference.send_waiting()
            return
        if slash := slash_form(event.text):
            if not self.do(*slash, written=True):
                self.composer.put(text)
            return
        self._show_notice("", note=False)
        self.chat.scroll_to_end()
        self._inference.ask(text)

    def selected_row(self) -> int:
        """Return the message that commands mean: that of the pane with the keyboard, from the composer the last.

        Raises:
            UsageError: there is none.
        """
        state = self.session.state
        row: int | None = state.head_row(state.current)
        if self.focused is self.tree_pane:
            row = self.tree_pane.cursor_row
        elif self.focused is self.chat:
            row = self.chat.cursor_row
        if row is None or row == NO_ROW:
            raise UsageError("There is no message yet.", "Write one first.")
        return row

    def _selected(self) -> str:
        return self.session.state.tree.node_id[self.selected_row()]

    def check_writable(self) -> None:
        """Refuse to change a session that is open elsewhere.

        Raises:
            UsageError: it is.
        """
        if self._opened.read_only:
            raise UsageError(READ_ONLY)

    def fork(self, name: str | None) -> None:
        """Fork at the selected message and check the branch out."""
        self.check_writable()
        branch = self.session.fork(self.session.message(self._selected()), name)
        self.session.checkout(branch)
        self.composer.focus()

    def regenerate(self) -> None:
        """Ask for another answer to the selected prompt or answer."""
        self.check_writable()
        self._inference.run(self.session.regenerate(self._selected()))

    def continue_answer(self) -> None:
        """Let the model go on with the selected answer."""
        self.check_writable()
        self._inference.run(self.session.continue_(self._selected()))

    def show_sibling(self, step: int) -> None:
        """Show another alternative of the selected message."""
        row = self.selected_row()
        node_id = self.session.state.tree.node_id[row]
        siblings = self.session.state.siblings(row)
        if len(siblings) < 2:
            raise UsageError("This message has no alternative.", "R asks for another answer.")
        self.session.show_sibling(node_id, step)
        self.chat.reveal(siblings[(siblings.index(row) + step) % len(siblings)])

    def check_out_selected(self) -> None:
        """Go on from the selected message; a prompt's text goes into the composer, to be said anew."""
        row = self.selected_row()
        message = self.session.message(self.session.state.tree.node_id[row])
        if message.role == "user":
            self.composer.put(self.session.detach_before(message))
            self.composer.focus()
        else:
            self.session.checkout(message)
            self.chat.reveal(row)

    def check_out_previous(self) -> None:
        """Check out the branch that was current before.

        Raises:
            UsageError: there is none.
        """
        state = self.session.state
        others = [
            branch_id for branch_id in state.recent if branch_id in state.refs and branch_id != state.current.branch_id
        ]
        if not others:
            raise UsageError("No other branch was current before.", "N makes one.")
        self.session.checkout(state.refs[others[-1]].name)

    def copy(self, number: str) -> None:
        """Copy what is selected: a text; or a message, or of it the code block of a number or the selected one."""
        if not number and self._copy_selection():
            return
        row = self.selected_row()
        selected = self.chat.code_number if row == self.chat.cursor_row else 0
        text, what = to_copy(self.session.state, row, number or (str(selected) if selected else ""))
        self._inference.run(self._copy(text, what))

    def _copy_selection(self) -> bool:
        """Copy the selected text, and tell whether there is any."""
        source = self.chat.selected_source()
        if source:
            self._inference.run(self._copy(source, f"{counted(len(source), 'character')}"))
        return bool(source)

    def go_to_hit(self, step: int) -> None:
        """Go to the next hit of what is looked for, or to the one before.

        Raises:
            UsageError: nothing was.
        """
        if not self.find_bar.go(step):
            raise UsageError("Nothing is looked for.", "Ctrl+F looks for a text.")

    async def _copy(self, text: str, what: str) -> None:
        self.say_note(f"Copied {what} {await copy(self.app, text)}.")

    def fold(self) -> None:
        """Fold or unfold what the keyboard is on: a run of the tree, or the reasoning of a message."""
        if self.focused is self.tree_pane:
            self.tree_pane.toggle_fold()
        else:
            self.chat.fold(self.selected_row())

    def set_system(self, text: str) -> None:
        """Put another system prompt in force."""
        self.check_writable()
        if not text:
            raise UsageError("A system prompt needs a text.", "Write /system and the text.")
        self.session.change_first_system_message(text)

    def delete(self) -> None:
        """Delete the selected message and all below it, and say how much that was."""
        self.check_writable()
        taken = self.session.delete(self._selected())
        messages = f"{taken.messages} message{'' if taken.messages == 1 else 's'}"
        where = (
            f" with the end of {taken.branches} branch{'' if taken.branches == 1 else 'es'}" if taken.branches else ""
        )
        self.say_note(f"Deleted {messages}{where}. u brings them back.", lasting_s=None)

    def stop_or_leave(self) -> None:
        """End a search or a selection, close the tree, stop what is shown or prepared, or else go to the chat."""
        if self.find_bar.close() or self.chat.clear_selection():
            return
        if self.focused is self.tree_pane:
            self.composer.focus()
        elif self.session.stop():
            self.say_note(_STOPPED)
        elif self._inference.skip_preparation():
            self.say_note(
                "Skipped. The first prompt fetches and starts the embedded model, unless --service names another."
            )
        elif self.focused is self.composer:
            self.chat.focus()

    def interrupt(self) -> None:
        """Copy what is selected, else stop what is shown, else say how to leave."""
        if not self._copy_selection():
            self.say_note(_STOPPED if self.session.stop() else "Ctrl+Q saves and quits.")

    def toggle_help(self) -> None:
        """Show all keys."""
        from lion_tui.app.screens.help import HelpScreen

        self.app.push_screen(HelpScreen())

    def leave(self) -> None:
        """Save and leave."""
        self.app.run_worker(self._leave(), group="leave", exclusive=True)

    def _keep_draft(self) -> None:
        branch_id = self.session.state.current.branch_id
        if branch_id and not self._opened.read_only:
            self.session.state.set_draft(branch_id, self.composer.text)

    async def _leave(self) -> None:
        refused: LionError | None = None
        try:
            self._keep_draft()
            await self.session.aclose()
        except LionError as error:
            refused = error
        await self._inference.end()
        if refused is None:
            self.app.exit(message=self._way_back())
        elif self._leaving_unsaved:
            self.app.exit(return_code=UNSAVED, message=Text(printable(str(refused))))
        else:
            self._leaving_unsaved = True
            self.say_error(f"{refused} Quitting again leaves without saving.")

    def _way_back(self) -> Text | None:
        file = self._opened.file
        if self._opened.read_only or not file.exists():
            return None
        return Text(printable(f"Saved. Go on with: lion-tui open {shlex.quote(str(file))}"))

    def action_page(self, pages: int) -> None:
        """Scroll the chat by pages."""
        self.chat.scroll_page(pages)

    def action_scroll_chat(self, to_end: bool) -> None:
        """Scroll the chat to its end or its beginning."""
        (self.chat.scroll_to_end if to_end else self.chat.scroll_to_start)()

    # Focus and panes in step

    @on(BranchTree.Chosen)
    def _tree_chosen(self) -> None:
        self.do("checkout")

    @on(BranchTree.CursorMoved)
    def _tree_moved(self, event: BranchTree.CursorMoved) -> None:
        self.chat.reveal(event.row)

    @on(Reader.CursorMoved)
    def _chat_moved(self, event: Reader.CursorMoved) -> None:
        if self.focused is not self.tree_pane:
            self.tree_pane.point_at(event.row)

    @on(Reader.Scrolled)
    def _chat_scrolled(self, event: Reader.Scrolled) -> None:
        self.chat_pane.border_subtitle = event.place

    @on(Reader.Found)
    def _chat_found(self, event: Reader.Found) -> None:
        self.find_bar.say(event.said)

    @on(Reader.LinkClicked)
    def _link_clicked(self, event: Reader.LinkClicked) -> None:
        self._inference.run(self._open_link(event.target))

    async def _open_link(self, target: str) -> None:
        await open_link(self.app, target)
        self.say_note(f"Opened {target}.")

    def on_descendant_focus(self) -> None:
        """Show the keys that work."""
        self._update_hints()

    def _update_hints(self) -> None:
        where = {"tree": "tree", "chat": "chat", "needle": "find"}.get(
            getattr(self.focused, "id", None) or "", "composer"
        )
        self.hints_line.say(hints(where, streaming=bool(self.session.streaming)))
