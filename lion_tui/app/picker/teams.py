"""Models that are asked together: saved under names, in a small file in the data folder that can be edited."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Final, NamedTuple

from lion_tui.app.picker.recents import Recent
from lion_tui.config.paths import data_dir
from lion_tui.core.errors import UsageError
from lion_tui.core.text import scalar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_LONGEST: Final = 256 * 1024
_LONGEST_NAME: Final = 40
_MOST: Final = 24
"""Models in a team."""
LAST: Final = "last"
"""The key of the models that were asked last."""


class Teams(NamedTuple):
    """What the file holds.

    Attributes:
        teams: Models by the name of their team.
        last: The models that were asked together last.
    """

    teams: Mapping[str, Sequence[Recent]]
    last: Sequence[Recent]


def teams_file() -> Path:
    """Return where the teams are kept."""
    return data_dir() / "teams.toml"


def load_teams() -> Teams:
    """Return the teams; what is missing or damaged of the file is left out."""
    try:
        with teams_file().open("rb") as file:
            table = tomllib.loads(file.read(_LONGEST).decode())
    except (OSError, ValueError, RecursionError):
        return Teams({}, ())
    named = table.get("teams")
    teams = {name: _models(each) for name, each in named.items()} if isinstance(named, dict) else {}
    return Teams({name: models for name, models in teams.items() if models}, _models(table.get(LAST)))


def _models(value: object) -> list[Recent]:
    """Return the models of a list of `service:model`."""
    texts = [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
    pairs = (each.partition(":") for each in texts)
    return [Recent(service, model) for service, _, model in pairs if service and model][:_MOST]


def keep_team(name: str, models: Sequence[Recent]) -> None:
    """Keep a team under a name, in place of one that has it; it blocks.

    Raises:
        UsageError: it has no models, or no name that can be.
        SaveFailed: the operating system refused.
    """
    name = " ".join(scalar(name).split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise UsageError("A team needs a name.", f"Write one of up to {_LONGEST_NAME} characters.")
    if not models:
        raise UsageError("A team needs models.", "Mark some with Tab.")
    before = load_teams()
    _write(Teams({**before.teams, name: models}, before.last))


def forget_team(name: str) -> None:
    """Forget a team; it blocks.

    Raises:
        SaveFailed: the operating system refused.
    """
    before = load_teams()
    _write(Teams({each: models for each, models in before.teams.items() if each != name}, before.last))


def keep_last(models: Sequence[Recent]) -> None:
    """Keep the models that were asked together last; it blocks.

    Raises:
        SaveFailed: the operating system refused.
    """
    _write(load_teams()._replace(last=models))


def _write(teams: Teams) -> None:
    import tomli_w

    from lion_tui.storage.atomic import replace, save_failed

    file = teams_file()
    table = {
        LAST: [":".join(model) for model in teams.last],
        "teams": {name: [":".join(model) for model in models] for name, models in teams.teams.items()},
    }
    content = tomli_w.dumps(table).encode()
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise save_failed(file, error) from error
    replace(file, lambda stream: stream.writelines([content]), lambda _: None)
