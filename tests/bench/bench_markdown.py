"""What a Markdown text that grows costs, by shape and length, against markdown-it on the new text alone.

    python tests/bench/bench_markdown.py [--short]

Ten tokens (about 40 characters) are appended at a time, and after each the last 36 lines are read, as a window would.
The figures are processor time: the median and the 99th percentile of the last hundred appends before 1,000, 5,000 and
20,000 tokens. `floor` is the median of `MarkdownIt().parse` of the same appended texts, each by itself.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import statistics
import time
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from lion_tui.app.transcript.markdown import MarkdownLines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHUNK = 40
WINDOW = 36
WIDTH = 100
SENTENCE = "The merge sorts **both frames** first, so `set_index` on either side helps a lot; see the docs for more. "
CODE = 'def fold(rows, size=10):\n    """Return the rows, folded."""\n    return [r for r in rows if r % size == 0]\n\n'
MIXED = (
    f"## A heading\n\n{SENTENCE * 2}\n\n- one *item*\n- another with `code`\n  - nested\n\n```python\n{CODE}```\n\n"
    "| name | value |\n|------|------:|\n| rows | 1,000 |\n| size | 10 MB |\n\n> A quote of\n> two lines.\n\n"
)


def repeated(piece: str | Callable[[int], str]) -> Iterator[str]:
    return (piece if isinstance(piece, str) else piece(number) for number in itertools.count())


SHAPES: dict[str, Callable[[], Iterator[str]]] = {
    "plain": lambda: repeated(f"{SENTENCE * 4}\n\n"),
    "mixed": lambda: repeated(MIXED),
    "fence, python": lambda: itertools.chain(["```python\n"], repeated(CODE)),
    "fence, no language": lambda: itertools.chain(["```\n"], repeated(CODE)),
    "one paragraph": lambda: repeated(SENTENCE),
    "one paragraph, open emphasis": lambda: repeated("a *word that is never closed and [a bracket, and so on "),
    "one paragraph, Chinese": lambda: repeated("合并操作会先对两个数据帧进行排序，因此设置索引会有帮助。"),
    "one list": lambda: repeated(lambda number: f"{number + 1}. {SENTENCE}\n"),
    "nested list": lambda: repeated(lambda number: f"{'  ' * (number % 8)}- {SENTENCE}\n"),
    "one list item": lambda: itertools.chain(["- begin\n"], repeated(lambda number: f"\n  {SENTENCE}\n  - nested\n")),
    "table": lambda: itertools.chain(
        ["| n | what | how |\n|---|---|---|\n"], repeated(lambda number: f"| {number} | `a{number}` | **so** |\n")
    ),
    "table, wrapping": lambda: itertools.chain(
        ["| n | what | how |\n|---|---|---|\n"], repeated(lambda number: f"| {number} | {SENTENCE} | {SENTENCE} |\n")
    ),
    "block quote": lambda: repeated(lambda number: f"> {SENTENCE}\n" + ">\n" * (number % 4 == 0)),
    "nested quotes": lambda: itertools.chain([f"{'> ' * 8}{SENTENCE}\n"], repeated(f"{'> ' * 8}{SENTENCE}\n>\n")),
}


def chunks(pieces: Iterator[str], size: int) -> Iterator[str]:
    rest = ""
    for piece in pieces:
        rest += piece
        while len(rest) >= size:
            yield rest[:size]
            rest = rest[size:]


def append(document: MarkdownLines, chunk: str) -> float:
    start = time.process_time_ns()
    document.append(chunk)
    for index in range(max(0, len(document) - WINDOW), len(document)):
        document.line(index)
    return (time.process_time_ns() - start) / 1e6


def measure(pieces: Iterator[str], sizes: list[int]) -> tuple[list[list[float]], float]:
    """Return the times of the last appends before each size, and the floor's median, in ms."""
    document = MarkdownLines(WIDTH)
    times: list[float] = []
    results = []
    floors: list[float] = []
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    feed = chunks(pieces, CHUNK)
    for size in sizes:
        while len(times) < size // 10:
            chunk = next(feed)
            times.append(append(document, chunk))
            if len(floors) < 300:
                start = time.process_time_ns()
                parser.parse(chunk)
                floors.append((time.process_time_ns() - start) / 1e6)
        results.append(times[-100:])
    return results, statistics.median(floors)


def full_render(text: str, rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.process_time_ns()
        document = MarkdownLines(WIDTH, text)
        document.finish()
        times.append((time.process_time_ns() - start) / 1e6)
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="to 2,000 tokens only")
    sizes = [1_000, 2_000] if parser.parse_args().short else [1_000, 5_000, 20_000]
    MarkdownLines(WIDTH, MIXED).finish()  # imports
    gc.collect()
    gc.freeze()
    print(f"{'ms p50/p99 per 10 tokens at':29}" + "".join(f"{size:>14,}" for size in sizes) + "   floor   ratio")
    for name, shape in SHAPES.items():
        results, floor = measure(shape(), sizes)
        row = "".join(f"{statistics.median(each):>8.2f}/{sorted(each)[98]:5.2f}" for each in results)
        print(f"{name:29}{row}{floor:8.2f}{statistics.median(results[-1]) / floor:8.1f}")
    for name, text in (("plain", f"{SENTENCE * 2}\n\n" * 3), ("mixed", MIXED)):
        print(f"full render of 600 characters, {name}: {full_render(text[:600], 50):.2f} ms")
    for name in ("mixed", "fence, python", "one paragraph", "table"):
        text = "".join(itertools.islice(chunks(SHAPES[name](), CHUNK), sizes[-1] // 10))
        print(f"full render of {sizes[-1]:,} tokens, {name}: {full_render(text, 1):.0f} ms")


if __name__ == "__main__":
    main()
