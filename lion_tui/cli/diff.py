"""`lion-tui diff`: what differs between two branches, as text for pipes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import click

from lion_tui.cli import terminal
from lion_tui.cli.options import KEPT, complete_branch
from lion_tui.cli.reading import read_session
from lion_tui.core.counting import counted
from lion_tui.core.errors import UsageError
from lion_tui.core.text import plain
from lion_tui.core.tree import NO_ROW

if TYPE_CHECKING:
    from pathlib import Path

    from lion_tui import Session
    from lion_tui.core.diff import Operation, Unit
    from lion_tui.core.path_diff import Difference

_DIFFERENT: Final = 1
_SIGNS: Final = {
    "removed": ("[-", "-]", "-", "red"),
    "added": ("{+", "+}", "+", "green"),
    "moved from": ("[<", "<]", "<", "yellow"),
    "moved to": ("{>", ">}", ">", "yellow"),
}
"""Before and after words, before lines, and the colour, by what happened."""


@click.command(
    epilog="\b\nExamples:\n  lion-tui diff joke.parquet main drier\n"
    "  lion-tui diff joke.parquet main drier --line | less\n"
    "  lion-tui diff joke.parquet main drier --json | jq .ratio\n\n"
    "\b\nExit codes, besides those of lion-tui:\n  0  the branches say the same\n  1  they differ"
)
@click.argument("file", type=KEPT)
@click.argument("a", shell_complete=complete_branch)
@click.argument("b", shell_complete=complete_branch)
@click.option(
    "--word", "unit", flag_value="word", default=True, help="Compare the words of what is alike (the default)."
)
@click.option("--line", "unit", flag_value="line", help="Compare whole lines.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each two messages that correspond.")
@click.pass_context
def diff(context: click.Context, /, file: Path, a: str, b: str, unit: Unit, as_json: bool) -> None:
    """Print what differs between branch A and branch B of FILE, turn by turn from where they part.

    A and B may be ids of messages, too. [-words-] are only in A, {+words+} only in B; [<a passage<] was moved and is
    here in B: {>a passage>}. With --line, lines begin with - + < or >. On a terminal they have colours, unless
    NO_COLOR is set.
    """
    session = read_session(file)
    rows = _rows(session, a, b)
    from lion_tui.core.path_diff import diff_paths

    base, pairs = diff_paths(session.state.tree, *rows, unit)
    _say_where((a, b), rows, base)
    if as_json:
        terminal.put("".join(terminal.json_text(_record(session, pair)) + "\n" for pair in pairs))
    elif pairs:
        terminal.put("".join(_text(session, (a, b), rows, base, pairs, unit)))
    if any(pair.ratio < 1 or None in {pair.a, pair.b} for pair in pairs):
        context.exit(_DIFFERENT)


def _rows(session: Session, a: str, b: str) -> tuple[int, int]:
    """Return the rows at which both end.

    Raises:
        UsageError: there is no such branch, or both are the same.
    """
    if a == b:
        raise UsageError("A branch cannot be compared with itself.", "Name another one.")
    return session.row_at(a), session.row_at(b)


def _say_where(names: tuple[str, str], rows: tuple[int, int], base: int) -> None:
    """Say on standard error what is worth knowing of where the two part."""
    a, b = names
    if rows[0] == rows[1]:
        terminal.say(f"{a} and {b} end at the same message." if rows[0] != NO_ROW else f"{a} and {b} are empty.")
    elif empty := [name for name, row in zip(names, rows, strict=True) if row == NO_ROW]:
        terminal.say(f"{empty[0]} is empty.")
    elif base == NO_ROW:
        terminal.say(f"{a} and {b} have no message in common; all of both is compared.")
    elif base in rows:
        first, second = names if base == rows[0] else (b, a)
        terminal.say(f"{second} goes on where {first} ends.")


def _text(
    session: Session,
    names: tuple[str, str],
    rows: tuple[int, int],
    base: int,
    pairs: list[Difference],
    unit: Unit,
) -> list[str]:
    """Return the lines of the whole."""
    depth, role = session.state.tree.depth, session.state.tree.role
    lengths = [0 if row == NO_ROW else depth[row] for row in rows]
    common = 0 if base == NO_ROW else depth[base]
    lines = [
        _styled(f"{sign} {name} ({counted(length, 'message')})", bold=True) + "\n"
        for sign, name, length in zip(("---", "+++"), names, lengths, strict=True)
    ]
    lines.append(_styled(f"@@ {counted(common, 'message')} in common @@", fg="cyan") + "\n")
    for pair in pairs:
        row = pair.b if pair.a is None else pair.a
        both = pair.a is not None and pair.b is not None
        only = f"{int(100 * pair.ratio)} % the same" if both else f"only in {names[0] if pair.b is None else names[1]}"
        head = f"@@ turn {pair.turn}, {role[row or 0]}, {only} @@"
        body = (_by_line if unit == "line" else _by_word)(*_texts(session, pair), pair.operations)
        lines += ["\n", _styled(head, fg="cyan"), "\n", body]
    return lines


def _texts(session: Session, pair: Difference) -> tuple[str, str]:
    tree = session.state.tree
    return ("" if pair.a is None else tree.content(pair.a), "" if pair.b is None else tree.content(pair.b))


def _pieces(a: str, b: str, operations: tuple[Operation, ...]) -> list[tuple[str, str]]:
    """Return what happened and the text that it happened to, piece by piece."""
    pieces: list[tuple[str, str]] = []
    for kind, a_start, a_end, b_start, b_end in operations:
        happened = kind if kind != "moved" else "moved from" if a_end > a_start else "moved to"
        pieces.append((happened, a[a_start:a_end] if a_end > a_start else b[b_start:b_end]))
    return pieces


def _by_word(a: str, b: str, operations: tuple[Operation, ...]) -> str:
    said = []
    for happened, text in _pieces(a, b, operations):
        if happened == "equal":
            said.append(_plain(text))
            continue
        before, after, _, colour = _SIGNS[happened]
        inner = text.rstrip("\n")  # so that signs stand at the words
        said.append((_styled(f"{before}{inner}{after}", fg=colour) if inner else "") + text[len(inner) :])
    return _ended("".join(said))


def _by_line(a: str, b: str, operations: tuple[Operation, ...]) -> str:
    said = []
    for happened, text in _pieces(a, b, operations):
        _, _, sign, colour = _SIGNS.get(happened, ("", "", " ", None))
        said += [_styled(sign + line, fg=colour) + "\n" for line in text.removesuffix("\n").split("\n")]
    return "".join(said)


def _ended(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


def _plain(text: str) -> str:
    return plain(text) if terminal.on_terminal() else text


def _styled(text: str, **style: Any) -> str:
    """Return a text in a style where it can be seen, and is wanted."""
    coloured = terminal.on_terminal() and not os.environ.get("NO_COLOR")
    return click.style(_plain(text), **style) if coloured else _plain(text)


def _record(session: Session, pair: Difference) -> dict[str, Any]:
    """Return what is known of two messages as JSON values."""
    tree = session.state.tree
    row = pair.b if pair.a is None else pair.a
    return {
        "turn": pair.turn,
        "role": tree.role[row or 0],
        "a": None if pair.a is None else tree.node_id[pair.a],
        "b": None if pair.b is None else tree.node_id[pair.b],
        "ratio": round(pair.ratio, 4),
        "operations": [
            {"kind": happened, "text": text} for happened, text in _pieces(*_texts(session, pair), pair.operations)
        ],
    }
