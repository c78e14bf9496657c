import errno
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace

import pytest

from finetune.corrections.database import APPLICATION, VERSION
from finetune.corrections.identity import identity_of
from finetune.corrections.mark import Mark
from finetune.corrections.row import NEW
from finetune.corrections.store import Store
from finetune.errors import ConfigError, DataError, DiskError
from tests.finetune.corrections.conftest import row

# ---- what is kept -----------------------------------------------------------------------------------------------


def test_rows_become_known_once_each_with_why_it_was_shown_first(store):
    two = [row(0), row(1)]
    assert store.take(two, reason="unsure") == [1, 2]
    assert store.take([*two, row(2)], reason="random") == [1, 2, 3]
    assert store.row(2) == row(1)
    assert store.rows() == {1: row(0), 2: row(1), 3: row(2)}
    assert store.reasons() == {1: "unsure", 2: "unsure", 3: "random"}


def test_a_row_whose_text_is_another_now_is_another_row(store):
    [before] = store.take([row(0)], reason="unsure")
    [after] = store.take([row(0, text="outro texto")], reason="unsure")
    assert before != after
    assert store.row(before).texts == ("texto de número 0",)


def test_rows_of_no_known_place_are_told_apart_by_their_texts(store):
    unplaced = [row(-1, text=text, source="", line=0, part=NEW, given=None) for text in ("a", "A.", "b")]
    assert store.take(unplaced, reason="") == [1, 1, 2]
    assert store.row(1) == unplaced[0]


@pytest.mark.parametrize(
    "text", ["=1+1", "a\0b", "\ud800", "😀" * 3000, "linha\r\noutra", "'; DROP TABLE mark"]
)
def test_any_text_comes_back_as_it_is(store, text):
    [number] = store.take([row(0, text=text)], reason="")
    assert store.row(number).texts == (text,)
    assert store.row(number).cells == {"texto": text}


def test_what_is_said_comes_back_after_closing(file, identity):
    with Store.opened(file, of=identity) as store:
        [number] = store.take([row(0)], reason="unsure")
        assert store.say(number, label=" Preços ", who="Ana", note="é preço") == 1
        assert store.say(number, label=None, who="Beto") == 2
        assert store.say(number, label="Clima", who="Caio", settles=True) == 3
    with Store.opened(file, of=identity) as store:
        first, second, third = store.marks()
        assert (first.row, first.label, first.who, first.note, first.settles) == (
            1,
            "Preços",
            "Ana",
            "é preço",
            False,
        )
        assert first.at.endswith("+00:00")
        assert (second.label, third.settles) == (None, True)
        assert store.marks(number) == store.marks()
        assert store.marks(99) == []
        found = store.corrections()
    assert [(each.label, each.who, each.reason) for each in found.agreed] == [("Clima", ("Caio",), "unsure")]
    assert found.source == str(file)


def test_what_is_undone_is_so_by_a_mark_more_and_only_for_who_said_it(store):
    one, two = store.take([row(0), row(1)], reason="")
    store.say(one, label="Clima", who="Ana")
    store.say(two, label="Preços", who="Ana")
    store.say(two, label="Clima", who="Beto")
    taken_back = store.undo("Ana")
    assert isinstance(taken_back, Mark)
    assert (taken_back.row, taken_back.label, taken_back.undone) == (two, "Preços", True)
    assert [mark.undone for mark in store.marks()] == [False, True, False]
    assert store.undo("Ana").row == one
    assert store.undo("Ana") is None
    assert store.undo("nobody") is None
    assert [each.who for each in store.corrections().agreed] == [("Beto",)]
    assert store.say(one, label="Clima", who="Ana") == 6  # the two that undo have numbers, too
    with closing(sqlite3.connect(store.file)) as other:
        for change in ("DELETE FROM mark", "UPDATE mark SET label = 'x'"):
            with pytest.raises(sqlite3.IntegrityError, match="marks are only added"):
                other.execute(change)


def test_a_row_that_is_not_there_and_a_label_that_is_none_are_refused_and_nothing_is_said(store):
    with pytest.raises(DataError, match=r"corrections.sqlite has no row 7"):
        store.say(7, label="Clima", who="Ana")
    [number] = store.take([row(0)], reason="")
    with pytest.raises(DataError, match="an empty label says nothing"):
        store.say(number, label=" ", who="Ana")
    with pytest.raises(DataError, match=r"corrections.sqlite has no row 9"):
        store.row(9)
    assert store.marks() == []


@pytest.mark.parametrize(
    ("task", "labels", "said", "kept"),
    [
        ("multi_label", ("a", "b"), "b|a", "a|b"),
        ("multi_label", ("a", "b"), "", ""),
        ("ordinal", ("1", "2"), "2", "2"),
        ("number", ("preço",), "12,5", "12.5"),
    ],
)
def test_labels_of_each_task(file, identity, task, labels, said, kept):
    with Store.opened(file, of=replace(identity, task=task, labels=labels)) as store:
        [number] = store.take([row(0)], reason="")
        store.say(number, label=said, who="Ana")
        assert store.corrections().agreed[0].label == kept


# ---- nothing is lost --------------------------------------------------------------------------------------------


def test_several_threads_at_once_lose_nothing(store):
    numbers = store.take([row(each) for each in range(5)], reason="")

    def say(who):
        for number in numbers:
            store.say(number, label="Clima", who=who)
            store.marks(number)
        store.undo(who)

    threads = [threading.Thread(target=say, args=(f"p{each}",)) for each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.marks()) == 20
    assert sum(mark.undone for mark in store.marks()) == 4
    assert {mark.row for mark in store.marks() if mark.undone} == {numbers[-1]}


SAYING = """
import sys
from pathlib import Path
from finetune.corrections.identity import Identity
from finetune.corrections.row import Row
from finetune.corrections.store import Store
identity = Identity("version_0", "a" * 64, "single_label", ("Clima",), ("texto",))
store = Store.opened(Path(sys.argv[1]), of=identity)
[number] = store.take([Row(("texto",))], reason="")
while True:
    print(store.say(number, label="Clima", who="Ana"), flush=True)
"""


def test_a_killed_process_loses_nothing_that_it_was_told_is_kept(file, identity):
    child = subprocess.Popen([sys.executable, "-c", SAYING, file], stdout=subprocess.PIPE, text=True)
    told = [int(child.stdout.readline()) for _ in range(20)]
    child.kill()
    told += [int(line) for line in child.stdout.read().split("\n") if line]
    child.wait()
    assert child.returncode == -signal.SIGKILL
    with Store.opened(file, of=identity) as store:  # its lock went with it
        assert set(told) <= {mark.number for mark in store.marks()}
        assert len(store.marks()) <= len(told) + 1


def test_a_full_disk_is_told_and_what_was_said_before_stays(store):
    [number] = store.take([row(0)], reason="")
    store.say(number, label="Clima", who="Ana")
    [(pages,)] = store._connection.execute("PRAGMA page_count").fetchall()
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DiskError, match=r"no space left on the disk\. What was said before is kept"):
        store.say(number, label="Preços", who="Ana", note="x" * 100_000)
    assert [mark.label for mark in store.marks()] == ["Clima"]
    store._connection.execute("PRAGMA max_page_count = 100000")
    store.say(number, label="Preços", who="Ana")
    assert [mark.label for mark in store.marks()] == ["Clima", "Preços"]


def test_only_one_has_it_open_and_whoever_only_reads_need_not_wait(store, identity):
    with pytest.raises(
        ConfigError, match=r"corrections.sqlite is open in another process, which alone may write"
    ):
        Store.opened(store.file, of=identity)
    [number] = store.take([row(0)], reason="")
    store.say(number, label="Preços", who="Ana")
    with Store.looked_at(store.file, of=identity) as reading:
        assert reading.corrections() == store.corrections()
        with pytest.raises(DiskError, match="cannot be written"):
            reading.say(number, label="Clima", who="Beto")
    store.say(number, label="Clima", who="Ana")


def test_nothing_is_left_beside_it(file, identity):
    with Store.opened(file, of=identity) as store:
        store.say(*store.take([row(0)], reason=""), label="Clima", who="Ana")
    assert [each.name for each in file.parent.iterdir()] == [file.name]


# ---- files that are none ----------------------------------------------------------------------------------------


def kept(file, identity):
    with Store.opened(file, of=identity) as store:
        numbers = store.take([row(each, text=f"texto {each} " * 50) for each in range(50)], reason="")
        store.say(numbers[0], label="Clima", who="Ana")
    return file


def cut(file, identity):
    content = kept(file, identity).read_bytes()
    file.write_bytes(content[: len(content) // 2])


def torn(file, identity):
    content = bytearray(kept(file, identity).read_bytes())
    content[4096 : 4096 * 3] = os.urandom(4096 * 2)
    file.write_bytes(content)


def emptied(file, identity):
    file.write_bytes(b"")


def a_table(file, identity):
    file.write_text("texto;rotulo\n" * 20, encoding="utf-8")


def of_another_program(file, identity):
    with closing(sqlite3.connect(file)) as made:
        made.execute("CREATE TABLE mark (number)")


def newer(file, identity):
    with closing(sqlite3.connect(kept(file, identity))) as made:
        made.execute(f"PRAGMA user_version = {VERSION + 1}")


def without_its_head(file, identity):
    with closing(sqlite3.connect(kept(file, identity))) as made:
        made.execute("DELETE FROM about")
        made.commit()


def without_tables(file, identity):
    with closing(sqlite3.connect(file)) as made:
        made.execute(f"PRAGMA application_id = {APPLICATION}")
        made.execute("CREATE TABLE other (number)")


def of_another_run(file, identity):
    kept(file, replace(identity, run="version_7", training="b" * 64))


@pytest.mark.parametrize(
    ("break_it", "told"),
    [
        (cut, r"is damaged \(.*\)\. Put a copy of it back"),
        (torn, r"is damaged \(.*\)\. Put a copy of it back"),
        (emptied, r"is no file of corrections: it is empty, cut, or of another kind\. Put a copy"),
        (a_table, r"is no file of corrections: it is empty, cut, or of another kind\. Put a copy"),
        (of_another_program, r"is a SQLite file of another program, and no file of corrections"),
        (newer, r"was written by a newer version of finetune \(format 2, here 1\)"),
        (without_its_head, r"is damaged \(.*\)\. Put a copy of it back"),
        (without_tables, r"is damaged \(no such table: about\)\. Put a copy of it back"),
        (of_another_run, r"holds the corrections of another training \(version_7\), and not of version_0"),
    ],
)
@pytest.mark.parametrize("how", ["opened", "looked_at"])
def test_a_file_that_is_none_of_this_run_is_refused_and_stays_as_it_is(file, identity, break_it, told, how):
    break_it(file, identity)
    before = file.read_bytes()
    with pytest.raises((DataError, ConfigError), match=told) as refused:
        getattr(Store, how)(file, of=identity)
    assert refused.value.status == 2
    assert file.read_bytes() == before
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_what_was_being_written_into_a_file_that_is_gone_is_not_written_into_a_new_one(file, identity):
    file.with_name(f"{file.name}-journal").write_bytes(b"pages")
    with pytest.raises(
        DataError, match=r"corrections.sqlite-journal holds what was being written into corrections"
    ):
        Store.opened(file, of=identity)
    assert not file.exists()


def test_a_file_that_is_not_there_is_not_made_by_who_only_reads(file, identity):
    with pytest.raises(
        DiskError, match=r"corrections.sqlite cannot be read \(there is no such file or folder\)"
    ):
        Store.looked_at(file, of=identity)
    assert not file.exists()


def test_a_folder_that_cannot_be_written_is_told(file, identity, monkeypatch):
    real = os.open

    def refuse(path, flags, *rest):
        if str(path).startswith(str(file)) and flags & os.O_CREAT:
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, flags, *rest)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(
        DiskError, match=r"cannot be written \(permission denied\): corrections are kept beside"
    ):
        Store.opened(file, of=identity)


def test_a_disk_that_cannot_lock_is_told(file, identity, monkeypatch):
    import fcntl

    def flock(file, how):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(
        DiskError, match="stands on a disk that cannot lock files, such as some network shares"
    ):
        Store.opened(file, of=identity)


# ---- of which training ------------------------------------------------------------------------------------------


def test_a_run_is_the_same_where_its_folder_is_called_otherwise_and_another_where_its_rows_are(tmp_path):
    first, second = tmp_path / "version_0", tmp_path / "producao"
    first.mkdir()
    (first / "split.csv").write_text("source,row,split\na.csv,0,train\n")
    shutil.copytree(first, second)
    one, other = (
        identity_of(each, task="single_label", labels=["a"], columns=["texto"]) for each in (first, second)
    )
    assert (one.run, other.run) == ("version_0", "producao")
    assert replace(one, run="producao") == other
    (second / "split.csv").write_text("source,row,split\na.csv,0,test\n")
    assert identity_of(second, task="single_label", labels=["a"], columns=["texto"]).training != one.training
    (second / "split.csv").unlink()
    (second / "config.yaml").write_text("seed: 1\n")
    assert len(identity_of(second, task="number", labels=["x"], columns=["texto"]).training) == 64
