"""A whole afternoon with one joke, on the real server, at the library's face."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from cli_program import environment

from lion_tui import Services, Session

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

FUNNY, DRY = "You are a sarcastically funny comedian.", "You are a dry British comedian."
JOKE = "A very short joke: a blue whale and a shark meet at the bar."
CAP: dict[str, Any] = {"max_tokens": 16}


def assert_equal(found: Session, expected: Session) -> None:
    """Compare two sessions: every message, every branch, what is current, what can be undone."""
    pd.testing.assert_frame_equal(found.nodes, expected.nodes)
    pd.testing.assert_frame_equal(found.branch_table, expected.branch_table)
    assert found.current.name == expected.current.name
    for name in ("session_id", "title", "overlay", "refs", "marks", "op", "next_seq", "undo", "redo"):
        assert getattr(found.state, name) == getattr(expected.state, name), name


async def test_a_joke_is_told_again_forked_undone_redone_saved_and_opened(
    llama: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(llama).items():
        monkeypatch.setenv(name, value)
    session = Session(FUNNY, service=Services.OpenRouter(), title="Whale and shark")

    joke = await session.chat(JOKE, seed=1, **CAP)
    first = session.path()[-1]
    assert first.content == joke != ""
    assert (first.status, first.service) == ("complete", "openrouter")
    assert 0 < (first.tokens_out or 0) <= 16

    [second] = await session.regenerate(seed=2, temperature=1.5, **CAP)
    assert second.parent_id == first.parent_id
    assert second.node_id != first.node_id
    assert session.current.head == second
    assert session.message(first.node_id) == first

    session.fork(first, "dry")
    dry_joke = await session.chat("Again, please.", branch="dry", system=DRY, **CAP)
    dry = session.branches["dry"]
    assert [m.content for m in dry.path()] == [FUNNY, JOKE, joke, DRY, "Again, please.", dry_joke]
    assert dry.first_system is not None
    assert dry.first_system.content == DRY
    assert session.current.name == "main"
    assert session.current.head == second

    after = session.nodes
    undone = session.undo()
    assert undone is not None
    assert undone.kind == "turn"
    assert dry.head == first
    assert session.nodes["alive"].sum() == len(after) - 3
    session.undo()
    assert "dry" not in session.branches
    session.redo()
    session.redo()
    assert [m.content for m in session.branches["dry"].path()][-1] == dry_joke
    changing = ["deleted_at"]
    pd.testing.assert_frame_equal(session.nodes.drop(columns=changing), after.drop(columns=changing))

    session.checkout("dry")
    session.save(tmp_path / "joke.toml")
    from_toml = Session.open(tmp_path / "joke.toml")
    assert_equal(from_toml, session)
    from_toml.save(tmp_path / "joke.parquet")
    from_parquet = Session.open(tmp_path / "joke.parquet")
    assert_equal(from_parquet, session)
    assert from_parquet.report == []

    from_parquet.undo()
    assert (from_parquet.branches["dry"].head or first).content == joke
    await session.aclose()
