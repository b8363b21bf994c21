"""Colour lines that are made to take long, in every language that is coloured, and say which take too long.

    python tests/campaigns/highlighting.py [--seconds 600] [--seed 1]

An expression of a lexer that takes time beyond all bounds cannot be interrupted while it is drawn, and would freeze the
screen. Judged, in each case: a line of the longest length that is coloured takes less than half a second of the
processor.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time

from lion_tui.app.transcript.markdown.highlight import LONGEST_LINE, ROOT, highlighter
from lion_tui.core.languages import COLOURED

_MOST_S = 0.5
_GIVEN_UP_S = 3
_UNITS = [
    *"\"'`\\/*#<>()[]{}1a \t.,:;=-+|&%$@!?~^_é", "0x", "1.", "a.", "a b", 'a="', 'a"a', '\\"', "\\'", "/*", "*/", "//",
    "<!", "<a ", "a:", "::", "->", "${", "$(", "{{", "}}", "((", "aA1_", "1_", "\\\\", "--", "<!--", " a", "a ", " =",
    "a,", "1e", "'''", '"""', 'r"', "#{", "<<", ">>", "@a", "a-", "-a", " -",
]  # fmt: skip


class _TooLong(Exception):
    pass


def _give_up(*_: object) -> None:
    raise _TooLong


def make(chance: random.Random) -> str:
    """Return a line in which something is repeated for as long as there is room."""
    parts = chance.choices(_UNITS, k=chance.randint(0, 3))
    room, count = LONGEST_LINE - sum(map(len, parts)) - 4, chance.choice([1, 1, 2, 2, 3])
    for _ in range(count):
        unit = "".join(chance.choices(_UNITS, k=chance.choice([1, 1, 1, 2, 3])))
        parts.append(unit * max(1, room // count // len(unit)))
    return "".join([*parts, *chance.choices([*_UNITS, "\x00"], k=chance.randint(0, 2))])[:LONGEST_LINE]


def main() -> None:
    """Run the campaign; the exit code is 1 if something took too long."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance, until = random.Random(given.seed), time.monotonic() + given.seconds  # noqa: S311 - repeatable
    signal.signal(signal.SIGALRM, _give_up)
    slow: dict[str, str] = {}
    tried = 0
    lexers = {name: lexer for name in sorted(COLOURED) if (lexer := highlighter(name))}
    while time.monotonic() < until:
        for name, lexer in lexers.items():
            state, began = ROOT, time.process_time()
            lines = [make(chance), make(chance)]
            signal.setitimer(signal.ITIMER_REAL, _GIVEN_UP_S * len(lines))
            try:
                for line in lines:
                    _, state = lexer.line(line, state)
                    tried += 1
                if time.process_time() - began > _MOST_S * len(lines):
                    slow.setdefault(name, repr(lines))
            except _TooLong:
                slow.setdefault(name, repr(lines))
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
    print(f"{tried:,} lines in {len(lexers)} languages", *(f"{name}: {line}" for name, line in slow.items()), sep="\n")
    sys.exit(bool(slow))


if __name__ == "__main__":
    main()
