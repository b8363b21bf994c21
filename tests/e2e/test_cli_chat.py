"""`lion-tui chat` as a process, against the real server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cli_program import environment, lion_tui

from lion_tui import Session

if TYPE_CHECKING:
    from pathlib import Path

PARIS = "What is the capital of France?"
BRIEFLY = ("--system", "Answer in one sentence.")
CAP = ("--max-tokens", "12", "--temperature", "0", "--seed", "1")


@pytest.fixture(autouse=True)
def _real_server(llama: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(llama).items():
        monkeypatch.setenv(name, value)


def test_the_answer_and_nothing_else_goes_to_standard_output() -> None:
    done = lion_tui("chat", *PARIS.split(), *BRIEFLY, *CAP)  # words need no quotes
    assert (done.returncode, done.stderr) == (0, "")
    assert "Paris" in done.stdout
    assert done.stdout.endswith("\n")
    assert not done.stdout.endswith("\n\n")


def test_standard_input_is_the_prompt() -> None:
    done = lion_tui("chat", *BRIEFLY, *CAP, stdin=f"{PARIS}\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Paris" in done.stdout


def test_beside_a_prompt_standard_input_is_what_it_is_about(tmp_path: Path) -> None:
    done = lion_tui("chat", "Sum up", "--save", tmp_path / "s.toml", *CAP, stdin="The whale\r\nis blue.\n")
    assert (done.returncode, done.stderr) == (0, "")
    question = Session.open(tmp_path / "s.toml").path()[0]
    assert question.content == "Sum up\n\nThe whale\r\nis blue."
    assert question.metadata == {"context": {"instruction": "Sum up", "context": "The whale\r\nis blue."}}


def test_json_is_one_object_with_what_is_known_of_the_answer(tmp_path: Path, llama: Any) -> None:
    path = tmp_path / "s.toml"
    done = lion_tui("chat", "Count from one to a hundred.", "--json", "--save", path, "--model", llama.model, *CAP)
    assert (done.returncode, done.stderr) == (0, "")
    [line] = done.stdout.splitlines()
    found = json.loads(line)
    question, answer = Session.open(path).path()
    assert found["answer"] == answer.content != ""
    assert (found["prompt_id"], found["answer_id"]) == (question.node_id, answer.node_id)
    assert found["session_id"] == Session.open(path).state.session_id
    assert {name: found[name] for name in ("status", "error", "finish_reason", "service", "model", "branch")} == {
        "status": "complete",
        "error": None,
        "finish_reason": "length",
        "service": "openrouter",
        "model": llama.model,
        "branch": "main",
    }
    assert found["file"] == str(path)
    assert found["usage"]["tokens_out"] == 12
    assert found["usage"]["tokens_in"] > 0
    assert found["usage"]["cost_usd"] is None
    assert 0 < found["timing"]["ttft_s"] <= found["timing"]["total_s"]


def test_a_new_session_is_saved_and_gone_on_with_in_branches(tmp_path: Path) -> None:
    path = tmp_path / "joke.parquet"
    assert lion_tui("chat", "Hello", "--system", "Be brief.", "--save", path, *CAP).returncode == 0
    assert lion_tui("chat", "And again", "--open", path, *CAP).returncode == 0
    drier, still = (
        lion_tui("chat", prompt, "--open", path, "--branch", "drier", *CAP) for prompt in ("Drier", "Drier still")
    )
    assert (drier.returncode, still.returncode) == (0, 0)
    said = "There was no branch 'drier': it is made now, from the end of 'main'.\n"
    assert (said in drier.stderr, said in still.stderr) == (True, False)
    session = Session.open(path)
    assert list(session.branches) == ["main", "drier"]
    assert session.current.name == "main"
    assert [m.role for m in session.path()] == ["system", "user", "assistant", "user", "assistant"]
    drier = session.branches["drier"].path()
    assert [m.content for m in drier if m.role == "user"] == ["Hello", "And again", "Drier", "Drier still"]
    assert all(m.status == "complete" for m in drier)
    assert drier[:5] == session.path()


def test_the_first_branch_of_a_new_session_can_have_a_name(tmp_path: Path) -> None:
    assert lion_tui("chat", "Hello", "--branch", "first", "--save", tmp_path / "s.toml", *CAP).returncode == 0
    assert list(Session.open(tmp_path / "s.toml").branches) == ["first"]


def test_who_was_asked_for_is_kept_by_a_new_session_and_a_new_branch(tmp_path: Path, llama: Any) -> None:
    path = tmp_path / "s.toml"
    who = ("--service", "openrouter", "--model", llama.model)
    assert lion_tui("chat", "Hello", "--save", path, *who, *CAP).returncode == 0
    assert Session.open(path).state.overlay == {"service": "openrouter", "model": llama.model}
    assert lion_tui("chat", "Hello", "--open", path, "--branch", "b", "--model", "other/one", *CAP).returncode == 0
    branches = Session.open(path).branches
    assert (branches["b"].model, branches["main"].model) == ("other/one", None)
    assert lion_tui("chat", "Hello", "--open", path, "--branch", "b", "--model", "a/third", *CAP).returncode == 0
    branch = Session.open(path).branches["b"]
    assert (branch.model, branch.path()[-1].model) == ("other/one", "a/third")


def test_another_system_prompt_comes_into_force_from_here_on(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    assert lion_tui("chat", "Hello", "--system", "Be brief.", "--save", path, *CAP).returncode == 0
    assert lion_tui("chat", "Hello", "--system", "Be long.", "--open", path, *CAP).returncode == 0
    assert [m.content for m in Session.open(path).path() if m.role == "system"] == ["Be brief.", "Be long."]


def test_open_with_save_goes_on_in_a_copy(tmp_path: Path) -> None:
    first, copy = tmp_path / "a.parquet", tmp_path / "b.toml"
    assert lion_tui("chat", "Hello", "--save", first, *CAP).returncode == 0
    before = first.read_bytes()
    assert lion_tui("chat", "Again", "--open", first, "--save", copy, *CAP).returncode == 0
    assert first.read_bytes() == before
    old, new = Session.open(first), Session.open(copy)
    assert new.path()[:2] == old.path()
    assert new.path()[2].content == "Again"
    assert new.state.session_id == old.state.session_id


def test_open_and_save_of_one_file_make_it_or_go_on_with_it(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    for _ in range(2):
        assert lion_tui("chat", "Hello", "--open", path, "--save", tmp_path / "." / "s.toml", *CAP).returncode == 0
    assert len(Session.open(path).path()) == 4


def test_the_settings_say_who_answers_and_what_is_wrong_in_them(tmp_path: Path, llama: Any) -> None:
    (tmp_path / "config.toml").write_text(
        'service = "mine"\nsystem = "Be brief."\nsistem = 1\n'
        f'[services.mine]\nbase_url = "{llama.url}/v1"\nmodel = "{llama.model}"\n'
    )
    path = tmp_path / "s.toml"
    done = lion_tui("chat", "Hello", "--save", path, *CAP, LION_TUI_CONFIG=str(tmp_path), MINE_API_KEY=llama.key)
    assert done.returncode == 0
    assert done.stderr == "config.toml: sistem: there is no such setting. Did you mean system?\n"
    system, _, answer = Session.open(path).path()
    assert (system.content, answer.service, answer.model) == ("Be brief.", "mine", llama.model)
