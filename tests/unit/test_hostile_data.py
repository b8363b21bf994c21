"""What a service reports, an observer does, or a hand has written into a file: the session stays whole and saveable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from lion_tui import Services, Session
from lion_tui.core.errors import DamagedFile, LionError, UsageError
from lion_tui.core.ids import now_us
from lion_tui.core.inference import Usage
from lion_tui.core.moments import moment, said_when
from lion_tui.services.scripted import Reply
from lion_tui.storage.catalogue import entry_of, found_at

if TYPE_CHECKING:
    from pathlib import Path

    from lion_tui.core.events import Event


async def test_a_number_that_no_file_can_hold_is_unknown(tmp_path: Path) -> None:
    usage = Usage(tokens_in=10**25, tokens_out=3, cost_usd=float("inf"))
    session = Session(service=Services.Scripted(Reply(text="x", usage=usage)))
    await session.chat("q")
    session.save(tmp_path / "s.parquet")
    answer = Session.open(tmp_path / "s.parquet").last_response
    assert answer
    assert (answer.tokens_in, answer.tokens_out, answer.cost_usd) == (None, 3, None)


async def test_an_answer_whose_end_cannot_be_kept_is_interrupted() -> None:
    class Odd:
        name, default_model = "odd", "odd-1"

        def check(self, params: object) -> None:
            """Take any settings."""

        async def stream(self, request: object):  # type: ignore[no-untyped-def] - a stand-in
            from lion_tui.core.inference import Delta, Done

            yield Delta("text")
            yield Done("stop", parts=object())

    session = Session(service=Odd())  # type: ignore[arg-type] - a stand-in
    with pytest.raises((LionError, TypeError)):
        await session.chat("q")
    assert session.last_response
    assert (session.last_response.status, session.last_response.content) == ("interrupted", "text")
    assert session.streaming == []


async def test_an_observer_that_fails_disturbs_nobody(caplog: pytest.LogCaptureFixture) -> None:
    session = Session(service=Services.Scripted("x"))
    seen: list[Event] = []

    def fails(event: Event) -> None:
        raise RuntimeError("not my day")

    session.subscribe(fails)
    session.subscribe(seen.append)
    assert await session.chat("q") == "x"
    assert session.last_response
    assert session.last_response.status == "complete"
    assert len(seen) > 2
    assert "not my day" in caplog.text


def edited(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    """Return a session's TOML file with patterns replaced by hand."""
    session = Session("sys")
    session.add_message("user", "a")
    session.fork(name="other")
    path = tmp_path / "s.toml"
    session.save(path)
    text = re.sub(r"^checksum = .*\n", "", path.read_text(), flags=re.MULTILINE)
    for pattern, replacement in changes:
        text, count = re.subn(pattern, replacement, text, flags=re.MULTILINE)
        assert count, pattern
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", ["main", "a\\\\u001b]0;x", "", "a..b"])
def test_a_branch_name_that_cannot_be_gets_another(tmp_path: Path, name: str) -> None:
    session = Session.open(edited(tmp_path, ('name = "other"', f'name = "{name}"')))
    assert len(session.branches) == 2
    assert session.report
    session.save(tmp_path / "t.parquet")
    assert Session.open(tmp_path / "t.parquet").branches.keys() == session.branches.keys()


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        ('title = ""', "title = 5"),
        (r"last_op = \d+", 'last_op = "x"'),
        (r"next_seq = \d+", "next_seq = 9223372036854775806"),
    ],
)
def test_a_header_value_of_another_kind_is_said(tmp_path: Path, pattern: str, replacement: str) -> None:
    with pytest.raises(DamagedFile, match=r"s\.toml"):
        Session.open(edited(tmp_path, (pattern, replacement)))


def test_who_answers_on_a_branch_that_comes_from_itself_is_known(tmp_path: Path) -> None:
    path = edited(tmp_path, (r"^fork_of = .*\n", ""), (r"^(branch_id = )(.*)$", r"\1\2\nfork_of = \2"))
    session = Session.open(path)
    session.fallback = Services.Scripted("x")
    assert session.answerer()[0] is session.fallback


def test_an_undo_log_that_cannot_be_read_is_left_behind(tmp_path: Path) -> None:
    session = Session.open(edited(tmp_path, ("step", "stop")))
    assert session.report
    assert session.undo() is None
    assert session.last_message_content == "a"


def test_an_undo_log_that_does_not_fit_takes_nothing_back(tmp_path: Path) -> None:
    session = Session("sys")
    session.add_message("user", "a")
    gesture = session.state.undo[-1]
    session.state.undo[-1] = gesture.inverse(1).inverse(2)
    del session.state.refs[session.current.branch_id or ""]
    before = session.state.tree.columns()
    with pytest.raises(UsageError, match="undo log"):
        session.undo()
    assert session.state.tree.columns() == before
    assert not session.state.undo


@pytest.mark.parametrize("beyond", [10**18, -(10**17)])
@pytest.mark.parametrize("extension", ["parquet", "toml"])
def test_a_time_that_no_calendar_has_is_shown_as_its_nearest_and_kept(
    beyond: int, extension: str, tmp_path: Path
) -> None:
    session = Session()
    session.add_message("user", "q")
    session.state.tree.timestamp[0] = beyond
    file = tmp_path / f"s.{extension}"
    session.save(file)
    opened = Session.open(file)
    assert opened.state.tree.timestamp[0] == beyond
    (message,) = opened.path()
    assert message.timestamp.astimezone().year in {1, 9999}
    assert said_when(beyond, now_us()).endswith((" 1", " 9999"))
    entry = entry_of(*found_at([file]))
    assert not entry.fault
    assert str(moment(entry.last_at).year) in {"1", "9999"}


@pytest.mark.parametrize("extension", ["parquet", "toml"])
def test_a_message_of_the_far_future_does_not_set_the_clock(extension: str, tmp_path: Path) -> None:
    session = Session()
    soon = now_us() + 3_600_000_000
    for text, time in (("of tomorrow's clock", soon), ("of 2286", 10**16)):
        session.add_message("user", text)
        session.state.tree.timestamp[-1] = time
    file = tmp_path / f"s.{extension}"
    session.save(file)
    with Session.open(file, write=True) as opened:
        opened.add_message("user", "of today")
        opened.delete(opened.add_message("user", "deleted"))
        opened.undo()
    times = list(Session.open(file).state.tree.timestamp)
    assert times[1] == 10**16, "what is written stays"
    assert soon < times[2] < times[3] < soon + 3_600_000_000
