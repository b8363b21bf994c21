"""`lion-tui doctor`."""

from __future__ import annotations

import json

from cli_program import lion_tui


def test_without_a_terminal_it_is_text() -> None:
    done = lion_tui("doctor", TERM="xterm-256color", COLORTERM="", OPENAI_API_KEY="sk-secret")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("terminal\n  program  ")
    assert "\n! colours         256\n                  If your terminal has more" in done.stdout
    assert "a key from OPENAI_API_KEY\n" in done.stdout
    assert "sk-secret" not in done.stdout


def test_as_json_each_fact_is_a_line() -> None:
    done = lion_tui("doctor", "--json")
    facts = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(list(fact) == ["section", "name", "value", "advice", "lines"] for fact in facts)
    assert {"terminal", "clipboard", "files", "services", "versions"} <= {fact["section"] for fact in facts}
