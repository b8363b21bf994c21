"""The configuration file: what is understood counts, what is not is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lion_tui.config import paths
from lion_tui.config.settings import ServiceSettings, Settings, load_settings

if TYPE_CHECKING:
    from pathlib import Path

FULL = """
service = "box"
model = "big"
system = "Be brief."
theme = "night"

[keymap]
send = "ctrl+enter"

[services.box]
base_url = "http://box.lan/v1"
wire = "messages"
headers = { X-Team = "a" }
api_key_cmd = "pass box"
model = "big"
max_requests = 3
max_tokens = 1000
interval = 5
timeout = 2.5
"""


def test_a_full_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(FULL)
    box = ServiceSettings(
        base_url="http://box.lan/v1",
        wire="messages",
        headers={"X-Team": "a"},
        api_key_cmd="pass box",
        model="big",
        max_requests=3,
        max_tokens=1000,
        interval=5.0,
        timeout=2.5,
    )
    expected = Settings(
        service="box",
        model="big",
        system="Be brief.",
        theme="night",
        keymap={"send": "ctrl+enter"},
        services={"box": box},
    )
    assert load_settings(path) == (expected, [])


def test_no_file_is_an_empty_one() -> None:
    assert load_settings() == (Settings(), [])


def test_the_file_lies_in_the_configuration_folder() -> None:
    paths.config_dir().mkdir(parents=True)
    (paths.config_dir() / "config.toml").write_text('theme = "night"')
    assert load_settings() == (Settings(theme="night"), [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("them = 'x'", "them: there is no such setting. Did you mean theme?"),
        (
            "xyz = 1",
            (
                "xyz: there is no such setting. "
                "There are service, model, system, theme, animation, notify, keymap, services."
            ),
        ),
        ("model = 3", "model: expected str, got int."),
        ("services = 1", "services: a table is expected, such as [services.openrouter]."),
        ("services.box = 1", "services.box: a table is expected, [services.box]."),
        ("keymap = []", "keymap: a table is expected, [keymap]."),
        ("keymap.send = 1", "keymap.send: a text is expected."),
        ("services.box.max_requests = 0", "services.box.max_requests: expected int >= 1."),
        ("services.box.timeout = -1", "services.box.timeout: expected float > 0.0."),
        ("services.box.wire = 'grpc'", "services.box.wire: invalid enum value 'grpc'."),
        ("services.box.headers.X = 1", "services.box.headers: expected str, got int - at $[...]."),
        (
            "services.embedded.base_url = 'http://x'",
            "services.embedded.base_url: the embedded model has no such setting.",
        ),
        ("services.embedded.headers = 1", "services.embedded.headers: the embedded model has no such setting."),
        ("services.embedded.wire = 'chat'", "services.embedded.wire: the embedded model has no such setting."),
        (
            "services.embedded.api_key_cmd = 'x'",
            "services.embedded.api_key_cmd: the embedded model has no such setting.",
        ),
        (
            "services.box.api_key = 'k'",
            "services.box.api_key: there is no such setting. Did you mean services.box.api_key_cmd?",
        ),
    ],
)
def test_each_problem_is_named_and_the_rest_counts(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f"{text}\n")
    settings, problems = load_settings(path)
    assert problems == [f"config.toml: {problem}"]
    path.write_text(f"system = 'kept'\n{text}\n")
    assert load_settings(path) == (Settings(system="kept", services=settings.services), problems)


def test_one_bad_value_leaves_its_neighbours(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        "[services.box]\nbase_url = 'http://x'\nmodel = 1\n[services.groq]\nmodel = 'g'\n[keymap]\na = 'b'\nc = 1"
    )
    settings, problems = load_settings(path)
    assert settings.services == {"box": ServiceSettings(base_url="http://x"), "groq": ServiceSettings(model="g")}
    assert settings.keymap == {"a": "b"}
    assert len(problems) == 2


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"= nonsense", "(at line 1, column 1)."),
        (b"a = 1\n\n\xff\xfe", "(at line 3)."),
        (b"a = 1\na = 2", "(at the end, line 2)."),
        (b'a = 1\r\nb = "x', "(at the end, line 2)."),
    ],
)
def test_a_file_that_is_no_toml_is_a_problem_and_no_crash(tmp_path: Path, content: bytes, where: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    settings, problems = load_settings(path)
    assert settings == Settings()
    assert len(problems) == 1
    assert problems[0].startswith(f"{path} is not understood: ")
    assert problems[0].endswith(where)


def test_a_file_that_cannot_be_read_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    settings, problems = load_settings(tmp_path)
    assert settings == Settings()
    assert problems == [f"{tmp_path} cannot be read: Is a directory."]
