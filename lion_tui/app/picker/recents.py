"""Which models were chosen last: a small file in the data folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from lion_tui.config.paths import data_dir
from lion_tui.core.text import scalar

if TYPE_CHECKING:
    from pathlib import Path

_KEPT: Final = 20
_LONGEST: Final = 64 * 1024
_LONGEST_NAME: Final = 200


class Recent(NamedTuple):
    """A model of a service."""

    service: str
    model: str


def recents_file() -> Path:
    """Return where the models that were chosen last are kept."""
    return data_dir() / "recent-models.json"


def load_recents() -> list[Recent]:
    """Return the models that were chosen, the latest first; what is missing or damaged of the file is left out."""
    try:
        with recents_file().open("rb") as file:
            rows = json.loads(file.read(_LONGEST))
    except (OSError, ValueError, RecursionError):
        return []
    pairs = [row for row in rows if isinstance(row, list)] if isinstance(rows, list) else []
    found = [Recent(*pair) for pair in pairs if len(pair) == 2 and all(_is_name(name) for name in pair)]
    return list(dict.fromkeys(found))[:_KEPT]


def keep_recent(service: str, model: str) -> None:
    """Put a model before all others in the file; it blocks.

    Raises:
        SaveFailed: the operating system refused.
    """
    from lion_tui.storage.atomic import replace, save_failed

    file, latest = recents_file(), Recent(scalar(service), scalar(model))
    rows = [latest, *(recent for recent in load_recents() if recent != latest)][:_KEPT]
    content = json.dumps(rows, ensure_ascii=False, indent=0).encode()
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise save_failed(file, error) from error
    replace(file, lambda stream: stream.writelines([content]), lambda _: None)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME and value == scalar(value)
