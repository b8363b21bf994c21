"""How long it takes to compare two texts word by word, beside difflib in the same run.

    python tests/bench/bench_diff.py [--short]

Of each pair of texts: the processor time of our comparison in ms, of `difflib.SequenceMatcher` on the same words where
that ends within the minute, and the longest time that an event loop was held up while a thread compared them.
"""

from __future__ import annotations

import argparse
import asyncio
import difflib
import random
import statistics
import time

from lion_tui.core.diff import diff_texts, ratio
from lion_tui.core.tokens import tokens

REPEATED = 7


def words(count: int, chance: random.Random) -> list[str]:
    """Return words, some much more often than others, as in a language."""
    return [f"w{int(20 * chance.paretovariate(1.0)) % 5000}" for _ in range(count)]


def passages(of: list[str], size: int = 80) -> str:
    """Return words as paragraphs."""
    return "\n\n".join(" ".join(of[at : at + size]) for at in range(0, len(of), size))


def edited(of: list[str], share: float, chance: random.Random) -> list[str]:
    """Return words, a share of them others."""
    return [f"new{chance.randrange(999)}" if chance.random() < share else word for word in of]


def spent(compare: object, a: str, b: str) -> float:
    """Return the processor time of a comparison in ms."""
    begun = time.process_time()
    compare(a, b)  # type: ignore[operator] - a function
    return (time.process_time() - begun) * 1e3


def by_difflib(a: str, b: str) -> None:
    """Compare the words as the standard library does."""
    difflib.SequenceMatcher(None, tokens(a), tokens(b)).get_opcodes()


async def held_up(a: str, b: str) -> tuple[float, float]:
    """Return the longest time between two turns of the loop, in ms: while it is idle, and while a thread compares."""

    async def longest(until: asyncio.Future[object] | asyncio.Task[object]) -> float:
        most, last = 0.0, time.perf_counter()
        while not until.done():
            await asyncio.sleep(0)
            now = time.perf_counter()
            most, last = max(most, now - last), now
        return most * 1e3

    idle = await longest(asyncio.ensure_future(asyncio.sleep(0.1)))
    return idle, await longest(asyncio.ensure_future(asyncio.to_thread(diff_texts, a, b)))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="smaller texts of a megabyte")
    large = 20_000 if parser.parse_args().short else 200_000
    chance = random.Random(1)  # noqa: S311 - words, not secrets
    answer, long = words(5_000, chance), words(large, chance)
    pairs = {
        "5,000 words, every tenth edited": (passages(answer), passages(edited(answer, 0.1, chance)), True),
        "… in one passage": (" ".join(answer), " ".join(edited(answer, 0.1, chance)), True),
        "5,000 words, nothing the same": (passages(answer), passages(edited(answer, 1.0, chance)), True),
        f"{large:,} words, every tenth edited": (passages(long), passages(edited(long, 0.1, chance)), False),
        "… in one passage, too": (" ".join(long), " ".join(edited(long, 0.1, chance)), False),
        f"{large:,} words, nothing the same": (" ".join(long), " ".join(edited(long, 1.0, chance)), False),
        f"{large:,} times the same word, moved": ("x " * large + "y", "y" + "x " * large, False),
    }
    print(f"{'':44}{'ours, ms':>10}{'difflib':>10}{'×':>7}{'the same':>10}{'loop, ms':>10}{'idle':>7}")
    for name, (a, b, small) in pairs.items():
        ours = statistics.median(spent(diff_texts, a, b) for _ in range(REPEATED if small else 1))
        floor = spent(by_difflib, a, b) if small else 0.0
        idle, most = asyncio.run(held_up(a, b))
        floors = f"{floor:10.1f}{ours / floor:7.2f}" if floor else f"{'–':>10}{'':7}"
        print(f"{name:44}{ours:10.1f}{floors}{ratio(diff_texts(a, b)):10.2f}{most:10.1f}{idle:7.1f}", flush=True)


if __name__ == "__main__":
    main()
