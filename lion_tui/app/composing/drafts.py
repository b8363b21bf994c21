"""What is being written on each branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lion_tui.app.composing.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Callable

    from lion_tui.app.widgets.composer import Composer
    from lion_tui.core.changes import Position
    from lion_tui.core.state import State


class Drafts:
    """The drafts of a session: that of what is shown stands in the composer, the others are kept.

    The session's file holds those of branches, as text; a detached view has its own while the program runs.
    """

    def __init__(self, state: State, composer: Composer, put: Callable[[Draft], object]) -> None:
        """Put the draft of what is shown into the composer.

        Args:
            state: The session's data.
            composer: The composer.
            put: Puts a draft before the one of what is shown, wherever that is now.
        """
        self._state = state
        self._composer = composer
        self._put = put
        self._kept: dict[Position, Draft] = {}
        self._shown = state.current
        self._branches = set(state.refs)
        composer.load(self._of(self._shown))

    @property
    def moved(self) -> bool:
        """Whether something else is shown than what the composer's draft is for."""
        return self._shown != self._state.current

    def follow(self) -> None:
        """Change the draft in the composer if something else is shown now."""
        before, now = self._shown, self._state.current
        refs = self._state.refs
        # Writing in a detached view made a branch of it, or what was shown is gone: what is written goes along.
        landed = before.branch_id is None and now.branch_id is not None and now.branch_id not in self._branches
        along = before == now or landed or self._is_gone(before)
        if not along:
            self.keep()
        self._shown, self._branches = now, set(refs)
        if not along:
            self._composer.load(self._of(now))

    def _is_gone(self, position: Position) -> bool:
        tree = self._state.tree
        if position.branch_id is not None:
            return position.branch_id not in self._state.refs
        return position.node_id is not None and not tree.alive(tree.row(position.node_id))

    def keep(self, draft: Draft | None = None) -> None:
        """Keep what is in the composer, or the draft that was put aside for what is there."""
        self._set(self._shown, self._composer.draft if draft is None else draft)

    def give_back(self, draft: Draft, position: Position) -> None:
        """Put a draft that was not sent back to where it was written."""
        if position == self._shown or position.branch_id not in {None, *self._state.refs}:
            self._put(draft)
        else:
            self._set(position, draft.above(self._of(position)))

    def written_at(self, position: Position) -> bool:
        """Tell whether anything is being written there."""
        return bool(self._composer.text if position == self._shown else self._of(position).text)

    def _of(self, position: Position) -> Draft:
        kept = self._kept.get(position)
        return kept or Draft(self._state.drafts.get(position.branch_id or "", ""))

    def _set(self, position: Position, draft: Draft) -> None:
        self._kept[position] = draft
        if position.branch_id in self._state.refs:
            self._state.set_draft(position.branch_id, draft.unfolded())
