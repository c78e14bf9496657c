"""What was answered is known after a crash: a torn line is told and left out, and the others stay."""

import errno
import os

import pytest

from finetune.commands.watch import journal
from finetune.commands.watch.journal import ANSWERED, BEGUN, LEFT, SAME, Done, Journal

A, B = Done("a.csv", "a_1.csv"), Done("b.csv", "b_1.csv")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "done.jsonl"


def test_what_was_answered_is_known_by_the_next(file):
    first = Journal(file)
    first.add(BEGUN, "1", A, at="t")
    first.add(ANSWERED, "1", A, at="t")
    first.add(SAME, "1", Done("c.csv", "a_1.csv"), at="t")
    first.add(BEGUN, "2", B, at="t")
    again = Journal(file)
    for each in (first, again):
        assert each.done("1") == A
        assert each.done("2") is None
        assert each.unfinished() == {"2": (B, 1)}
        assert [each.knows("1", name) for name in ("a.csv", "b.csv", "c.csv")] == [True, False, True]
    assert again.damaged == 0


def test_times_are_counted_until_a_file_ends_or_is_left(file):
    for _ in range(3):
        Journal(file).add(BEGUN, "2", B, at="t")
    assert Journal(file).unfinished() == {"2": (B, 3)}
    Journal(file).add(LEFT, "2", B, at="t")
    assert Journal(file).unfinished() == {}


@pytest.mark.parametrize(
    ("damage", "lines"),
    [(b'{"what": "answ', 1), (b"[1]\n", 1), (b"\xff\x00\n{}\n", 2), (b'{"what": 1, "sum": 2}\n', 1)],
)
def test_a_damaged_line_is_counted_and_left_out_and_kept_beside(file, damage, lines):
    Journal(file).add(ANSWERED, "1", A, at="t")
    file.write_bytes(file.read_bytes() + damage)
    found = Journal(file)
    assert (found.damaged, found.done("1")) == (lines, A)
    assert damage.strip() in file.with_name("done.jsonl.damaged").read_bytes()
    found.add(ANSWERED, "2", B, at="t")
    again = Journal(file)
    assert (again.damaged, again.done("1"), again.done("2")) == (0, A, B)


def test_a_whole_line_without_its_end_does_not_swallow_the_next(file):
    Journal(file).add(ANSWERED, "1", A, at="t")
    file.write_bytes(file.read_bytes().rstrip())
    Journal(file).add(ANSWERED, "2", B, at="t")
    found = Journal(file)
    assert (found.damaged, found.done("1"), found.done("2")) == (0, A, B)


def test_a_full_disk_leaves_no_half_line(file, monkeypatch):
    found = Journal(file)
    found.add(ANSWERED, "1", A, at="t")
    before = file.read_bytes()

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(journal.os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        found.add(ANSWERED, "2", B, at="t")
    assert file.read_bytes() == before
    assert found.done("2") is None
