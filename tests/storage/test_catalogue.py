"""The list of sessions: what it says of each file, and a cache that is only a cache."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lion_tui import Session
from lion_tui.storage.catalogue import Catalogue, Entry, cache_file, entry_of, forget, found_at, found_in


def written(file: Path, *prompts: str, title: str = "") -> Path:
    """Write a session of some prompts and their answers."""
    session = Session("Be brief.", title=title)
    for prompt in prompts:
        session.add_message("user", prompt)
        session.add_message("assistant", f"About {prompt}")
    session.save(file)
    return file


def listed(folder: Path, cache: Path) -> tuple[dict[str, Entry], int]:
    """Return what the list says of a folder, by file name, and how many files were read for it."""
    catalogue = Catalogue(found_in(folder), cache)
    read = sum(1 for _ in catalogue.read())
    catalogue.keep()
    return {Path(path).name: entry for path, entry in catalogue.entries.items()}, read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "sessions"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("ending", ["parquet", "toml"])
def test_an_entry_says_what_the_session_holds(folder: Path, ending: str) -> None:
    session = Session("Be brief.")
    session.add_message("user", "# Why is it *slow*?\nTell me.")
    with session.state.gesture("turn") as gesture:
        head = session.state.head_row(session.state.current)
        row = gesture.add(
            head, role="assistant", content="So.", sender="m", recipient="main", model="m-1", cost_usd=0.25
        )
        gesture.move_head(session.state.refs[session.state.current.branch_id or ""].branch_id, row)
    session.fork(name="other")
    session.save(folder / f"a.{ending}")
    (entry,) = listed(folder, folder.parent / "cache")[0].values()
    assert (entry.name, entry.title, entry.fault, entry.branches) == ("Why is it slow?", "", "", 2)
    assert entry.derived.messages == 3
    assert entry.derived.models == ("m-1",)
    assert entry.derived.cost_usd == 0.25
    assert entry.last_at == session.state.tree.timestamp[-1]
    session.title = "Mine"
    session.save(folder / f"a.{ending}")
    (entry,) = listed(folder, folder.parent / "cache")[0].values()
    assert (entry.name, entry.title, entry.derived.title) == ("Mine", "Mine", "Why is it slow?")


def test_deleted_messages_are_not_counted_and_give_no_title(folder: Path) -> None:
    session = Session()
    first = session.add_message("user", "first")
    session.add_message("assistant", "yes")
    session.delete(first)
    session.fork(name="x")
    session.checkout("x")
    session.add_message("user", "second")
    session.save(folder / "a.parquet")
    (entry,) = listed(folder, folder.parent / "cache")[0].values()
    assert (entry.name, entry.derived.messages) == ("second", 1)


def test_only_what_changed_is_read_again(folder: Path) -> None:
    cache = folder.parent / "cache"
    for at in range(4):
        written(folder / f"{at}.parquet", f"prompt {at}")
    assert listed(folder, cache)[1] == 4
    assert listed(folder, cache)[1] == 0
    written(folder / "other.parquet", "another")
    (folder / "other.parquet").replace(folder / "2.parquet")
    (folder / "3.parquet").unlink()
    entries, read = listed(folder, cache)
    assert read == 1
    assert {name: entry.name for name, entry in entries.items()} == {
        "0.parquet": "prompt 0",
        "1.parquet": "prompt 1",
        "2.parquet": "another",
    }
    assert {json.loads(line)["path"] for line in cache.read_bytes().splitlines()[1:]} == {
        str(folder / name) for name in entries
    }


def test_a_file_that_was_changed_in_place_is_read_again(folder: Path) -> None:
    cache = folder.parent / "cache"
    file = written(folder / "a.parquet", "one")
    listed(folder, cache)
    status = file.stat()
    file.write_bytes(written(folder / "b.parquet", "two").read_bytes())
    (folder / "b.parquet").unlink()
    assert file.stat().st_ino == status.st_ino
    assert listed(folder, cache)[0]["a.parquet"].name == "two"


def test_a_journal_changes_what_the_session_is(folder: Path) -> None:
    cache = folder.parent / "cache"
    file = written(folder / "a.parquet", "one")
    assert listed(folder, cache)[0]["a.parquet"].derived.messages == 3
    writer = (
        "import asyncio, os, sys\nfrom lion_tui import Session\n"
        "async def main():\n"
        "    session = Session.open(sys.argv[1], write=True)\n"
        "    session.title = 'New'\n"
        "    session.add_message('user', 'two')\n"
        "    await session.flush()\n"
        "    os._exit(0)\n"
        "asyncio.run(main())"
    )
    subprocess.run([sys.executable, "-c", writer, str(file)], check=True, timeout=60)
    assert (folder / "a.parquet.journal").exists()
    (found,) = found_in(folder)
    assert found.journal is not None
    assert found.holder is None, "who was killed holds no lock"
    entries, read = listed(folder, cache)
    assert read == 1
    assert (entries["a.parquet"].name, entries["a.parquet"].derived.messages) == ("New", 4)
    assert listed(folder, cache)[1] == 0
    Session.open(file, write=True).close()  # folds it
    assert listed(folder, cache)[0]["a.parquet"].derived.messages == 4


def test_a_journal_of_another_session_does_not_count(folder: Path) -> None:
    written(folder / "a.parquet", "one")
    (folder / "a.parquet.journal").write_text("rubbish\n")
    entry = listed(folder, folder.parent / "cache")[0]["a.parquet"]
    assert (entry.name, entry.fault) == ("one", "")


@pytest.mark.parametrize("ending", ["parquet", "toml"])
def test_what_cannot_be_read_is_listed_with_what_is_wrong(folder: Path, ending: str) -> None:
    good = written(folder / f"good.{ending}", "one").read_bytes()
    (folder / f"empty.{ending}").write_bytes(b"")
    (folder / f"cut.{ending}").write_bytes(good[: len(good) // 2])
    (folder / f"text.{ending}").write_text("no session")
    (folder / f"folder.{ending}").mkdir()
    (folder / f"newer.{ending}").write_bytes(good.replace(b"format = 1", b"format = 9"))
    (folder / f"gone.{ending}").symlink_to(folder / "nowhere")
    os.mkfifo(folder / f"pipe.{ending}")
    entries, _ = listed(folder, folder.parent / "cache")
    faults = {name.partition(".")[0]: entry.fault for name, entry in entries.items()}
    assert faults.pop("good") == ""
    if ending == "parquet":
        assert faults.pop("newer") == ""  # a Parquet header is sealed: nothing was replaced
    else:
        assert "has format 9" in faults.pop("newer")
    assert "an empty file" in faults.pop("empty")
    assert "a folder" in faults.pop("folder")
    assert "not a regular file" in faults.pop("pipe")
    assert set(faults) == {"cut", "text"}
    assert all(faults.values())
    assert entries[f"cut.{ending}"].damaged


def test_no_damage_of_the_footer_is_taken_for_what_was_written(folder: Path) -> None:
    good = written(folder / "good.parquet", "one").read_bytes()
    (whole,) = (entry_of(found) for found in found_in(folder))
    (folder / "good.parquet").unlink()
    start = len(good) - 8 - int.from_bytes(good[-8:-4], "little")
    for at in range(start, len(good), 7):
        broken = bytearray(good)
        broken[at] ^= 0x10
        (folder / "broken.parquet").write_bytes(broken)
        (entry,) = (entry_of(found) for found in found_in(folder))
        assert entry.fault or (entry.derived, entry.title) == (whole.derived, whole.title)


def test_an_older_file_without_a_summary_is_read_whole(folder: Path) -> None:
    import pyarrow.parquet as pq

    from lion_tui.storage.checksums import seal

    file = written(folder / "a.parquet", "one")
    table = pq.read_table(file)
    sealed = json.loads(pq.read_metadata(file).metadata[b"lion_tui"])
    del sealed["checksum"], sealed["summary"]
    from lion_tui.storage.parquet import schema

    with pq.ParquetWriter(file, schema(), store_schema=False, write_page_checksum=True) as writer:
        writer.write_table(table.cast(schema()))
        writer.add_key_value_metadata({"lion_tui": seal(sealed).decode()})
    assert len(Session.open(file).current.path()) == 3
    assert listed(folder, folder.parent / "cache")[0]["a.parquet"].name == "one"


@pytest.mark.parametrize(
    "content",
    [b"", b"\0\xff", b"[]", b'{"lion_tui_sessions":9}\n', b'{"lion_tui_sessions":1}\n{"path":7}', b"\n" * 9],
)
def test_a_cache_that_is_not_as_it_was_written_is_made_anew(folder: Path, content: bytes) -> None:
    cache = folder.parent / "cache"
    written(folder / "a.parquet", "one")
    listed(folder, cache)
    whole = cache.read_bytes()
    cache.write_bytes(content or whole[:40])
    entries, read = listed(folder, cache)
    assert (entries["a.parquet"].name, read) == ("one", 1)
    assert cache.read_bytes() == whole


def test_a_cache_that_cannot_be_written_is_done_without(folder: Path) -> None:
    written(folder / "a.parquet", "one")
    for _ in range(2):
        assert listed(folder, folder.parent / "no" / "cache")[1] == 1


def test_programs_that_write_the_cache_at_once_leave_one_that_is_whole(folder: Path) -> None:
    for at in range(30):
        written(folder / f"{at}.parquet", f"prompt {at}")
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from lion_tui.storage.catalogue import Catalogue, found_in\n"
        "for _ in range(20):\n"
        "    catalogue = Catalogue(found_in(Path(sys.argv[1])), Path(sys.argv[2]))\n"
        "    assert all(not entry.fault for entry in catalogue.read())\n"
        "    assert len(catalogue.entries) == 30\n"
        "    catalogue._changed = True\n"
        "    catalogue.keep()\n"
    )
    cache = folder.parent / "cache"
    programs = [subprocess.Popen([sys.executable, "-c", code, folder, cache]) for _ in range(3)]
    assert [program.wait(60) for program in programs] == [0, 0, 0]
    assert listed(folder, cache)[1] == 0
    assert [path.name for path in folder.parent.iterdir() if path.suffix == ".tmp"] == []


def test_a_session_that_is_open_is_listed_with_who_has_it(folder: Path) -> None:
    file = written(folder / "a.parquet", "one")
    with Session.open(file, write=True):
        (found,) = found_in(folder)
        assert found.holder is not None
        assert found.holder.pid == os.getpid()
        assert found_at([file]) == [found]
        with pytest.raises(Exception, match="open for writing"):
            Session.open(file, write=True)
    (found,) = found_in(folder)
    assert found.holder is None


def test_the_list_needs_neither_arrow_nor_a_lock_library(folder: Path) -> None:
    written(folder / "a.parquet", "one")
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from lion_tui.storage.catalogue import Catalogue, found_in\n"
        "catalogue = Catalogue(found_in(Path(sys.argv[1])), Path(sys.argv[2]))\n"
        "assert [entry.name for entry in catalogue.read()] == ['one']\n"
        "catalogue.keep()\n"
        "assert not {'pyarrow', 'numpy', 'pandas', 'textual', 'filelock'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", code, folder, folder.parent / "cache"], check=True, timeout=60)


def test_what_was_purged_is_in_no_cache(tmp_path: Path) -> None:
    cache = cache_file()
    cache.parent.mkdir(parents=True)
    with Session.open(tmp_path / "a.parquet", write=True) as session:
        secret = session.add_message("user", "my secret")
        session.save(tmp_path / "copy.parquet")
        catalogue = Catalogue(found_at([tmp_path / "copy.parquet"]), cache)
        list(catalogue.read())
        catalogue.keep()
        assert b"my secret" in cache.read_bytes()
        session.delete(secret)
        session.purge(secret)
        assert not cache.exists()
    assert b"my secret" not in (tmp_path / "a.parquet").read_bytes()
    forget()
