"""Damage a session file in every way that one byte can be, and open it each time.

    python tests/campaigns/corruption.py [--seconds 7200] [--seed 1]

The files are a small `.parquet` and a small `.toml`, and the journal beside each. For each of them: every bit of every
byte flipped, and every length that the file can be cut to. With `--seconds`, as many of these as there is time for, in
random order.

Judged, in each case: the session opens as it was, or it says what is wrong (an error, or a sentence of the report);
nothing but the errors of lion-tui comes up; and the session file is not written to. Where the journal is damaged, the
session is opened for writing too: what is in the way is set aside, never deleted. A journal that is cut right behind a
record is what it was before the next one was written, so it opens as the session was then.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from lion_tui import LionError, Session
from lion_tui.core.header import take_snapshot
from lion_tui.storage.journal import journal_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lion_tui.core.snapshot import Snapshot


def make(path: Path) -> None:
    """Make a session file with a journal."""
    with Session.open(path, write=True) as session:
        session.add_message("system", "Be brief.")
        session.add_message("user", "A joke?\r\nNow.")
        session.fork(name="try")
    session = Session.open(path, write=True)
    session.add_message("assistant", "It bites, \U0001f988.")
    session.title = "Whale"
    session.abandon()


def contents(session: Session) -> Snapshot:
    """Return all that a session holds."""
    return take_snapshot(session.state)


class Campaign:
    """The cases of one session file, and what they showed."""

    def __init__(self, path: Path, scratch: Path) -> None:
        self._path = path
        self._expected = plain(contents(Session.open(path)))
        self._intact = {each: each.read_bytes() for each in (path, journal_of(path))}
        self._scratch = scratch / path.name
        self.cases = self.refused = self.said = self.same = 0
        self.problems: list[str] = []
        self._is_earlier = False

    def all_cases(self) -> Iterator[tuple[Path, str, int]]:
        """Yield the file that is damaged, how, and where."""
        for target, data in self._intact.items():
            yield from ((target, "bit", at) for at in range(len(data) * 8))
            yield from ((target, "cut", at) for at in range(len(data)))

    def run(self, target: Path, how: str, at: int) -> None:
        """Open a damaged copy."""
        data = self._intact[target]
        flipped = bytes([data[at // 8] ^ (1 << at % 8)]) if how == "bit" else b""
        data = data[: at // 8] + flipped + data[at // 8 + 1 :] if flipped else data[:at]
        what = f"{target.name}, {how} {at}"
        self.cases += 1
        self._is_earlier = how == "cut" and target != self._path and data.endswith(b"\n")
        self._place(target, data)
        self._open(what, write=False)
        if target != self._path:
            self._place(target, data)
            self._open(what, write=True)
            if not self._kept(data):
                self.problems.append(f"{what}: the journal is gone")

    def _place(self, target: Path, data: bytes) -> None:
        shutil.rmtree(self._scratch.parent, ignore_errors=True)
        self._scratch.parent.mkdir()
        for each, content in self._intact.items():
            (self._scratch.parent / each.name).write_bytes(data if each == target else content)

    def _kept(self, data: bytes) -> bool:
        """Tell whether what the damaged journal held is still somewhere, but for a last line without its end."""
        whole = data[: data.rfind(b"\n") + 1]
        found = self._scratch.parent.glob(f"{journal_of(self._path).name}*")
        return whole.count(b"\n") <= 1 or any(each.read_bytes().startswith(whole) for each in found)

    def _open(self, what: str, *, write: bool) -> None:
        before = self._scratch.read_bytes()
        try:
            session = Session.open(self._scratch, write=write)
            try:
                if plain(contents(session)) == self._expected:
                    self.same += 1
                elif self._is_earlier or any("journal" in sentence for sentence in session.report):
                    self.said += 1
                else:
                    self.problems.append(f"{what}: other content, and {session.report} is all that is said")
            finally:
                session.abandon()
        except LionError:
            self.refused += 1
        except Exception:
            self.problems.append(f"{what}: {traceback.format_exc()}")
        if self._scratch.read_bytes() != before:
            self.problems.append(f"{what}: the file was written to")


def plain(snapshot: Snapshot) -> tuple[object, object]:
    """Return a snapshot in values that compare."""
    return dict(snapshot.header), {
        name: [tuple(value) if isinstance(value, list) else value for value in values]
        for name, values in snapshot.columns.items()
    }


def main() -> None:
    """Run the campaign; the exit code is 1 if something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=7200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    problems = []
    for name in ("s.parquet", "s.toml"):
        until = time.monotonic() + given.seconds / 2
        with tempfile.TemporaryDirectory() as folder:
            make(path := Path(folder) / name)
            campaign = Campaign(path, Path(folder) / "scratch")
            cases = list(campaign.all_cases())
            random.Random(given.seed).shuffle(cases)  # noqa: S311 - repeatable
            for case in cases:
                if time.monotonic() > until:
                    break
                campaign.run(*case)
        problems += campaign.problems
        print(f"{name}: {campaign.cases} of {len(cases)} cases; {campaign.refused} refused, {campaign.said} opened in "
              f"part and said so, {campaign.same} opened as it was")  # fmt: skip
    print(*problems[:20], f"{len(problems)} problems", sep="\n")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
