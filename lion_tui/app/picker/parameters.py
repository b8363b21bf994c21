"""The view of the picker that a branch's settings are changed in: one line each, and what is wrong beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.getters import query_one
from textual.message import Message as TextualMessage
from textual.widgets import Input, Static

from lion_tui.app.widgets.line import Line
from lion_tui.core.errors import UnknownParameter, UsageError
from lion_tui.core.params import PARAMETERS, read_param, written_param

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

    from lion_tui.core.inference import Service
    from lion_tui.core.message import Json


class Field(Horizontal):
    """One setting: its name, its value as text, and what is to be said of it."""

    class Pointed(TextualMessage):
        """The keyboard is in the field."""

        def __init__(self, text: str) -> None:
            """Carry what the setting is."""
            super().__init__()
            self.text = text

    entry = query_one(Input)
    beside = query_one(".beside", Static)

    def __init__(self, setting: str, own: Json, inherited: Json, service: Service | None) -> None:
        """Show a setting; see `Parameters`."""
        super().__init__(classes="field")
        self.setting = setting
        self._own = own
        self._inherited = "" if inherited is None else f"session: {written_param(inherited)}"
        self._service = service

    def compose(self) -> ComposeResult:
        """Lay the line out."""
        yield Static(self.setting.replace("_", " "), classes="label")
        yield Line(written_param(self._own), compact=True, placeholder="not set", select_on_focus=False)
        yield Static(self._inherited, classes="beside", markup=False)

    def on_descendant_focus(self) -> None:
        """Tell what the setting is."""
        self.post_message(self.Pointed(f"{self.setting}: {PARAMETERS[self.setting]}."))

    @on(Input.Changed)
    def judge(self) -> Json | UsageError:
        """Say beside the field what is wrong with it, and return its value, or the error."""
        value: Json | UsageError
        said, value = self._inherited, None
        try:
            value = read_param(self.setting, self.entry.value)
            if self._service is not None:
                self._service.check({self.setting: value})
        except UnknownParameter as error:
            value, said = error, error.what
        except UsageError as error:
            value, said = error, f"needs {PARAMETERS[self.setting].partition(':')[0]}"
        self.beside.update(said)
        self.beside.set_class(isinstance(value, UsageError), "-wrong")
        return value


class Parameters(VerticalScroll, can_focus=False):
    """The settings of requests, as a form; an empty field leaves the setting to the session and the service."""

    BINDINGS = [  # noqa: RUF012 - Textual's way to declare them
        Binding("down,tab", "go(1)", "next field", show=False, priority=True),
        Binding("up,shift+tab", "go(-1)", "field before", show=False, priority=True),
    ]

    class Submitted(TextualMessage):
        """The settings are right and are to be kept."""

        def __init__(self, params: dict[str, Json]) -> None:
            """Carry the settings."""
            super().__init__()
            self.params = params

    def __init__(self, own: Mapping[str, Json], inherited: Mapping[str, Json], service: Service | None) -> None:
        """Show settings.

        Args:
            own: Those of the branch.
            inherited: Those that are in force where the branch has none.
            service: Who answers, and may refuse some.
        """
        super().__init__(id="parameters")
        self._fields = [Field(name, own.get(name), inherited.get(name), service) for name in PARAMETERS]

    def compose(self) -> ComposeResult:
        """Lay the fields out."""
        yield from self._fields

    def begin(self) -> None:
        """Put the keyboard into the first field."""
        self.screen.set_focus(self._fields[0].entry)

    def action_go(self, by: int) -> None:
        """Go to another field."""
        here = next((at for at, field in enumerate(self._fields) if field.entry.has_focus), 0)
        self.screen.set_focus(self._fields[(here + by) % len(self._fields)].entry)

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        event.stop()
        values = {field.setting: field.judge() for field in self._fields}
        wrong = next((field for field in self._fields if isinstance(values[field.setting], UsageError)), None)
        if wrong is not None:
            self.screen.set_focus(wrong.entry)
        else:
            self.post_message(self.Submitted({name: value for name, value in values.items() if value is not None}))
