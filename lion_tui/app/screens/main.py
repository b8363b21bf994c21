"""The screen: the tree beside the chat, the composer below."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import on
from textual.binding import Binding
from textual.getters import query_one
from textual.message import Message as TextualMessage
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import TextArea

from lion_tui.app.attention import Attention
from lion_tui.app.blind import Blind
from lion_tui.app.bridge import Bridge
from lion_tui.app.carried import Carried
from lion_tui.app.choosing import Choosing
from lion_tui.app.columns import Columns
from lion_tui.app.commands import COMMANDS, ShortKeys, bindings, checked_slash
from lion_tui.app.comparing import Comparing
from lion_tui.app.composing.completion import Completion
from lion_tui.app.composing.draft import Draft
from lion_tui.app.composing.drafts import Drafts
from lion_tui.app.composing.files import FileIndex
from lion_tui.app.composing.history import PromptHistory
from lion_tui.app.copying import Copying
from lion_tui.app.counting import Counting
from lion_tui.app.deleting import Deleting
from lion_tui.app.exporting import Exporting
from lion_tui.app.fanning import Fanning
from lion_tui.app.finding import FindEverywhere
from lion_tui.app.inference import Inference
from lion_tui.app.leaving import Leaving
from lion_tui.app.links import open_link
from lion_tui.app.merging import Merging
from lion_tui.app.pane_layout import PaneLayout
from lion_tui.app.revision import Revising
from lion_tui.app.scheduler import FrameScheduler
from lion_tui.app.selected import Selected
from lion_tui.app.sending import Sending
from lion_tui.app.showing import Showing
from lion_tui.app.status import hints
from lion_tui.app.trail import Trail
from lion_tui.app.transcript import Reader
from lion_tui.app.transcript.markdown.highlight import catch_up, load_usual
from lion_tui.app.transcript.path_view import BEGIN_FIRST
from lion_tui.app.widgets.branch_tree import BranchTree
from lion_tui.app.widgets.chat_pane import ChatPane
from lion_tui.app.widgets.completions import Completions
from lion_tui.app.widgets.composer import Composer
from lion_tui.app.widgets.cut_line import CutLine
from lion_tui.app.widgets.find_bar import FindBar
from lion_tui.app.widgets.inspector import Inspector
from lion_tui.app.widgets.kept_lines import Bare, Row, Stack
from lion_tui.app.widgets.notice import Notice
from lion_tui.app.widgets.said import Said
from lion_tui.app.widgets.status_line import Hints, StatusLine
from lion_tui.app.working import begin
from lion_tui.core.errors import LionError, StillComing, UsageError
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping

    from textual import events
    from textual.app import ComposeResult

    from lion_tui.app.opening import Opened
    from lion_tui.app.sending import Written
    from lion_tui.app.touring import Tour
    from lion_tui.core.changes import Position
    from lion_tui.core.errors import ServiceChoiceError

WIDTHS = [(0, "-narrow"), (100, "-normal"), (160, "-wide")]
"""From how many columns on a screen has a class."""
PREPARE_AFTER_S = 0.1
"""Seconds after which is loaded what the first answer needs: the first keys do not wait for that."""
READ_ONLY = "The session is read only here. /save writes a copy to go on in."


class MainScreen(Bare, Screen[None]):
    """The tree beside the chat, the composer below.

    Attributes:
        session: The session that is shown.
        keymap: The user's keys by the id of what they do.
        short_keys: How they are said in a line.
        trail: What was shown before.
        everywhere: What is looked for on all branches.
        columns: What is shown of it, side by side.
        tour: The tour of the main keys, while there is one.
        command: What was written of the command that is being done.
        comparing: What the user chose to have there.
        blind: Hides whose the answers there are.
        fanning: Asks several at once.
        counting: The number that was typed before a key.
        attention: Tells of answers that ended out of sight.
        inference: Asks models.
        choosing: Says who answers, and with which settings.
        drafts: What is being written on each branch.
        sending: Sends it.
        revising: What is in the composer in its place.
        selected: What commands mean.
        carried: The messages that were copied, to be pasted elsewhere in the tree.
        deleting: Deletes messages.
        merging: Merges branches.
        copying: Copies it.
        exporting: Writes it for others.
        leaving: Saves, and closes the session.
        layout_of_panes: Which panes are in sight.
        showing: Draws anew what an event of the session concerns.
    """

    CSS_PATH = "main.tcss"
    AUTO_FOCUS = "Composer"
    HORIZONTAL_BREAKPOINTS = WIDTHS
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
    cut_line = query_one(CutLine)
    composer = query_one(Composer)
    mark = query_one("#mark", Said)
    status_line = query_one(StatusLine)
    hints_line = query_one(Hints)
    notice = query_one(Notice)
    queue_lines = query_one("#queue", Said)

    class Shown(TextualMessage):
        """The screen stands, and takes what is typed."""

        def __init__(self, screen: MainScreen) -> None:
            """Carry the screen."""
            super().__init__()
            self.screen = screen

    class SessionChanged(TextualMessage):
        """Another session is to be shown; this one is closed."""

        def __init__(self, opened: Opened) -> None:
            """Carry the other one."""
            super().__init__()
            self.opened = opened

    class SessionStays(TextualMessage):
        """This session goes on, although another one was to be shown."""

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
        # Its class for the width is there from the start: a change later would have all styles found anew.
        super().__init__(classes=[name for width, name in WIDTHS if width <= self.app.size.width][-1])
        self._prepare = prepare
        self.keymap = keymap or {}
        self.short_keys = ShortKeys(self.keymap)
        self._draft = draft
        self.session = opened.session
        self._opened = opened
        self._prompts = PromptHistory(opened.session.state)
        self._scheduler = FrameScheduler(self, self._streaming, spins=opened.settings.animation == "on")
        self.everywhere = FindEverywhere(self)
        self.trail = Trail(opened.session.state)
        self.columns = Columns(opened.session, self._scheduler, self._in_background)
        self.comparing = Comparing(self)
        self.blind = Blind(self)
        self.counting = Counting(self)
        self.attention = Attention(self, opened)
        self.inference = Inference(self.app, opened, self)
        self.fanning = Fanning(self, opened)
        self.choosing = Choosing(self, opened, self.inference)
        self.sending = Sending(self, opened, self._prompts)
        self.copying = Copying(self)
        self.exporting = Exporting(self)
        self.selected = Selected(self)
        self.carried = Carried(opened.session.state)
        self.deleting = Deleting(self)
        self.merging = Merging(self)
        self.revising = Revising(self)
        self.leaving = Leaving(self, opened)
        self.layout_of_panes = PaneLayout(self)
        self._refused_while_coming = False
        self.command: Written | None = None
        self.showing = Showing(self, opened, self._scheduler)
        self.tour: Tour | None = None
        if opened.first:
            self.columns.begin = BEGIN_FIRST

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written because the session is open elsewhere."""
        return self._opened.read_only

    @property
    def chat(self) -> Reader:
        """The transcript of what is current."""
        return self.columns.active.transcript

    def compose(self) -> ComposeResult:
        """Lay the panes out."""
        state = self.session.state
        with Row(id="panes"):
            yield BranchTree(state, id="tree")
            with Stack(id="chats"):
                yield Said(id="band")
                with Row(id="columns"):
                    yield self.columns.active
            yield Inspector(state, id="inspector")
        yield Notice(lambda: self.columns.active.below, id="notice")
        yield (completions := Completions(id="completions"))
        yield Said(id="queue")
        yield FindBar(self.chat, self.everywhere, id="find")
        yield CutLine(id="cut")
        completion = Completion(lambda: self.session.branches, FileIndex(Path.cwd()))
        with Row(id="prompt"):
            yield Said(id="mark")
            yield Composer(completions, completion, self._prompts, self.sending.take_back, self.keymap)
        yield StatusLine()
        yield Hints()

    def on_mount(self) -> None:
        """Connect the session and show it."""
        self._scheduler.add(self.tree_pane)
        self.tree_pane.mark_waiting(lambda: self.session.waiting)
        self.columns.diffing.signs = self.app.no_color
        self.columns.place(self.query_one("#columns", Row), self.query_one("#band", Said))
        # What there is room for is asked after each layout: not of each that changes it is a widget told.
        self.screen_layout_refresh_signal.subscribe(self, lambda _: self.columns.laid_out())
        self._bridge = Bridge(self.session, self.showing)
        self.inspector.entitle("inspector")
        if self.read_only:
            self.composer.placeholder = "Read only here; /save writes a copy to go on in"
        else:
            newline = self.keymap.get("newline", COMMANDS["newline"].keys).split(",")[0]
            self.composer.placeholder = f"Ask anything; {newline} makes a new line"
        self.composer.cursor_blink = self._opened.settings.animation == "on"
        self.drafts = Drafts(self.session.state, self.composer, self.revising.put)
        if self._draft:
            self.composer.paste(self._draft)
            self.composer.insert_newline()
        if self._opened.compared:
            self.comparing.show(self._opened.compared)
        else:
            self.showing.path_changed()
        if self._opened.notices:
            self.say_error("\n".join(self._opened.notices))
        self.say_note(self._opened.done)
        if self._opened.tour:
            from lion_tui.app.touring import Tour

            self.tour = Tour(self)
        self.call_after_refresh(begin, self, self._colour_code, catch_up)
        if self._prepare:
            self.update_hints()  # the status says who answers, and to find that out can wait until the screen stands
            self.set_timer(PREPARE_AFTER_S, self.inference.prepare)
        else:
            self.status_changed()
        self.post_message(self.Shown(self))

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Have the screen drawn once when it is first shown, where Textual would do so three times."""
        if not self.stack_updates:
            event.prevent_default()
            self._update_auto_focus()
            self.call_later(self._draw_first)

    def _draw_first(self) -> None:
        """Draw all widgets, which stand by now; what they wanted drawn or laid out until here is thereby done."""
        self.stack_updates += 1
        self._refresh_layout(self.app.size)
        for widget in self.walk_children(Widget, with_self=True):
            # Textual has no other way to say so.
            widget._layout_required = widget._repaint_required = False  # noqa: SLF001

    def on_resize(self) -> None:
        """Fill the inspector if it has come into sight."""
        self.call_after_refresh(self.inspect)

    def on_unmount(self) -> None:
        """Disconnect the session."""
        self._bridge.close()

    def answers_come(self) -> None:
        """Have ready what code is coloured with: only now, since it takes megabytes."""
        begin(self, self._colour_code, load_usual)

    async def _colour_code(self, load: Callable[[], Awaitable[bool]]) -> None:
        """Draw code in its colours if it was drawn without, so that nobody waits for them."""
        if await load():
            for transcript in self.columns.transcripts:
                transcript.redraw()

    def status_changed(self) -> None:
        """Say where, who, how much and what is going on."""
        if not self._left:
            self.showing.status_changed()

    def _clear_tooltip(self) -> None:
        """Do nothing: there are no tooltips, and Textual would look for one at each key."""

    @property
    def _left(self) -> bool:
        """Whether another session is shown, or none; what still ends has nothing to say then, and nowhere to say it."""
        return self not in self.app.screen_stack or self.app.return_code is not None

    def end_refusal(self) -> None:
        """Take away what refused a command because of answers that came, once none comes: it can be done now."""
        if self._refused_while_coming and not self.columns.coming:
            self.notice.end_error()
            self._refused_while_coming = False

    @on(TextArea.Changed)
    def _draft_changed(self, event: TextArea.Changed) -> None:
        """Keep soon what is being written; a new session gets its file for that, and loses it when nothing is."""
        event.stop()
        if event.text_area is self.composer and self.session.takes_more:
            self.leaving.keep_soon()

    def _streaming(self) -> list[int]:
        row = self.session.state.tree.row
        return [row(node_id) for node_id in self.session.streaming]

    # Saying

    def say_error(self, text: str) -> None:
        """Show an error until something else is done."""
        if not self._left:
            self.notice.say_error(text)

    def say_note(self, text: str, *, lasting_s: float | None = 6.0, stays: bool = False) -> None:
        """Show what was done until something else is, or what is going on; as `Notice.say_note`."""
        if not self._left:
            self.notice.say_note(text, lasting_s=lasting_s, stays=stays)

    def give_back(self, text: str, position: Position) -> None:
        """Put a prompt that was not sent before what is written where it was."""
        self.drafts.give_back(Draft(text), position)

    def choice_needed(self, error: ServiceChoiceError) -> None:
        """Open the picker."""
        if not self._left:
            self.choosing.needed(error)

    # Commands

    def action_command(self, command_id: str) -> None:
        """Do what a key stands for."""
        self.do(command_id)

    def action_digit(self, digit: int) -> None:
        """Vote for a column, or write a number before a key."""
        if self.columns.comparing:
            self.do("vote", str(digit))
            return
        self.notice.end_error()
        try:
            self.counting.add(digit)
        except UsageError as error:
            self.say_error(str(error))

    def do(self, command_id: str, argument: str = "", *, written: bool = False) -> bool:
        """Do a command and tell whether it could be done; an error is shown.

        Args:
            command_id: The command.
            argument: What was written after its slash form.
            written: Whether it was given in its slash form.
        """
        if command_id != "stop":
            self.notice.end_error()
            self._refused_while_coming = False
        before = self.notice.passing
        try:
            command = checked_slash(command_id, argument) if written else COMMANDS[command_id]
            self.blind.check(command_id)
            command.run(self, argument)
        except LionError as error:
            self.say_error(str(error))
            self._refused_while_coming = isinstance(error, StillComing)
            return False
        finally:
            self.counting.clear()
            if before and self.notice.passing == before:
                self.say_note("")
        return True

    @contextmanager
    def doing(self, command: Written) -> Iterator[None]:
        """Let what a written command begins know of it, so that it can come back if that fails later."""
        self.command = command
        try:
            yield
        finally:
            self.command = None

    @on(Composer.Refused)
    def _refused(self, event: Composer.Refused) -> None:
        self.say_error(event.reason)

    @on(Completions.Clicked)
    def _choice_clicked(self) -> None:
        self.composer.take_choice()

    def on_paste(self, event: events.Paste) -> None:
        """Take what is pasted outside the composer into it."""
        self.set_focus(self.composer)
        self.composer.paste(event.text)

    # Asking for texts

    def ask(self, title: str, take: Callable[[str], object], *, value: str = "") -> None:
        """Ask for a line; `take` raises a `LionError` if it cannot be taken."""
        from lion_tui.app.screens.ask import Ask

        self.app.push_screen(Ask(title, take, value=value))

    def check_writable(self) -> None:
        """Refuse to change a session that is only read.

        Raises:
            UsageError: it is.
        """
        if self.read_only:
            raise UsageError(READ_ONLY)

    def inspect(self) -> None:
        """Show in the inspector, if it is in sight, what is known of the selected message."""
        if self.inspector.display:
            try:
                self.inspector.show(self.selected.row())
            except UsageError:
                self.inspector.show(NO_ROW)

    # Side by side

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        self.run_worker(work, group="diff")

    def action_column(self, step: int) -> None:
        """Go to the column beside."""
        self.columns.beside(step).focus()

    def action_page(self, pages: int) -> None:
        """Scroll the chat by pages."""
        self.chat.scroll_page(pages)

    def action_scroll_chat(self, to_end: bool) -> None:
        """Scroll the chat to its end or its beginning."""
        (self.chat.scroll_to_end if to_end else self.chat.scroll_to_start)()

    @on(ChatPane.Resized)
    def _fit_columns(self) -> None:
        self.columns.resized()

    def go_to(self, row: int, *, focus: bool = True) -> None:
        """Show the path through a message, with the cursor on it, and the keyboard there; no head moves."""
        if not self.session.state.tree.holds(self.session.state.head_row(self.session.state.current), row):
            self.session.checkout(self.session.state.tree.node_id[row])
        if self.columns.comparing and not self.columns.opened and not self.chat.shows(row):
            self.comparing.toggle_common()
        if focus:
            self.set_focus(self.chat)
        self.chat.reveal(row)

    # Focus and panes in step

    @on(BranchTree.Chosen)
    def _tree_chosen(self) -> None:
        self.do("checkout")

    @on(BranchTree.CursorMoved)
    def _tree_moved(self, event: BranchTree.CursorMoved) -> None:
        self.chat.reveal(event.row)
        self.counting.clear()
        self.inspect()

    @on(Reader.CursorMoved)
    def _chat_moved(self, event: Reader.CursorMoved) -> None:
        if event.transcript is not self.chat:
            return
        self.trail.moved(event.row, event.left)
        if self.focused is not self.tree_pane:
            self.tree_pane.point_at(event.row)
        self.counting.clear()
        self.inspect()

    @on(Reader.Scrolled)
    def _chat_scrolled(self) -> None:
        row = self.chat.cursor_row
        if self.focused is not self.tree_pane and row is not None:
            self.tree_pane.point_at(row)
        self.notice.refresh()  # which says it too

    @on(Reader.Found)
    def _chat_found(self, event: Reader.Found) -> None:
        self.find_bar.say(event.said)

    @on(Reader.LinkClicked)
    def _link_clicked(self, event: Reader.LinkClicked) -> None:
        self.inference.run(self._open_link(event.target))

    async def _open_link(self, target: str) -> None:
        await open_link(self.app, target)
        self.say_note(f"Opened {target}.")

    def on_descendant_focus(self) -> None:
        """Show the keys that work, and what is selected; a column that gets the keyboard is current."""
        if self.focused is not None:
            self.columns.activate(self.focused)
            self.find_bar.turn_to(self.chat)
        self.update_hints()
        self.inspect()

    def update_hints(self) -> None:
        """Show the keys that work."""
        where = "tree" if self.focused is self.tree_pane else "chat" if self.focused is self.chat else "composer"
        if self.cut_line.has_focus:
            where = "cut"
        elif self.find_bar.has_focus_within:
            where = "find"
        elif where == "chat" and self.find_bar.is_open:
            where = "hits"
        elif where == "chat" and self.chat.cursor_row is None:
            where = "empty"
        elif where == "chat" and self.columns.comparing:
            where = "blind" if self.blind.hides else "differences" if self.columns.diffing.unit else "columns"
        elif where == "composer" and self.revising.under_way:
            where = "revision"
        waits = self.inference.fetches and self.tour is None
        shown = hints(where, streaming=bool(self.session.streaming), fetches=waits)
        self.hints_line.say([(keys.format_map(self.short_keys), title) for keys, title in shown])
        if self.tour is not None:
            self.tour.follow()
