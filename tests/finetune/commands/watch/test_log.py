"""What is told: kept in a file and on the screen, whichever of the two can be written."""

import errno
import sys
from io import StringIO

import pytest

from finetune.commands.watch.log import Log
from tests.finetune.commands.watch.conftest import DAY


class Full(StringIO):
    """A screen that is a file on a full disk."""

    number = errno.ENOSPC

    def write(self, text):
        raise OSError(self.number, "refused")


class Closed(Full):
    """A screen that nobody reads any more."""

    number = errno.EPIPE


def test_what_the_screen_does_not_take_the_file_has(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdout", Full())
    log = Log(tmp_path / "log", lambda: DAY)
    log.tell("um")
    log.tell("dois")
    assert (tmp_path / "log").read_text().splitlines() == [
        "2026-11-30 17:12:00 um",
        "2026-11-30 17:12:00 dois",
    ]


def test_where_nobody_reads_any_more_it_ends_and_the_file_has_the_line(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdout", Closed())
    with pytest.raises(BrokenPipeError):
        Log(tmp_path / "log", lambda: DAY).tell("um")
    assert (tmp_path / "log").read_text() == "2026-11-30 17:12:00 um\n"


def test_where_nothing_can_be_written_files_are_answered_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdout", Full())
    monkeypatch.setattr(sys, "stderr", Full())
    Log(tmp_path, lambda: DAY).tell("um")
