"""The dialog that merges branches."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one

from lion_tui.app.merging import DOES, unfit
from lion_tui.app.screens.ask import Ask
from lion_tui.app.screens.dialog import Dialog
from lion_tui.app.transcript.wrapping import clip
from lion_tui.app.widgets.entries import Entries, Entry
from lion_tui.app.widgets.said import Said
from lion_tui.app.widgets.status_line import Hints
from lion_tui.app.working import begin
from lion_tui.core.errors import LionError, UsageError
from lion_tui.core.merged import PROMPTS
from lion_tui.core.operations.merging import HOWS
from lion_tui.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from lion_tui.app.merging import Candidate
    from lion_tui.app.screens.main import MainScreen
    from lion_tui.app.screens.picker import Choice
    from lion_tui.core.operations.merging import How

_KEYS = {"fuse": "f", "append": "a", "summary": "s", "ff": "w"}
_AROUND = 15
"""Lines of the screen that are not the list's."""
_HINTS = (
    ("enter", "merge"), ("space", "mark"), ("tab", "way"), ("m", "model"), ("p", "prompt"), ("^g", "in your editor"),
    ("esc", "close"),
)  # fmt: skip


class MergeScreen(Dialog[None]):
    """Asks how, from what and by whom. What cannot be merged is said, and nothing that was chosen is lost."""

    CSS_PATH = ["../widgets/pick_list.tcss", "merge.tcss"]  # noqa: RUF012 - Textual's way to declare them
    BINDINGS: ClassVar = [
        Binding("escape,ctrl+c", "dismiss", "close", show=False),
        Binding("enter", "merge", "merge", show=False),
        Binding("space", "mark", "mark", show=False),
        Binding("down,j", "move(1)", "next", show=False),
        Binding("up,k", "move(-1)", "before", show=False),
        Binding("tab", "turn(1)", "next way", show=False, priority=True),
        Binding("shift+tab", "turn(-1)", "way before", show=False, priority=True),
        *(Binding(key, f"choose('{how}')", how, show=False) for how, key in _KEYS.items()),
        Binding("m,ctrl+l", "model", "model", show=False),
        Binding("p", "prompt", "prompt", show=False),
        Binding("ctrl+g", "edit", "prompt in the editor", show=False),
    ]

    entries = query_one(Entries)
    ways = query_one("#ways", Said)
    written = query_one("#written", Said)
    said = query_one("#said", Said)

    def __init__(self, screen: MainScreen, candidates: Sequence[Candidate], how: How = "fuse") -> None:
        """Merge some of `candidates` into what `screen` shows."""
        super().__init__()
        self._main, self._session = screen, screen.session
        self._candidates = {self._session.state.tree.node_id[each.row]: each for each in candidates}
        self._marked = {node_id for node_id, each in self._candidates.items() if each.marked}
        self._how: How = how
        self._choice: Choice | None = None
        self._prompt: str | None = None

    def compose(self) -> ComposeResult:
        """Lay the panel out."""
        with Vertical() as panel:
            panel.border_title = Content(printable(f"Merge into {self._session.current.name}"))
            yield Said(id="ways")
            yield Entries()
            yield Said(id="written")
            yield Said(id="said")
            yield (hints := Hints())
        hints.say(_HINTS)

    def on_mount(self) -> None:
        """Show what there is."""
        self.entries.empty = "There is nothing to merge yet. N and R make branches and other answers."
        self._show()
        self.entries.move(next((at for at, node_id in enumerate(self._candidates) if node_id in self._marked), 0))

    def on_resize(self) -> None:
        """Show as many lines as there is room for."""
        self.entries.styles.height = max(1, min(len(self._candidates), self.size.height - _AROUND))

    def _show(self) -> None:
        lines = [f"{'◉' if how == self._how else '○'} {_KEYS[how]}  {how:<8} {DOES[how]}" for how in HOWS]
        self.ways.say("\n".join(lines))
        self.entries.show([self._entry(node_id, each) for node_id, each in self._candidates.items()])
        if self._how not in PROMPTS:
            self.written.say("No model is asked.")
            return
        prompt = self._prompt or PROMPTS[self._how]
        self.written.say(f"by    {self._who()}\nasked {clip(' '.join(prompt.split()), max(20, self.size.width - 30))}")

    def _entry(self, node_id: str, candidate: Candidate) -> Entry:
        state = self._session.state
        tree, row = state.tree, candidate.row
        here = row == state.head_row(state.current)
        used = self._how == "fuse" or not here
        mark = "[x]" if node_id in self._marked and used else "[ ]" if used else "   "
        first_words = clip(printable(tree.content(row)[:200].replace("\n", " ")), 60)
        who = tree.value(row, "model") or tree.value(row, "sender")
        right = "into this" if here and not used else unfit(state, row) or printable(who)
        return Entry(
            node_id, f"{mark} {candidate.name}{' (here)' if here else ''} · {first_words}", right, dim=not used
        )

    def _who(self) -> str:
        if self._choice:
            return f"{self._choice.service} · {self._choice.model}"
        try:
            service, model = self._session.answerer()
        except LionError:
            return "nobody yet; m chooses a model"
        return f"{service.name} · {model}"

    # What the keys do

    def action_move(self, by: int) -> None:
        """Move the cursor by so many lines."""
        self.entries.move(by)

    @on(Entries.Clicked)
    def action_mark(self) -> None:
        """Mark the line at the cursor, or no longer, and go to the next one."""
        if self.entries.row:
            self._marked ^= {self.entries.row.key}
            self._show()
            self.entries.move(1)

    def action_turn(self, step: int) -> None:
        """Choose the next way to merge."""
        self.action_choose(HOWS[(HOWS.index(self._how) + step) % len(HOWS)])

    def action_choose(self, how: How) -> None:
        """Choose a way to merge."""
        self._how = how
        self.said.say("")
        self._show()

    def action_model(self) -> None:
        """Choose who writes."""

        def take(choice: Choice) -> None:
            self._choice = choice
            self._show()

        self._main.choosing.pick_once(take)

    def action_prompt(self) -> None:
        """Say what the model is asked."""
        if (prompt := self._asked()) is not None:
            self.app.push_screen(Ask("What the model is asked", self._take_prompt, value=prompt))

    def action_edit(self) -> None:
        """Write what the model is asked in the user's editor: it may have many lines."""
        if (prompt := self._asked()) is not None:
            begin(self, self._edit, prompt, group="edit", exclusive=True)

    async def _edit(self, prompt: str) -> None:
        from lion_tui.app.composing.editor import edited

        try:
            self._take_prompt(await edited(self.app, prompt))
        except LionError as error:
            self.said.say(str(error))

    def _asked(self) -> str | None:
        """Return what the model is asked as it is now; None, which is said, if none is asked."""
        if self._how not in PROMPTS:
            self.said.say("No model is asked for this.")
            return None
        return self._prompt or PROMPTS[self._how]

    def _take_prompt(self, text: str) -> None:
        self._prompt = text.strip() or None
        self._show()

    def action_merge(self) -> None:
        """Merge, and close; what cannot be is said. A service may have to be asked before, which may take a while."""
        begin(self, self._merge, group="merge", exclusive=True)

    async def _merge(self) -> None:
        session = self._session
        here = session.head
        sources = [
            node_id
            for node_id in self._candidates
            if node_id in self._marked and (self._how == "fuse" or here is None or node_id != here.node_id)
        ]
        try:
            if not sources:
                raise UsageError("Nothing is marked.", "Space marks the line at the cursor.")
            who = {} if self._choice is None else {"service": self._choice.service, "model": self._choice.model}
            await self._main.merging.merge(sources, self._how, prompt=self._prompt, **who)
        except LionError as error:
            self.said.say(str(error))
        else:
            self.dismiss()
