"""The screen: the tree beside the chat, the composer below."""

from __future__ import annotations

import asyncio
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.getters import query_one
from textual.message import Message as TextualMessage
from textual.screen import Screen
from textual.widgets import Static

from lion_tui.app.bridge import Bridge
from lion_tui.app.choosing import Choosing
from lion_tui.app.clipboard import copy
from lion_tui.app.columns import Columns
from lion_tui.app.commands import COMMANDS, bindings, checked_slash, slash_form
from lion_tui.app.composing.completion import Completion
from lion_tui.app.composing.draft import Draft
from lion_tui.app.composing.drafts import Drafts
from lion_tui.app.composing.editor import edited
from lion_tui.app.composing.files import FileIndex, with_contents
from lion_tui.app.composing.history import PromptHistory
from lion_tui.app.inference import Inference
from lion_tui.app.links import open_link
from lion_tui.app.opening import open_session
from lion_tui.app.pane_layout import PaneLayout
from lion_tui.app.scheduler import FrameScheduler
from lion_tui.app.status import facts, hints, name_of, waiting
from lion_tui.app.transcript import Reader
from lion_tui.app.transcript.copying import counted, to_copy
from lion_tui.app.widgets.branch_tree import BranchTree
from lion_tui.app.widgets.completions import Completions
from lion_tui.app.widgets.composer import Composer
from lion_tui.app.widgets.find_bar import FindBar
from lion_tui.app.widgets.inspector import Inspector
from lion_tui.app.widgets.status_line import Hints, StatusLine
from lion_tui.core.changes import Position
from lion_tui.core.errors import LionError, UsageError
from lion_tui.core.path_figures import PathFigures
from lion_tui.core.text import printable
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual import events
    from textual.app import ComposeResult

    from lion_tui.app.opening import Opened
    from lion_tui.app.revision import Revision
    from lion_tui.core.errors import ServiceChoiceError
    from lion_tui.core.events import Event
    from lion_tui.session import Branch

UNSAVED = 3
"""The exit code of a user who leaves although the file could not be written."""
_SAVE_AFTER_S = 1.0
_STOPPED = "Stopped; what came is kept."
_AGAIN = "Ctrl+C again saves and quits."
READ_ONLY = "The session is read only here. /save writes a copy to go on in."


class MainScreen(Screen[None]):
    """The tree beside the chat, the composer below.

    Attributes:
        session: The session that is shown.
        choosing: Who answers, and with which settings.
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
    inspector = query_one(Inspector)
    find_bar = query_one(FindBar)
    composer = query_one(Composer)
    mark = query_one("#mark", Static)
    status_line = query_one(StatusLine)
    hints_line = query_one(Hints)
    notice = query_one("#notice", Static)
    queue_lines = query_one("#queue", Static)

    class SessionChanged(TextualMessage):
        """Another session is to be shown; this one is closed."""

        def __init__(self, opened: Opened) -> None:
            """Carry the other one."""
            super().__init__()
            self.opened = opened

    def __init__(
        self, opened: Opened, *, prepare: bool = True, keymap: Mapping[str, str] | None = None, draft: str = ""
    ) -> None:
        """Show a session.

        Args:
            opened: The session.
            prepare: Whether to find out who answers once the screen stands.
            keymap: The user's keys by the id of what they do.
            draft: What is put into the composer besides what was written before.
        """
        super().__init__()
        self._prepare = prepare
        self._keymap = keymap or {}
        self._draft = draft
        self.session = opened.session
        self._opened = opened
        self._inference = Inference(self.app, opened, self)
        self.choosing = Choosing(self, opened, self._inference)
        self._prompts = PromptHistory(opened.session.state)
        self._reading = asyncio.Lock()
        self._scheduler = FrameScheduler(self, self._streaming, spins=opened.settings.animation == "on")
        self.columns = Columns(opened.session, self._scheduler)
        self.layout_of_panes = PaneLayout(self)
        self._revision: Revision | None = None
        self._put_aside = Draft()  # what was being written when a revision began
        self._marked: str | None = None  # the branch that is to be compared with another one
        self._figures = PathFigures(self.session.state.tree)
        self._save_soon = False
        self._leaving_unsaved = False
        self._note = ""
        self._waited = False

    @property
    def chat(self) -> Reader:
        """The transcript of what is current."""
        return self.columns.active.transcript

    def compose(self) -> ComposeResult:
        """Lay the panes out."""
        state = self.session.state
        with Horizontal(id="panes"):
            yield BranchTree(state, id="tree")
            with Vertical(id="chats"):
                yield Static(id="band", markup=False)
                with Horizontal(id="columns"):
                    yield self.columns.first
            yield Inspector(state, id="inspector")
        yield (completions := Completions(id="completions"))
        yield Static(id="notice", markup=False)
        yield Static(id="queue", markup=False)
        yield FindBar(self.chat, id="find")
        completion = Completion(lambda: self.session.branches, FileIndex(Path.cwd()))
        with Horizontal(id="prompt"):
            yield Static("›", id="mark")
            yield Composer(completions, completion, self._prompts, self._take_back, self._keymap)
        yield StatusLine()
        yield Hints()

    def on_mount(self) -> None:
        """Connect the session and show it."""
        self._scheduler.add(self.tree_pane)
        self.columns.place(self.query_one("#columns", Horizontal), self.query_one("#band", Static))
        self._bridge = Bridge(self.session, self)
        self.inspector.border_title = "inspector"
        if self._opened.read_only:
            self.composer.placeholder = "Read only here; /save writes a copy to go on in"
        else:
            self.composer.placeholder = "Ask anything; ctrl+j makes a new line"
        self._drafts = Drafts(self.session.state, self.composer)
        if self._draft:
            self.composer.paste(self._draft)
            self.composer.insert_newline()
        self.path_changed()
        if self._opened.notices:
            self.say_error("\n".join(self._opened.notices))
        if self._prepare:
            self._update_hints()  # the status says who answers, and to find that out can wait until the screen stands
            self.call_after_refresh(self._inference.prepare)
        else:
            self.status_changed()

    def on_unmount(self) -> None:
        """Disconnect the session."""
        self._bridge.close()

    # What the bridge says

    def path_changed(self) -> None:
        """Show the path and the tree as they are now."""
        self.columns.follow()
        self.find_bar.turn_to(self.chat)
        self.set_class(self.columns.comparing, "-comparing")
        self.tree_pane.entitle(name_of(self.session, self._opened.file))
        self.inspect()
        if self._revision and self._drafts.moved:
            self._end_revision()
        self._drafts.follow()
        self._scheduler.wake()  # an answer may begin with this, and its spinner turns before the first word

    def message_grew(self, row: int) -> None:
        """Draw a streaming message anew at the next frame."""
        self._scheduler.touch(row)
        self._end_waiting()

    def message_changed(self, row: int) -> None:
        """Draw a message anew now."""
        self._scheduler.flush(row)
        self._end_waiting()
        self.inspect()

    def graph_changed(self, event: Event) -> None:
        """Show the graph as it is now."""
        self.tree_pane.take(event)

    def status_changed(self) -> None:
        """Say where, who, how much and what is going on."""
        self.status_line.say(
            facts(
                self.session,
                self._figures,
                self._opened.file,
                self._inference.window,
                read_only=self._opened.read_only,
            )
        )
        self.columns.say_who_answers()
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
            self._keep_draft()
            self._inference.run(self.session.flush())

    def _end_waiting(self) -> None:
        if self._waited:
            self._waited = False
            self.say_note("")

    def _streaming(self) -> list[int]:
        row = self.session.state.tree.row
        return [row(node_id) for node_id in self.session.streaming]

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
        """Show what is going on, for so many seconds; an empty text takes it away. An error that is shown stays."""
        if self.notice.has_class("-shown") and not self.notice.has_class("-note"):
            return
        self._note = text
        self._show_notice(text, note=True)
        if text and lasting_s is not None:
            self.set_timer(lasting_s, lambda: self.say_note("") if self._note == text else None)

    def _show_notice(self, text: str, *, note: bool) -> None:
        self.notice.set_class(note, "-note")
        self.notice.set_class(bool(text), "-shown")
        self.notice.update(printable(text))

    def give_back(self, text: str, position: Position) -> None:
        """Put a prompt that was not sent before what is written where it was."""
        self._drafts.give_back(Draft(text), position)

    def choice_needed(self, error: ServiceChoiceError) -> None:
        """Open the picker."""
        self.choosing.needed(error)

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

    def send(self, *, now: bool = False) -> None:
        """Send what is written; `now` stops the answer that is shown for it. While prompts are searched, take one."""
        if self.composer.searching:
            self.composer.take_choice()
            return
        draft, position = self.composer.take(), self.session.state.current
        if self._revision:
            self._take_revision(draft)
            return
        if self._opened.read_only:
            self._drafts.give_back(draft, position)
            self.say_error(READ_ONLY)
        elif draft.files or self._reading.locked():
            self._inference.run(self._read_and_send(draft, position, now))
        else:
            self._send(draft, draft.unfolded(), position, now)

    async def _read_and_send(self, draft: Draft, position: Position, now: bool) -> None:
        """Send a draft with the contents of its files, after those that were sent before."""
        async with self._reading:
            try:
                text = await asyncio.to_thread(with_contents, draft.unfolded(), draft.files)
            except LionError:
                self._drafts.give_back(draft, position)
                raise
            self._send(draft, text, position, now)

    def _send(self, draft: Draft, text: str, position: Position, now: bool) -> None:
        """Do what was written: a command, or a prompt, where it was written."""
        if slash := slash_form(text):
            if not self.do(*slash, written=True):
                self._drafts.give_back(draft, position)
                return
        else:
            if text.strip():
                for transcript in self.columns.transcripts:
                    transcript.scroll_to_end()
            for each in self.columns.targets() if position == self.session.state.current else [position]:
                self._inference.ask(text.strip(), each, now=now)
        self._remember(draft.unfolded().strip())

    def _remember(self, text: str) -> None:
        """Let a prompt be found again, in later sessions too."""
        if text:
            self._prompts.add(text)
            self._inference.run(asyncio.to_thread(self._prompts.write, text))

    def send_now(self, text: str) -> None:
        """Stop the answer that is shown and send a prompt, before those that wait."""
        self.check_writable()
        self._inference.ask(text, self.session.state.current, now=True)

    def _take_back(self) -> str | None:
        """Take the last prompt that waits on what is shown back; None if there is none."""
        waiting = self.session.queue()
        if not waiting or self._opened.read_only:
            return None
        self.session.unqueue(waiting[-1])
        return waiting[-1].text

    @on(Composer.Refused)
    def _refused(self, event: Composer.Refused) -> None:
        self.say_error(event.reason)

    @on(Completions.Clicked)
    def _choice_clicked(self) -> None:
        self.composer.take_choice()

    def open_editor(self) -> None:
        """Let the draft be written in the user's editor."""
        self._inference.run(self._edit())

    async def _edit(self) -> None:
        # Taken out meanwhile: what an answer that fails gives back is not written over.
        draft, position = self.composer.take().open(), self.session.state.current
        try:
            draft = Draft(await edited(self.app, draft.text), draft.insets)
        finally:
            self._drafts.give_back(draft, position)
            self.app.refresh(layout=True)

    def on_paste(self, event: events.Paste) -> None:
        """Take what is pasted outside the composer into it."""
        self.set_focus(self.composer)
        self.composer.paste(event.text)

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

    def selected_node(self) -> str:
        """Return the id of the message that commands mean; as `selected_row`."""
        return self.session.state.tree.node_id[self.selected_row()]

    def selected_branch(self) -> Branch:
        """Return the branch that commands mean: in the tree the one whose end is selected, else the current one.

        Raises:
            UsageError: the view is detached.
        """
        if self.focused is self.tree_pane and self.tree_pane.cursor_row is not None:
            node_id = self.selected_node()
            ends = [
                branch for branch in self.session.branches.values() if branch.head and branch.head.node_id == node_id
            ]
            if ends:
                return self.session.current if self.session.current in ends else ends[0]
        if self.session.current.detached:
            raise UsageError("What is shown is no branch.", "N makes one here.")
        return self.session.current

    # Asking for texts

    def ask(self, title: str, take: Callable[[str], object], *, value: str = "") -> None:
        """Ask for a line; `take` raises a `LionError` if it cannot be taken."""
        from lion_tui.app.screens.ask import Ask

        self.app.push_screen(Ask(title, take, value=value))

    def revise(self, revision: Revision) -> None:
        """Work on a text in the composer; what was being written there comes back afterwards."""
        written = self.composer.take()
        if self._revision is None:
            self._put_aside = written
        self._revision = revision
        self.composer.load(Draft(revision.text))
        self.set_focus(self.composer)
        self.mark.update("✎")
        self.say_note(revision.title, lasting_s=None)

    def _take_revision(self, draft: Draft) -> None:
        assert self._revision is not None  # noqa: S101 - only called while there is one
        try:
            self._revision.apply(draft.unfolded())
        except LionError as error:
            self.composer.load(draft)
            self.say_error(str(error))
        else:
            self._end_revision()

    def _end_revision(self) -> None:
        self._revision = None
        self.mark.update(self.columns.target_name)
        self.composer.load(self._put_aside)
        self.say_note("")

    def check_writable(self) -> None:
        """Refuse to change a session that is only read.

        Raises:
            UsageError: it is.
        """
        if self._opened.read_only:
            raise UsageError(READ_ONLY)

    def fork(self, name: str | None) -> None:
        """Fork at the selected message and check the branch out."""
        self.check_writable()
        branch = self.session.fork(self.session.message(self.selected_node()), name)
        self.session.checkout(branch)
        self.set_focus(self.composer)

    def regenerate(self) -> None:
        """Ask for another answer to the selected prompt or answer."""
        self.check_writable()
        self._inference.run(self.session.regenerate(self.selected_node()))

    def continue_answer(self) -> None:
        """Let the model go on with the selected answer."""
        self.check_writable()
        self._inference.run(self.session.continue_(self.selected_node()))

    def show_sibling(self, step: int) -> None:
        """Show another alternative of the selected message."""
        row = self.selected_row()
        node_id = self.session.state.tree.node_id[row]
        siblings = self.session.state.siblings(row)
        if len(siblings) < 2:
            raise UsageError("This message has no alternative.", "R asks for another answer.")
        self.session.show_sibling(node_id, step)
        self.chat.reveal(siblings[(siblings.index(row) + step) % len(siblings)])

    def go_to_fork(self, step: int) -> None:
        """Go to the fork above the selected message, or with 1 to the one below it.

        Raises:
            UsageError: there is none.
        """
        fork = self.tree_pane.fork_from(self.selected_row(), step)
        if fork == NO_ROW:
            raise UsageError(f"There is no fork {'below' if step > 0 else 'above'} this message.", "N makes one here.")
        if self.focused is self.tree_pane:
            self.tree_pane.go_to(fork)
        else:
            self.set_focus(self.chat)
            self.chat.reveal(fork)

    def check_out_selected(self) -> None:
        """Go on from the selected message; a prompt's text goes into the composer, to be said anew."""
        row = self.selected_row()
        message = self.session.message(self.session.state.tree.node_id[row])
        if message.role == "user":
            self.composer.put(Draft(self.session.detach_before(message)))
            self.set_focus(self.composer)
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
            self._inference.run(self._copy(source, counted(len(source), "character")))
        return bool(source)

    async def _copy(self, text: str, what: str) -> None:
        self.say_note(f"Copied {what} {await copy(self.app, text)}.")

    def go_to_hit(self, step: int) -> None:
        """Go to the next hit of what is looked for, or to the one before.

        Raises:
            UsageError: nothing was.
        """
        if not self.find_bar.go(step):
            raise UsageError("Nothing is looked for.", "Ctrl+F looks for a text.")

    def fold(self) -> None:
        """Fold or unfold what the keyboard is on: a run of the tree, or the reasoning of a message."""
        if self.focused is self.tree_pane:
            self.tree_pane.toggle_fold()
        else:
            self.chat.fold(self.selected_row())

    def delete(self) -> None:
        """Delete the selected message and all below it, and say how much that was."""
        self.check_writable()
        taken = self.session.delete(self.selected_node())
        messages = f"{taken.messages} message{'' if taken.messages == 1 else 's'}"
        where = (
            f" with the end of {taken.branches} branch{'' if taken.branches == 1 else 'es'}" if taken.branches else ""
        )
        self.say_note(f"Deleted {messages}{where}. u brings them back.", lasting_s=None)

    def stop_or_leave(self) -> None:
        """End a search or a selection, close the tree, stop what is shown or prepared, or else go to the chat."""
        if self.find_bar.close() or self.chat.clear_selection():
            self._update_hints()
            return
        if self.focused is self.tree_pane:
            self.set_focus(self.composer)
        elif self._revision and self.focused is self.composer:
            self._end_revision()
        elif self.session.stop():
            self.say_note(_STOPPED)
        elif self._inference.skip_preparation():
            self.say_note(
                "Skipped. The first prompt fetches and starts the embedded model, unless Ctrl+L chooses another."
            )
        elif self.focused is self.composer:
            self.set_focus(self.chat)

    def interrupt(self) -> None:
        """Copy what is selected, else stop what is shown, else clear the draft, which can be found again, else leave.

        Leaving takes two of them in a row.
        """
        if self._copy_selection():
            return
        if self.session.stop():
            self.say_note(_STOPPED)
        elif self.focused is self.composer and (written := self.composer.take().unfolded()):
            self._prompts.add(written)
            self.say_note("Cleared; up brings it back.")
        elif self._note == _AGAIN:
            self.leave()
        else:
            self.say_note(_AGAIN)

    def toggle_help(self) -> None:
        """Show all keys."""
        from lion_tui.app.screens.help import HelpScreen

        self.app.push_screen(HelpScreen())

    def inspect(self) -> None:
        """Show in the inspector, if it is in sight, what is known of the selected message."""
        if self.inspector.display:
            try:
                self.inspector.show(self.selected_row())
            except UsageError:
                self.inspector.show(NO_ROW)

    def _check_quiet(self) -> None:
        if count := len(self.session.streaming):
            raise UsageError(f"{count} answer{' is' if count == 1 else 's are'} coming.", "Wait, or stop all with X.")

    def save_as(self, path: Path) -> None:
        """Write the session to another file and go on there.

        Raises:
            SaveFailed: it cannot be written.
        """
        self._check_quiet()
        self.session.save(path)
        self.change_session(path)

    def change_session(self, path: Path | None) -> None:
        """Save this session and show another one; a new one if no file is given.

        Raises:
            LionError: the other one cannot be opened; this one goes on.
        """
        if path is not None and path.resolve() == self._opened.file.resolve():
            raise UsageError("That file is this session's own.", "Nothing needs to be done.")
        self._check_quiet()
        opened = open_session(path, service=self._opened.service, model=self._opened.model, system=None)
        self.app.run_worker(self._change_session(opened), group="leave", exclusive=True)

    async def _change_session(self, opened: Opened) -> None:
        if refused := await self._close():
            opened.session.close()
            self.say_error(str(refused))
        else:
            opened.session.fallback = self.session.fallback
            self.post_message(self.SessionChanged(opened))

    def leave(self, *, ended_by: int | None = None) -> None:
        """Save and leave; a signal that ends the program does so even if it cannot be saved."""
        self.app.run_worker(self._leave(ended_by), group="leave", exclusive=True)

    def _keep_draft(self) -> None:
        if not self._opened.read_only:
            self._drafts.keep(self._put_aside if self._revision else None)

    async def _close(self) -> LionError | None:
        """Save and close the session; return why it could not be."""
        refused: LionError | None = None
        try:
            self._keep_draft()
            await self.session.aclose()
        except LionError as error:
            refused = error
        await self._inference.end()
        return refused

    async def _leave(self, ended_by: int | None) -> None:
        refused = await self._close()
        if ended_by is not None:
            self.app.exit(return_code=128 + ended_by, message=Text(printable(str(refused))) if refused else None)
        elif refused is None:
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

    # Side by side

    def mark_for_comparing(self) -> None:
        """Compare the selected branch with the one that was marked before, or mark it; end what is compared."""
        if self.columns.comparing:
            self.end_comparing()
            return
        branch_id = self._branch_to_compare()
        if self._marked in self.session.state.refs and self._marked not in {None, branch_id}:
            marked, self._marked = self._marked, None
            self.compare([marked or "", branch_id])
            return
        self._marked = branch_id
        self.say_note(f"{self.session.state.refs[branch_id].name} is marked; c on another branch compares them.")

    def _branch_to_compare(self) -> str:
        """Return the branch that ends at the selected message; one is made where there is none."""
        node_id = self.selected_node()
        ends = [
            branch.branch_id
            for branch in self.session.branches.values()
            if branch.head and branch.head.node_id == node_id
        ]
        current = self.session.state.current.branch_id
        if current in ends or (self.focused is not self.tree_pane and current):
            return current or ""
        return (ends or [self.session.fork(self.session.message(node_id)).branch_id])[0] or ""

    def compare(self, branch_ids: Sequence[str]) -> None:
        """Show branches side by side; the keyboard goes to the first of them.

        Raises:
            UsageError: they cannot be compared.
        """
        self.columns.compare([Position(branch_id) for branch_id in branch_ids])
        self.session.checkout(self.session.state.refs[branch_ids[0]].name)
        self.path_changed()
        self.mark.update(self.columns.target_name)
        self.call_after_refresh(self.chat.focus)

    def end_comparing(self) -> None:
        """Show only what is current."""
        self.columns.end()
        self.path_changed()
        self.mark.update(self.columns.target_name)
        self.set_focus(self.chat)

    def choose_target(self) -> None:
        """Let the composer write to another column, or to all.

        Raises:
            UsageError: there is one chat.
        """
        if not self.columns.comparing:
            raise UsageError("There is one chat to write to.", "c on two branches shows them side by side.")
        self.columns.choose_target()
        self.mark.update(self.columns.target_name)

    def toggle_common(self) -> None:
        """Show in every column what all have in common, or hide it again."""
        if not self.columns.comparing:
            raise UsageError("Nothing is compared.", "c on two branches shows them side by side.")
        self.columns.opened = not self.columns.opened
        self.columns.follow()

    def action_column(self, step: int) -> None:
        """Go to the column beside."""
        self.columns.beside(step).focus()

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
        self.inspect()

    @on(Reader.CursorMoved)
    def _chat_moved(self, event: Reader.CursorMoved) -> None:
        if self.focused is not self.tree_pane:
            self.tree_pane.point_at(event.row)
        self.inspect()

    @on(Reader.Scrolled)
    def _chat_scrolled(self, event: Reader.Scrolled) -> None:
        row = self.chat.cursor_row if event.row is None else event.row
        if self.focused is not self.tree_pane and row is not None:
            self.tree_pane.point_at(row)

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
        """Show the keys that work, and what is selected; a column that gets the keyboard is current."""
        if self.focused is not None:
            self.columns.activate(self.focused)
            self.find_bar.turn_to(self.chat)
        self._update_hints()
        self.inspect()

    def _update_hints(self) -> None:
        where = "tree" if self.focused is self.tree_pane else "chat" if self.focused is self.chat else "composer"
        if self.find_bar.has_focus_within:
            where = "find"
        elif where == "chat" and self.find_bar.is_open:
            where = "hits"
        self.hints_line.say(hints(where, streaming=bool(self.session.streaming)))
