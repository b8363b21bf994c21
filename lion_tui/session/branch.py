"""The branch as a user of the library holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lion_tui.core.errors import UnknownBranch, UsageError
from lion_tui.core.operations import branching
from lion_tui.session.conversation import Conversation

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Mapping

    import pandas as pd

    from lion_tui.core.changes import Position
    from lion_tui.core.message import Json, Message
    from lion_tui.core.refs import Ref
    from lion_tui.session.session import Session


class Branch(Conversation):
    """A branch of a session, or (detached, without a name) the path to a message.

    A handle follows renames. Once its branch is deleted, using it raises `UnknownBranch`.
    """

    def __init__(self, session: Session, position: Position) -> None:
        """Hold a branch; a session makes these."""
        self._session = session
        self._state = session.state
        self._frames = session.frames
        self._held = position

    def __repr__(self) -> str:
        ref = self._state.refs.get(self._held.branch_id or "")
        return f"<Branch {ref.name!r}>" if ref else f"<Branch, detached or deleted, {self._held}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Branch) and self._session is other._session and self._held == other._held

    def __hash__(self) -> int:
        return hash((id(self._session), self._held))

    @property
    def _position(self) -> Position:
        if self._held.branch_id and self._held.branch_id not in self._state.refs:
            raise UnknownBranch("The branch that this handle holds was deleted.", "Undo brings it back.")
        return self._held

    @property
    def _ref(self) -> Ref:
        branch_id = self._position.branch_id
        if branch_id is None:
            raise UsageError("A detached view has no name and no settings.", "Fork it to make a branch of it.")
        return self._state.refs[branch_id]

    @property
    def session(self) -> Session:
        """The session that the branch is one of."""
        return self._session

    @property
    def detached(self) -> bool:
        """Whether this is a view without a branch of its own: read-only until it is written to."""
        return self._held.branch_id is None

    @property
    def branch_id(self) -> str | None:
        """The uuid7 of the branch; None for a detached view."""
        return self._position.branch_id

    @property
    def name(self) -> str:
        """The branch's name; for a detached view `·` and the last four digits of its last message's id."""
        if self.detached:
            return f"·{(self._held.node_id or '')[-4:]}"
        return self._ref.name

    @property
    def service(self) -> str | None:
        """The name of the service that answers here; None leaves it to the session."""
        return self._ref.service

    @property
    def model(self) -> str | None:
        """The model that answers here; None leaves it to the session."""
        return self._ref.model

    @property
    def params(self) -> Mapping[str, Json]:
        """The settings of requests made here."""
        return dict(self._ref.params)

    @property
    def note(self) -> str | None:
        """The user's note."""
        return self._ref.note

    @property
    def colour(self) -> str | None:
        """The user's colour."""
        return self._ref.colour

    @property
    def archived(self) -> bool:
        """Whether the branch is hidden from lists."""
        return self._ref.archived

    def configure(self, **settings: Any) -> None:
        """Set `service` (a name), `model`, `params`, `note`, `colour` or `archived`.

        A detached view becomes a branch of its own by that, as by writing there.

        Raises:
            UsageError: there is no such setting.
        """
        branching.configure(self._state, self._position, **settings)
        self._session.was_configured(self._held.branch_id or self._state.current.branch_id, settings)

    def rename(self, name: str) -> None:
        """Give the branch another name.

        Raises:
            BranchNameError: it is malformed or taken.
        """
        branching.rename(self._state, self._ref, name)

    def clone(self, name: str | None = None) -> Branch:
        """Fork the branch at its head, with its settings."""
        return self._session.fork(self, name)

    async def chat(self, instruction: str, **keywords: Any) -> str | None:
        """Ask on this branch; as `Session.chat`."""
        return await self._session.chat(instruction, branch=self, **keywords)

    def stream(self, instruction: str, **keywords: Any) -> AsyncGenerator[str]:
        """Ask on this branch; as `Session.stream`."""
        return self._session.stream(instruction, branch=self, **keywords)

    def add_message(self, role: str, content: str, **keywords: Any) -> Message:
        """Add a message to this branch; as `Session.add_message`."""
        return self._session.add_message(role, content, branch=self, **keywords)

    def update_message(self, node_id: str, column: str, value: Any) -> Message:
        """Add an edited sibling of a message, with its tail; as `Session.update_message`."""
        return self._session.update_message(node_id, column, value, branch=self)

    def replace_keyword(self, keyword: str | Iterable[str], replacement: str, **keywords: Any) -> list[Message]:
        """Replace a keyword in every message of this branch; as `Session.replace_keyword`."""
        return self._session.replace_keyword(keyword, replacement, branch=self, **keywords)

    def extend(self, messages: pd.DataFrame | Iterable[Mapping[str, Any] | Message]) -> list[Message]:
        """Add messages from elsewhere at the end of this branch; as `Session.extend`."""
        return self._session.extend(messages, branch=self)

    def remove_message(self, node_id: str) -> None:
        """Leave a message of this branch out; as `Session.remove_message`."""
        self._session.remove_message(node_id, branch=self)

    def change_first_system_message(self, system: str, sender: str | None = None) -> None:
        """Put another system prompt in force; as `Session.change_first_system_message`."""
        self._session.change_first_system_message(system, sender, branch=self)

    def rollback(self, steps: int) -> None:
        """Take the head back by so many messages; as `Session.rollback`."""
        self._session.rollback(steps, branch=self)

    def clear_messages(self) -> None:
        """Set the head to the system prompt in force, or to nothing; the messages stay in the session."""
        self._session.clear_messages(branch=self)


class ByName(dict[str, Branch]):
    """Branches by name."""

    def __missing__(self, name: str) -> Branch:
        """Say which there are.

        Raises:
            UnknownBranch: always.
        """
        raise UnknownBranch.among(self, name)
