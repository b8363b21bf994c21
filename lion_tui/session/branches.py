"""Making branches, and choosing which is shown."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from lion_tui.core.errors import UsageError
from lion_tui.core.operations import branching, viewing
from lion_tui.core.params import checked_params
from lion_tui.core.tree import NO_ROW
from lion_tui.session.branch import Branch
from lion_tui.session.foreign_rows import checked_rows
from lion_tui.session.keeping import Keeping

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from lion_tui.core.inference import Service
    from lion_tui.core.message import Json, Message


class Branches(Keeping):
    """The part of a session that makes branches and checks them out."""

    @property
    @abstractmethod
    def current(self) -> Branch:
        """The current branch."""

    def new_branch(
        self,
        branch_name: str,
        system: str | None = None,
        sender: str | None = None,
        messages: pd.DataFrame | Sequence[Mapping[str, Any]] = (),
        *,
        service: Service | str | None = None,
        llmconfig: Mapping[str, Json] | None = None,
    ) -> Branch:
        """Make a branch that begins anew, with the current branch's service and settings, and return it.

        Args:
            branch_name: Its name.
            system: Its system prompt.
            sender: Who says that.
            messages: Messages to begin with: `role` and `content`, and `sender` and `recipient` if they are known.
            service: Who answers there.
            llmconfig: Settings there, `model` among them.

        Raises:
            BranchNameError: the name is malformed or taken.
        """
        params = dict(llmconfig or {})
        before = self._state.refs.get(self._state.current.branch_id or "")
        given = {"service": None, **_service_by_name(service), "model": params.pop("model", None)}
        overlay: dict[str, Any] = {**given, "params": checked_params(params)}
        if before:
            same = overlay["service"] in {None, before.service}
            overlay["model"] = overlay["model"] or (before.model if same else None)
            overlay["service"] = overlay["service"] or before.service
            overlay["params"] = {**before.params, **overlay["params"]}
        rows = checked_rows(messages)
        ref = branching.new_branch(self._state, branch_name, system=system, sender=sender, messages=rows, **overlay)
        self.was_configured(ref.branch_id, [name for name, value in given.items() if value])
        if service is not None and not isinstance(service, str):
            self._give(ref.branch_id, service)
        return self._branch(ref.branch_id)

    def configure(self, **settings: Any) -> None:
        """Set `service` (a name), `model` or `params` for the whole session.

        The current branch gives up its own for them; another that has its own keeps them. A detached view becomes a
        branch by that.

        Raises:
            UsageError: there is no such setting, or a value that it cannot have.
        """
        if alien := settings.keys() - {"service", "model", "params"}:
            raise UsageError(f"A session has no setting {min(alien)!r}.", "It has: service, model, params.")
        branching.configure_session(self._state, **settings)
        self.was_configured(None, settings)

    def fork(self, at: Branch | Message | str | None = None, name: str | None = None, **settings: Any) -> Branch:
        """Put a new branch on a message. Nothing is copied; which branch is current stays.

        Args:
            at: A branch (its head), a message, or the name or id of one; the current branch if left out.
            name: The new name; the old one with a number if left out.
            **settings: `service` (an object or a name), `model`, `params`, `note`, `colour`; service, model and params
                are else those of the branch forked from.

        Raises:
            BranchNameError: the name is malformed or taken.
            UnknownMessage: there is no such branch or message.
        """
        row, of = self._place(at)
        of = of or self._state.refs.get(self._state.current.branch_id or "") or self._state.latest_ref()
        if row != NO_ROW and not self._state.tree.alive(row):
            raise UsageError("A deleted message cannot be forked.", "Restore it first.")
        service = settings.get("service")
        settings |= _service_by_name(service)
        if "service" in settings and of and settings["service"] != of.service:
            settings.setdefault("model", None)  # a model goes with its service
        ref = branching.fork(self._state, row, name, of, **settings)
        self.was_configured(ref.branch_id, settings)
        if service is not None and not isinstance(service, str):
            self._give(ref.branch_id, service)
        return self._branch(ref.branch_id)

    def split(self, branch: Branch | str | None = None) -> Branch:
        """Fork a branch at its head, with its settings, under a name of its own."""
        return self.fork(branch)

    def checkout(self, target: Branch | Message | str) -> Branch:
        """Make a branch current, or show the path through a message, and return what is current now.

        The path of a message goes on to its last-visited leaf. Of a message on the current path that is the way on
        which it stands now, whatever was written beside it since. Where the leaf is the head of a branch, this becomes
        current; else the view is detached: it only shows, and writing makes a branch.
        """
        row, ref = self._place(target)
        viewing.check_out(self._state, ref or row)
        return self.current

    change_default_branch = checkout

    def show_sibling(self, node: Message | str, step: int) -> Branch:
        """Show the path through another alternative of a message, so many further, and return what is current now."""
        row = self._row_of(node)
        if not self._state.tree.alive(row):
            raise UsageError("A deleted message has no alternatives.", "Restore it first.")
        siblings = self._state.siblings(row)
        viewing.show_path(self._state, siblings[(siblings.index(row) + step) % len(siblings)])
        return self.current

    def detach_before(self, node: Message | str) -> str:
        """Show the path that ends before a message, detached, and return its text, to be said anew."""
        row = self._row_of(node)
        viewing.show_before(self._state, row)
        return self._state.tree.content(row)

    def row_at(self, at: Branch | Message | str) -> int:
        """Return the row in `state.tree` of a branch's last message or of a message, -1 of an empty branch.

        Raises:
            UnknownBranch: there is no branch or message of that name or id.
        """
        row: int = self._place(at)[0]
        return row

    def _place(self, at: Branch | Message | str | None) -> tuple[int, Any]:
        """Return the row and, for a branch, the ref that an argument means."""
        if at is None or isinstance(at, (str, Branch)):
            position = self._state.position_named(at) if isinstance(at, str) else self._resolve(at)
            return self._state.head_row(position), self._state.refs.get(position.branch_id or "")
        return self._row_of(at), None

    def delete_branch(self, branch: Branch | str, verbose: bool = True, *, detach: bool = False) -> bool:  # noqa: ARG002 - LionAGI's signature
        """Delete a branch's name and return True; its messages stay, and undo brings the name back.

        Args:
            branch: The branch.
            verbose: Nothing; LionAGI has it.
            detach: Whether the current branch may be deleted too; its path is shown detached then.

        Raises:
            UsageError: it is the current branch, and `detach` is not set.
        """
        branching.delete_branch(self._state, self._state.refs[self._named(branch)], detach=detach)
        return True

    def _named(self, branch: Branch | str) -> str:
        branch_id = self._resolve(branch).branch_id
        if branch_id is None:
            raise UsageError("A detached view is no branch.", "Fork it to make a branch of it.")
        return branch_id


def _service_by_name(service: Service | str | None) -> dict[str, str]:
    """Return the setting that names a service; nothing if none is given."""
    if service is None:
        return {}
    return {"service": service if isinstance(service, str) else service.name}
