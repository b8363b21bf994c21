"""The user's settings: `config.toml` in the configuration folder."""

from __future__ import annotations

import difflib
import tomllib
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from lion_tui.config.names import EMBEDDED
from lion_tui.config.paths import config_dir

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "config.toml"
_REMOTE_ONLY = frozenset({"base_url", "wire", "headers", "api_key_cmd"})
"""What a service has only if it is reached over HTTP."""

_Limit = Annotated[int, Meta(ge=1)]
_Seconds = Annotated[float, Meta(gt=0)]
_Struct = TypeVar("_Struct", bound=msgspec.Struct)


class ServiceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`[services.NAME]`: a provider adjusted, or a server of one's own.

    Attributes:
        base_url: The address; a name that is no provider's needs one.
        wire: The protocol: chat, responses or messages.
        headers: Headers that every request carries besides.
        api_key_cmd: A command that prints the key.
        model: The model that answers when none is named; for the embedded service a GGUF file.
        max_requests: The budget of requests in any `interval`.
        max_tokens: The budget of tokens in any `interval`.
        interval: Seconds.
        max_concurrent: How many answers may come at once; more wait.
        timeout: Seconds to wait at most for a connection or a token.
    """

    base_url: str | None = None
    wire: Literal["chat", "responses", "messages"] | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    api_key_cmd: str | None = None
    model: str | None = None
    max_requests: _Limit | None = None
    max_tokens: _Limit | None = None
    interval: _Seconds = 60.0
    max_concurrent: _Limit | None = None
    timeout: _Seconds | None = None


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that `config.toml` may say.

    Attributes:
        service: The service that answers where nothing else is chosen.
        model: Its model; for the embedded service a GGUF file.
        system: The system prompt of new sessions.
        theme: The name of the theme.
        notify: How the terminal tells of an answer that ended out of sight: its bell, a notification of iTerm2 (OSC 9)
            or of kitty (OSC 99), or not at all.
        animation: Whether anything moves by itself, such as the spinners.
        keymap: Keys by the id of what they do: `send = "ctrl+enter"`, several separated by commas.
        services: What is to be known of each service, by name.
    """

    service: str | None = None
    model: str | None = None
    system: str | None = None
    theme: str | None = None
    animation: Literal["on", "off"] = "on"
    notify: Literal["bell", "osc9", "osc99", "off"] = "bell"
    keymap: dict[str, str] = msgspec.field(default_factory=dict)
    services: dict[str, ServiceSettings] = msgspec.field(default_factory=dict)


class SettingsUnread(Exception):
    """The file of the settings cannot be read as a whole: a sentence says which, why, and where it breaks."""


def load_settings(path: Path | None = None) -> tuple[Settings, list[str]]:
    """As `read_settings`, for who can go on without settings: a file that cannot be read is a problem, too."""
    try:
        return read_settings(path)
    except SettingsUnread as unread:
        return Settings(), [str(unread)]


def read_settings(path: Path | None = None) -> tuple[Settings, list[str]]:
    """Read the settings, and say what in them is not understood; the rest counts.

    Args:
        path: The file; `config.toml` in the configuration folder if left out. One that is missing is an empty one.

    Returns:
        The settings, and one sentence for each problem, naming the setting.

    Raises:
        SettingsUnread: nothing of it can be read.
    """
    path = path or config_dir() / FILE_NAME
    try:
        table = _table(path.read_bytes())
    except FileNotFoundError:
        return Settings(), []
    except OSError as error:
        raise SettingsUnread(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise SettingsUnread(f"{path} is not understood: {error}.") from error
    problems: list[str] = []
    services = table.pop("services", {})
    keymap = table.pop("keymap", {})
    settings = _struct(Settings, table, "", problems)
    settings = msgspec.structs.replace(
        settings, services=_services(services, problems), keymap=_keymap(keymap, problems)
    )
    return settings, [f"{FILE_NAME}: {problem}" for problem in problems]


def _table(content: bytes) -> dict[str, Any]:
    """Return what TOML holds.

    Raises:
        ValueError: it is none; its text says which line.
    """
    try:
        text = content.decode()
        return tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"there are bytes that are no UTF-8 text (at line {line})") from error
    except tomllib.TOMLDecodeError as error:
        end = f"at the end, line {text.rstrip().count(chr(10)) + 1}"
        raise ValueError(str(error).replace("at end of document", end)) from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _services(table: Any, problems: list[str]) -> dict[str, ServiceSettings]:
    if not isinstance(table, dict):
        problems.append("services: a table is expected, such as [services.openrouter].")
        return {}
    found = {}
    for name, values in table.items():
        if not isinstance(values, dict):
            problems.append(f"services.{name}: a table is expected, [services.{name}].")
            continue
        alien = [each for each in values if name == EMBEDDED and each in _REMOTE_ONLY]
        problems += [f"services.{name}.{each}: the embedded model has no such setting." for each in alien]
        own = {each: value for each, value in values.items() if each not in alien}
        found[name] = _struct(ServiceSettings, own, f"services.{name}.", problems)
    return found


def _keymap(table: Any, problems: list[str]) -> dict[str, str]:
    if not isinstance(table, dict):
        problems.append("keymap: a table is expected, [keymap].")
        return {}
    problems += [f"keymap.{name}: a text is expected." for name, keys in table.items() if not isinstance(keys, str)]
    return {name: keys for name, keys in table.items() if isinstance(keys, str)}


def _struct(kind: type[_Struct], table: dict[str, Any], prefix: str, problems: list[str]) -> _Struct:
    """Return a struct of what fits, and add a sentence to `problems` for each value that does not."""
    types = {each.name: each.type for each in msgspec.structs.fields(kind)}
    values = {}
    for name, value in table.items():
        if name not in types:
            near = difflib.get_close_matches(name, types, n=1)
            hint = f" Did you mean {prefix}{near[0]}?" if near else f" There are {', '.join(types)}."
            problems.append(f"{prefix}{name}: there is no such setting.{hint}")
            continue
        try:
            values[name] = msgspec.convert(value, types[name])
        except msgspec.ValidationError as error:
            reason = str(error).replace("`", "").replace(" | null", "")
            problems.append(f"{prefix}{name}: {reason[:1].lower()}{reason[1:]}.")
    return kind(**values)
