"""Exporting a session: for readers, for programs that draw, and for models that learn."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypedDict

from lion_tui.core.errors import UsageError
from lion_tui.core.message import Message
from lion_tui.session.branch import Branch
from lion_tui.session.voting import Voting

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence
    from typing import TypeAlias, Unpack

    from lion_tui.core.excerpt import Excerpt
    from lion_tui.core.state import State
    from lion_tui.storage.exporters import Form

    Place: TypeAlias = Branch | Message | str

_MOST: Final = 4
"""Paths that stand side by side at most."""


class Choice(TypedDict, total=False):
    """What of a session is exported, besides the branches that are named.

    Attributes:
        everything: Whether all branches go, each shared message once, in place of those that are named.
        archived: Whether archived messages and branches are among all of them; one that is named always goes.
        reasoning: Whether what models thought goes along, to md and html.
        notes: Whether the user's notes go along, to all but openai and sharegpt.
    """

    everything: bool
    archived: bool
    reasoning: bool
    notes: bool


class Exported(NamedTuple):
    """What was exported.

    Attributes:
        form: In which form.
        messages: How many messages, each counted once.
        branches: How many branches.
        left_out: How many messages stayed because they are archived.
    """

    form: Form
    messages: int
    branches: int
    left_out: int


class Exporting(Voting):
    """The part of a session that writes it in the forms of other programs.

    Deleted messages are never exported, nor are settings, keys, addresses, or what a service said of a failure.
    """

    def export(
        self,
        path: str | os.PathLike[str],
        of: Place | Sequence[Place] | None = None,
        *,
        form: Form | None = None,
        overwrite: bool = False,
        **choice: Unpack[Choice],
    ) -> Exported:
        """Write a branch, several side by side, or all of them to a file.

        Args:
            path: The file: `.md`, `.html`, `.txt` (an outline), `.mmd` (a Mermaid flowchart) or `.jsonl` (as OpenAI's
                fine-tuning takes it).
            of: A branch, a message (the path to it), or the name or id of one; two to four stand side by side; the
                current branch if left out.
            form: md, html, outline, mermaid, openai or sharegpt, if the name of the file does not say it.
            overwrite: Whether a file that is there is replaced.
            **choice: As `Choice`: `everything`, `archived`, `reasoning`, `notes`.

        Raises:
            UsageError: there is nothing to export, no such form, or the form has no place for what is to go along.
            UnknownBranch: there is no such branch or message.
            SaveFailed: the operating system refused, or there is such a file.
        """
        return self._exporting(Path(path), of, form, overwrite, choice)(self._state)

    async def aexport(
        self,
        path: str | os.PathLike[str],
        of: Place | Sequence[Place] | None = None,
        *,
        form: Form | None = None,
        overwrite: bool = False,
        **choice: Unpack[Choice],
    ) -> Exported:
        """As `export`, without blocking the loop: what is written is the session as it is now."""
        from lion_tui.core.excerpt import hold

        write, held = self._exporting(Path(path), of, form, overwrite, choice), hold(self._state)
        return await asyncio.to_thread(lambda: write(held()))

    def export_text(
        self, form: Form = "md", of: Place | Sequence[Place] | None = None, **choice: Unpack[Choice]
    ) -> str:
        """Return what `export` would write."""
        from lion_tui.storage.exporters import checked_form, exported

        form = checked_form(None, form)
        return "".join(exported(self._chosen(of, form, choice)(self._state), form))

    def _exporting(
        self, path: Path, of: Place | Sequence[Place] | None, form: Form | None, overwrite: bool, choice: Choice
    ) -> Callable[[State], Exported]:
        """Return what writes an export of a state, in any thread; what cannot be meant is refused before."""
        from lion_tui.storage.exporters import checked_form, write_export

        form = checked_form(path, form)
        excerpt_of = self._chosen(of, form, choice)

        def write(state: State) -> Exported:
            excerpt = excerpt_of(state)
            write_export(path, excerpt, form, overwrite=overwrite)
            return Exported(form, len(excerpt.rows), len(excerpt.ends), excerpt.left_out)

        return write

    def _chosen(self, of: Place | Sequence[Place] | None, form: Form, choice: Choice) -> Callable[[State], Excerpt]:
        """Return what makes the excerpt of a state that has the messages of this one."""
        from lion_tui.core.excerpt import all_paths, some_paths

        reasoning, notes = choice.get("reasoning", False), choice.get("notes", False)
        if reasoning and form not in {"md", "html"}:
            raise UsageError(f"{form} has no place for reasoning.", "Leave reasoning out, or choose md or html.")
        if notes and form in {"openai", "sharegpt"}:
            raise UsageError(f"{form} has no place for notes.", "Leave notes out, or choose another form.")
        if choice.get("everything"):
            if of is not None:
                raise UsageError("All branches are exported, or some.", "Leave one of both out.")
            return partial(all_paths, archived=choice.get("archived", False), reasoning=reasoning, notes=notes)
        if choice.get("archived"):
            raise UsageError("A branch that is named is exported, archived or not.", "Leave archived out.")
        places = [of] if of is None or isinstance(of, (str, Branch, Message)) else list(of)
        if len(places) > _MOST or not places:
            raise UsageError(f"{len(places)} branches cannot stand side by side.", f"Name up to {_MOST}.")
        ends = [self._end(place) for place in places]
        if len(set(ends)) < len(ends):
            raise UsageError("A branch cannot stand beside itself.", "Name another one.")
        return partial(some_paths, ends=ends, reasoning=reasoning, notes=notes)

    def _end(self, place: Place | None) -> tuple[str, int]:
        """Return what a path is called, and its last row."""
        row, ref = self._place(place)
        node_id = self._state.tree.id(row)
        return ref.name if ref else f"·{node_id[-4:]}" if node_id else "What is shown", row
