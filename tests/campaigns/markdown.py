"""Draw random Markdown in random pieces, and compare each time with what all of it at once looks like.

    python tests/campaigns/markdown.py [--seconds 600] [--seed 1]
    python tests/campaigns/markdown.py --guided [--seconds 600]     guided by coverage: pip install atheris

Judged, in each case: after every piece the lines, the code blocks and the headings are those of the whole text so far;
no line is wider than was asked for; no character that a terminal would act on is drawn; every run knows its source;
and no case takes a hundred times as long as a usual one.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "app" / "markdown")]

_LONGEST = 400
_SLOW = 100
_LEAST_S = 0.5
"""Seconds below which no case is called slow."""


def check(text: str, cuts: list[int], width: int) -> None:
    """Draw a text that comes in pieces."""
    from markdown_checks import check_growth

    cuts = sorted({min(cut, len(text)) for cut in cuts})
    check_growth([text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)], width)


def make(chance: random.Random) -> tuple[str, list[int], int]:
    """Return a text, where it is cut, and a width."""
    from markdown_documents import PIECES, SPECIAL, UNUSUAL

    parts = []
    while len(parts) < chance.randint(1, 40):
        kind = chance.random()
        if kind < 0.6:
            parts.append(chance.choice(PIECES) * (1 if kind < 0.55 else chance.randint(2, 40)))
        else:
            letters = SPECIAL + UNUSUAL + "abc" if kind < 0.8 else "ab \n"
            parts.append("".join(chance.choices(letters, k=chance.randint(1, 12))))
        if chance.random() < 0.25:
            parts.append("\n")
    text = "".join(parts)
    if chance.random() < 0.02:  # lines that are taken in pieces
        text = text.replace("\n", " ") * chance.randint(5, 60)
    cuts = [chance.randint(0, len(text)) for _ in range(chance.randint(0, 8))]
    return text[:8000], cuts, chance.choice([2, 3, chance.randint(4, 20), chance.randint(21, 120)])


def by_chance(seconds: float, seed: int) -> tuple[int, list[str]]:
    """Try random cases for so many seconds; return how many, and what was wrong."""
    chance, until = random.Random(seed), time.monotonic() + seconds  # noqa: S311 - repeatable
    tried, spent, problems = 0, 0.0, []
    while time.monotonic() < until:
        text, cuts, width = make(chance)
        began = time.process_time()
        try:
            check(text, cuts, width)
        except Exception:
            problems.append(f"{text!r} cut at {cuts}, {width} wide: {traceback.format_exc()}")
        took = time.process_time() - began
        tried, spent = tried + 1, spent + took
        per_character = spent / tried / _LONGEST
        if took > _LEAST_S and took > _SLOW * per_character * max(_LONGEST, len(text)):
            problems.append(f"{text!r} cut at {cuts}, {width} wide, took {took:.1f} s")
    return tried, problems


def guided(seconds: float) -> None:
    """Try cases that reach new code until one fails or the time is over; it says how many, and ends the program."""
    import atheris  # type: ignore[import-not-found]  # no dependency: whoever wants this installs it

    with atheris.instrument_imports(include=["lion_tui", "markdown_it"]):
        import markdown_checks  # noqa: F401 - with all that it draws with

    def one(data: bytes) -> None:
        given = atheris.FuzzedDataProvider(data)
        width = given.ConsumeIntInRange(2, 120)
        cuts = [given.ConsumeIntInRange(0, _LONGEST) for _ in range(given.ConsumeIntInRange(0, 6))]
        text = given.ConsumeUnicodeNoSurrogates(_LONGEST)
        check(text, cuts, width)

    atheris.Setup([sys.argv[0], f"-max_total_time={seconds:.0f}", "-max_len=1600"], one)
    atheris.Fuzz()


def main() -> None:
    """Run the campaign; the exit code is 1 if something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--guided", action="store_true")
    given = parser.parse_args()
    if given.guided:
        guided(given.seconds)
    tried, problems = by_chance(given.seconds, given.seed)
    print(f"{tried:,} texts", *problems[:20], f"{len(problems)} problems", sep="\n")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
