"""Sessions by what lists call them: a name in the data folder, the end of one, a title."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from lion_tui.config.paths import sessions_dir
from lion_tui.core.errors import UsageError
from lion_tui.core.text import plain, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

_ENDINGS: Final = (".parquet", ".toml")
_CUT: Final = "…"
"""What stands in a list before the end of a name that has no room."""
_LEAST_END: Final = 4
"""Characters that the end of a name has at least, if nothing says that it is one: what a made-up name ends in."""
_MOST_NAMED: Final = 5


def kept_session(name: str, *, may_be_made: bool = False) -> Path | None:
    """Return the file of the session that is called so.

    Args:
        name: The name of a file in the data folder, with or without its ending; the end of one, with or without the `…`
            that a list puts before it; after a `…` also the end of a path elsewhere; or the title that a list shows.
        may_be_made: Whether a name with a session's ending is the file that it names, which is made if it is not there.

    Returns:
        The file; None if no session is called so.

    Raises:
        UsageError: several are.
    """
    ends_so = name.endswith(_ENDINGS)
    if name.startswith(_CUT):
        return _ended(name.lstrip(_CUT), anywhere=True)
    if may_be_made and ends_so:
        return None
    if Path(name).name == name:
        names = [name] if ends_so else [f"{name}{ending}" for ending in _ENDINGS]
        for file in names:
            if (kept := sessions_dir() / file).exists():
                return kept
    return None if ends_so else _ended(name, anywhere=False) or _titled(name)


def _ended(end: str, *, anywhere: bool) -> Path | None:
    """Return the session whose file's name ends so, or `anywhere` its path; nothing is read for it."""
    from lion_tui.storage.catalogue import found_in, of_this_machine

    if len(end) < (1 if anywhere else _LEAST_END):
        return None
    found = of_this_machine().found if anywhere else found_in(sessions_dir())
    paths = [Path(each.path) for each in found]
    fit = [path for path in paths if path.stem.endswith(end) or (anywhere and str(path).endswith(end))]
    return _only(fit, f"The names of several sessions end in {end!r}")


def _titled(title: str) -> Path | None:
    """Return the session of that title, or of that first prompt; the sessions that nothing is known of are read."""
    from lion_tui.storage.catalogue import of_this_machine

    catalogue = of_this_machine()
    for _ in catalogue.read():
        pass
    catalogue.keep()
    shown = _on_a_line(title)
    fit = [Path(entry.path) for entry in catalogue.entries.values() if shown and _on_a_line(entry.name) == shown]
    return _only(fit, f"Several sessions are called {title!r}")


def _on_a_line(title: str) -> str:
    return " ".join(plain(title).split())


def _only(paths: Sequence[Path], several: str) -> Path | None:
    if len(paths) < 2:
        return paths[0] if paths else None
    named = ", ".join(sorted(printable(listed_name(path)) for path in paths)[:_MOST_NAMED])
    more = f" and {len(paths) - _MOST_NAMED} more" if len(paths) > _MOST_NAMED else ""
    raise UsageError(f"{printable(several)}: {named}{more}.", "Name one of them.")


def listed_name(path: Path) -> str:
    """Return what names a session's file everywhere, as short as can be."""
    if path.parent == sessions_dir() and path.suffix == ".parquet":
        return path.stem
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
