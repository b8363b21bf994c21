"""The session that the program begins with."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from lion_tui.app.comparing import to_compare
from lion_tui.config.paths import sessions_dir
from lion_tui.config.settings import Settings, SettingsUnread, read_settings
from lion_tui.core.errors import FileError, FileLocked, SaveFailed, UsageError
from lion_tui.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lion_tui.core.changes import Position


class Opened(NamedTuple):
    """What the program begins with.

    Attributes:
        session: The session.
        file: Its file, also if it is only read.
        settings: The user's settings.
        service: The name of the service that was asked for.
        model: The model that was asked for.
        notices: What the user should know, a sentence each.
        read_only: Whether nothing can be written: it is open elsewhere, its folder takes no lock, or it is damaged.
        compared: What is shown side by side.
        first: Whether the data folder has no session yet.
        tour: Whether it is the sample, on which the main keys are shown.
        done: What was done to get here, a sentence; empty if that is seen.
        unread: Which of the notices says that the settings cannot be read; empty if they can.
    """

    session: Session
    file: Path
    settings: Settings
    service: str | None = None
    model: str | None = None
    notices: tuple[str, ...] = ()
    read_only: bool = False
    compared: tuple[Position, ...] = ()
    first: bool = False
    tour: bool = False
    done: str = ""
    unread: str = ""


def open_session(
    path: Path | None,
    *,
    service: str | None,
    model: str | None,
    system: str | None,
    salvage: bool = False,
    compare: Sequence[str] = (),
    tour: bool = False,
) -> Opened:
    """Open the session that the command line names, or a copy of the sample for a `tour`.

    A session that another program has open is read only, and so is what is salvaged of a damaged file.

    Raises:
        FileError: the file cannot be read, is no session, or is not there and cannot be made.
        SaveFailed: there is no folder for the sessions, and none can be made.
        UsageError: a system prompt for a session that is only read, or branches that cannot be compared.
        ServiceChoiceError: there is no service of that name, or the settings, which say what it is, cannot be read.
    """
    settings, problems, unread = _settings(service)
    first = path is None and not any(sessions_dir().glob("*.*"))
    if path is None:
        path = _new_session_path_in_folder()
        if tour:
            from lion_tui.session.sample import sample_in

            path = sample_in(path.parent)
    elif not path.exists():
        from lion_tui.storage.kept import kept_session

        path = kept_session(str(path), may_be_made=True) or path  # named as the program names it
    if salvage:
        session, read_only = Session.salvage(path), True
        if not session.report:
            problems.append(f"{path.name} is not damaged: without --salvage, one can go on in it.")
    else:
        session, refused = _to_write(path, service, model)
        if read_only := bool(refused):
            problems.append(f"{refused} It is read only here. This is how it was after operation {session.state.op}.")
    session.settings = settings
    try:
        compared = tuple(to_compare(session.state, compare))
        session.prefer(service, model)
        _begin(session, system or (None if len(session.state.tree) else settings.system), read_only=read_only)
    except BaseException:
        session.close()
        raise
    notices = (*problems, *session.report)
    return Opened(session, path, settings, service, model, notices, read_only, compared, first, tour, unread=unread)


def _settings(service: str | None) -> tuple[Settings, list[str], str]:
    """Return the settings, what is wrong with them, and what of that is that they cannot be read.

    Raises:
        ServiceChoiceError: a service is named, and they cannot be read, or there is none of that name.
    """
    if service is not None:
        # Loaded only now: without a name, who answers is found out once the screen stands.
        from lion_tui.services.choice import service_named, settings_to_ask_by

        settings, problems = settings_to_ask_by()
        service_named(service, settings)
        return settings, problems, ""
    try:
        return *read_settings(), ""
    except SettingsUnread as unread:
        return Settings(), [str(unread)], str(unread)


def _to_write(path: Path, service: str | None, model: str | None) -> tuple[Session, str]:
    """Return a session to go on with, or else to look at; and why, a sentence.

    Raises:
        FileError: it cannot be read, or is not there and cannot be made.
    """
    try:
        return Session.open(path, write=True, service=service, model=model), ""
    except (FileLocked, SaveFailed) as error:
        if path.exists():
            return Session.open(path), error.what
        if isinstance(error, SaveFailed):
            raise _not_made(path, error) from error
        raise


def _not_made(path: Path, refused: SaveFailed) -> FileError:
    """Return the error for a file that is not there, of a session that cannot be begun there either."""
    if not path.parent.is_dir():
        what = f"There is no file {path.name}, and no folder {path.parent} to make it in."
        return FileError(path, what, "Check the name, or make the folder first.")
    why = refused.__cause__.strerror if isinstance(refused.__cause__, OSError) else refused.what
    what = f"There is no file {path.name}, and it cannot be made in {path.parent} ({why})."
    return FileError(path, what, "Check the name, or choose a folder that can be written.")


def _begin(session: Session, system: str | None, *, read_only: bool) -> None:
    in_force = session.first_system
    if system is None or (in_force and in_force.content == system):
        return
    if read_only:
        raise UsageError("The session is read only here.", "Leave --system out.")
    session.change_first_system_message(system)


def _new_session_path_in_folder() -> Path:
    """Return a path that no session has, in a folder that is there."""
    from lion_tui.storage.atomic import save_failed

    path = new_session_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise save_failed(path, error) from error
    return path


def new_session_path() -> Path:
    """Return a path in the data folder that no session has."""
    return sessions_dir() / f"{datetime.now():%Y%m%d-%H%M%S}-{os.urandom(2).hex()}.parquet"  # noqa: DTZ005 - local time, for the user's eyes
