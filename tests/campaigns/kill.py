"""Kill a session that is being written, again and again, and look at what is left of it.

    python tests/campaigns/kill.py [--rounds 600] [--seconds 3600] [--seed 1]

Each round forks a process that opens the session of the round before (every so often a new one), does one random thing
after another, and reports each operation as it is done, each one as it is on the disk, and each piece of text as it
streams. Half of the processes are killed with SIGKILL by their parent at a random moment; the others kill themselves
in the middle of a random write, or before or after a random fsync, rename, removal or truncation. Another process then
opens the file for writing.

Judged, in each round: the file opens; no operation is lost that was said to be on the disk; the session is exactly what
it was after its last operation; the text that had streamed is there, but for the last moments, which are printed.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet  # noqa: F401 - before the first fork, for all
import tomli_w  # noqa: F401

from lion_tui import LionError, Services, Session
from lion_tui.core.events import Saved, Streamed
from lion_tui.core.header import take_snapshot
from lion_tui.session import writer
from lion_tui.storage import file, journal

if TYPE_CHECKING:
    from collections.abc import Callable

    from lion_tui.core.events import Event

SPEECH = " ".join(f"word{at}" for at in range(400))
CUT = "The program ended before the answer did."
ROUNDS_A_FILE = 12
LIMIT_MS = 250


def digest(session: Session) -> str:
    """Return a hash of everything in a session, but for answers that come, or were cut by a kill."""
    snapshot = take_snapshot(session.state)
    columns = {name: list(values) for name, values in snapshot.columns.items()}
    for row, (status, error) in enumerate(zip(columns["status"], columns["error"], strict=True)):
        if status == "streaming" or error == CUT:
            for name in ("content", "reasoning", "status", "error"):
                columns[name][row] = "?"
    return hashlib.sha256(json.dumps([dict(snapshot.header), columns], sort_keys=True).encode()).hexdigest()


# The one that is killed


class Steps:
    """Kills this process at one of its steps towards the disk."""

    def __init__(self, fatal: int) -> None:
        self._left = fatal
        # One step after the other, whatever thread takes it.
        journal._write = self._half(journal._write)
        os.fsync = self._around(os.fsync)
        Path.replace = self._around(Path.replace)  # type: ignore[method-assign]
        Path.unlink = self._around(Path.unlink)  # type: ignore[method-assign]
        Path.rename = self._around(Path.rename)  # type: ignore[method-assign]
        file.SessionFile.restart = self._around(file.SessionFile.restart)  # type: ignore[method-assign]

    def _die(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def _around(self, step: Any) -> Any:
        def stepped(*arguments: Any, **keywords: Any) -> Any:
            self._die()
            result = step(*arguments, **keywords)
            self._die()
            return result

        return stepped

    def _half(self, write: Callable[[Any, bytes], None]) -> Callable[[Any, bytes], None]:
        def halved(sink: Any, data: bytes) -> None:
            at = random.randrange(len(data) + 1)  # noqa: S311 - no secret
            write(sink, data[:at])
            self._die()
            write(sink, data[at:])

        return halved


async def live(path: Path, rng: random.Random, report: Callable[..., None]) -> None:
    """Do one thing after another until the end."""
    writer.IDLE_S, writer.GROWN = rng.choice([(0.02, 2000), (0.3, 2**20), (10.0, 2**30)])

    async def pace() -> None:
        await asyncio.sleep(0.002)

    service = Services.Scripted(SPEECH, pace=pace)
    session = Session.open(path, write=True, service=service)
    state = session.state
    grown: dict[str, int] = {}

    def observe(event: Event) -> None:
        match event:
            case Saved(op):
                report("saved", op)
            case Streamed(node_id, text):
                grown[node_id] = grown.get(node_id, 0) + len(text)
                report("grew", node_id, grown[node_id], time.monotonic())
            case _ if hasattr(event, "op"):
                report("done", event.op, digest(session))

    session.subscribe(observe)
    report("done", state.op, digest(session))
    tasks: set[asyncio.Task[Any]] = set()
    while True:
        try:
            if rng.random() < 0.15 and len(session.streaming) < 3:
                tasks.add(task := asyncio.create_task(session.chat("Speak.", service=service)))
                task.add_done_callback(tasks.discard)
            else:
                act(session, rng)
            if rng.random() < 0.2:
                await session.flush()
                report("saved", state.op) if session.saved else None
        except LionError:
            pass  # such a thing cannot be done here
        await asyncio.sleep(rng.choice([0, 0.001, 0.02]))


def act(session: Session, rng: random.Random) -> None:
    """Do something."""
    state = session.state
    texts = ["é", "plain", "x\r\ny", "long " * 300]
    acts: list[Callable[[], object]] = [
        *[lambda: session.add_message(rng.choice(["user", "assistant"]), rng.choice(texts))] * 3,
        lambda: session.fork(session.current, f"b{rng.randrange(10**6)}"),
        session.undo,
        session.redo,
        lambda: session.checkout(rng.choice(list(session.branches))),
        lambda: state.set_draft(rng.choice(list(state.refs)), rng.choice(["", "a draft", "another"])),
        lambda: session.enqueue("later"),
        session.stop_all,
    ]
    if len(state.tree):
        node = session.message(rng.choice(state.tree.node_id))
        acts += [lambda: session.edit(node, "said differently"), lambda: session.archive(node)]
        if rng.random() < 0.3:
            acts.append(lambda: session.delete(node) and session.purge(node))
    rng.choice(acts)()


# The one that looks after it


def look(path: Path, rng: random.Random) -> dict[str, Any]:
    """Open the session as after a crash and say what is there."""
    if not path.exists():
        return {"op": None}
    session = Session.open(path, write=True)
    tree = session.state.tree
    found = {
        "op": session.state.op,
        "digest": digest(session),
        "cut": {
            node_id: len(tree.content(row)) for row, node_id in enumerate(tree.node_id)
            if tree.value(row, "error") == CUT and not tree.purged(row)
        },
        "wrong": [
            node_id for row, node_id in enumerate(tree.node_id)
            if tree.role[row] == "assistant" and tree.status[row] == "interrupted"
            and not SPEECH.startswith(tree.content(row))
        ],
        "orphans": [each.name for each in path.parent.glob("*.orphan-*")],
        "report": session.report,
    }  # fmt: skip
    if rng.random() < 0.5:
        session.close()
    else:
        session.abandon()
    return found


def forked(work: Callable[[Callable[..., None]], None]) -> tuple[int, int]:
    """Run `work` in a fork and return its process id and the pipe on which it reports lines of JSON."""
    reading, writing = os.pipe()
    if pid := os.fork():
        os.close(writing)
        return pid, reading
    os.close(reading)

    def report(*values: Any) -> None:
        os.write(writing, json.dumps(values).encode() + b"\n")

    try:
        work(report)
    except BaseException:
        report("failed", traceback.format_exc())
    finally:
        os._exit(0)


def listen(pipe: int, until: float | None) -> bytes:
    """Return what is reported until a time, or until the end."""
    said = b""
    while True:
        left = None if until is None else until - time.monotonic()
        if left is not None and left <= 0:
            return said
        if select.select([pipe], [], [], left)[0]:
            if not (more := os.read(pipe, 1 << 16)):
                return said
            said += more


class Campaign:
    """The rounds, and what they showed."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.problems: list[str] = []
        self.rounds = self.operations = self.recovered = self.streams = 0
        self.lost_ms: list[float] = []
        self._done: dict[int, str] = {}

    def run_file(self, path: Path, rounds: int, until: float) -> None:
        """Kill the writers of one file, one after the other."""
        self._done.clear()
        for _ in range(rounds):
            if time.monotonic() > until:
                return
            self.round(path)

    def round(self, path: Path) -> None:
        """Kill one writer and look at its file."""
        rng = self._rng
        chance, itself = random.Random(rng.random()), rng.random() < 0.5  # noqa: S311 - repeatable, no secret
        fatal = rng.randrange(1, 60)

        def work(report: Callable[..., None]) -> None:
            if itself:
                Steps(fatal)
            asyncio.run(live(path, chance, report))

        pid, pipe = forked(work)
        said = listen(pipe, time.monotonic() + (rng.uniform(2, 3) if itself else rng.expovariate(1 / 0.3)))
        killed = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        said += listen(pipe, None)
        os.close(pipe)
        os.waitpid(pid, 0)
        pid, pipe = forked(lambda report: report("found", look(path, chance)))
        answer = listen(pipe, None)
        os.close(pipe)
        os.waitpid(pid, 0)
        self.rounds += 1
        lines = [json.loads(line) for line in said.splitlines(keepends=True) if line.endswith(b"\n")]
        kind, found = json.loads(answer) if answer else ("failed", "the process ended")
        if kind == "failed":
            self._problem(path, f"it does not open: {found}")
        elif not any(line[0] == "failed" for line in lines):
            self._judge(path, lines, found, killed)
        for line in lines:
            if line[0] == "failed":
                self._problem(path, f"the writer failed: {line[1]}")

    def _judge(self, path: Path, lines: list[list[Any]], found: dict[str, Any], killed: float) -> None:
        acknowledged = max((line[1] for line in lines if line[0] == "saved"), default=0)
        self._done |= {line[1]: line[2] for line in lines if line[0] == "done"}
        self.operations += sum(line[0] == "done" for line in lines)
        if found["op"] is None:
            if acknowledged:
                self._problem(path, f"operation {acknowledged} was acknowledged, and there is no file")
            return
        self.recovered += bool(found["report"])
        if found["op"] < acknowledged:
            self._problem(path, f"operation {acknowledged} was acknowledged, and {found['op']} is the last one")
        if self._done.setdefault(found["op"], found["digest"]) != found["digest"]:  # it may not have said the last one
            self._problem(path, f"it is not what it was after operation {found['op']}")
        if found["wrong"] or found["orphans"]:
            self._problem(path, f"wrong: {found['wrong']}, orphans: {found['orphans']}")
        # What comes after the operation that is there was lost with it.
        self._done = {op: known for op, known in self._done.items() if op <= found["op"]}
        self._judge_streams(lines, found, killed)

    def _judge_streams(self, lines: list[list[Any]], found: dict[str, Any], killed: float) -> None:
        answers = {line[1] for line in lines if line[0] == "grew"}
        killed = min(killed, max((line[3] for line in lines if line[0] == "grew"), default=killed) + 0.003)
        for node_id in answers & found["cut"].keys():
            lost = [
                line[3]
                for line in lines
                if line[0] == "grew" and line[1] == node_id and line[2] > found["cut"][node_id]
            ]
            self.streams += 1
            self.lost_ms.append((killed - lost[0]) * 1000 if lost else 0.0)

    def _problem(self, path: Path, what: str) -> None:
        kept = Path(tempfile.mkdtemp(prefix="kill-")) / "found"
        shutil.copytree(path.parent, kept)
        self.problems.append(f"round {self.rounds}: {what} (kept in {kept})")
        print(self.problems[-1], flush=True)

    def say(self) -> None:
        """Print what they showed."""
        late = sum(lost > LIMIT_MS for lost in self.lost_ms)
        print(f"{self.rounds} kills, {self.operations} operations, {self.recovered} recoveries")
        print(f"{self.streams} answers cut: at most {max(self.lost_ms, default=0):.0f} ms of text lost, "
              f"{late} times more than {LIMIT_MS} ms")  # fmt: skip
        print(f"{len(self.problems)} problems")


def main() -> None:
    """Run the campaign; the exit code is 1 if something was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=600)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = random.Random(given.seed)  # noqa: S311 - repeatable, no secret
    campaign = Campaign(rng)
    until = time.monotonic() + given.seconds
    while campaign.rounds < given.rounds and time.monotonic() < until:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / rng.choice(["s.parquet", "s.parquet", "s.toml"])
            campaign.run_file(path, min(ROUNDS_A_FILE, given.rounds - campaign.rounds), until)
    campaign.say()
    sys.exit(bool(campaign.problems))


if __name__ == "__main__":
    main()
