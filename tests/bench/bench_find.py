"""What finding a text everywhere costs: all messages of a session searched and counted in slices.

    python tests/bench/bench_find.py [--short]

Times are CPU milliseconds: of the whole search, and of the longest step between two looks at the clock. The floor is
a bare Python loop that counts the text in a list of the same texts, taken in the same run.
"""

from __future__ import annotations

import argparse
import gc
import time

from bench_graph import grow

from lion_tui.app.transcript.search import Needle
from lion_tui.app.transcript.tree_search import TreeSearch


def main() -> None:
    """Print the figures."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--short", action="store_true")
    messages = 10_000 if arguments.parse_args().short else 100_000
    session = grow("branches", messages, 100)
    texts = [session.state.tree.content(row) for row in range(messages)]
    gc.collect()
    gc.disable()
    began = time.process_time()
    floor_hits = sum(text.lower().count("shark") for text in texts)
    floor = time.process_time() - began
    search = TreeSearch(session.state, Needle("shark"))
    began = last = time.process_time()
    longest = 0.0
    for _ in search.count():
        now = time.process_time()
        longest, last = max(longest, now - last), now
    whole = last - began
    assert search.total == floor_hits
    began = time.process_time()
    branches = search.branches()
    told = time.process_time() - began
    print(f"{messages:,} messages, {search.total:,} hits on {branches} branches")
    print(f"floor {floor * 1000:8.1f} ms")
    print(f"all   {whole * 1000:8.1f} ms   {whole / floor:.1f} x the floor")
    print(f"step  {longest * 1000:8.3f} ms   branches {told * 1000:.3f} ms")


if __name__ == "__main__":
    main()
