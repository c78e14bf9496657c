import errno
import fcntl
import os
import subprocess
import sys
import time

import pytest

from finetune.errors import ConfigError
from finetune.language.say import say
from finetune.runs import lock as run_lock
from finetune.runs.lock import NAME, RunLock, holder

OTHER = """
import sys, time
from pathlib import Path
from finetune.runs.lock import RunLock
lock = RunLock()
lock.hold(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def other(tmp_path):
    """A process that trains in the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def lock():
    lock = RunLock()
    yield lock
    lock.release()


def test_a_second_process_is_refused_and_told_of_the_first(tmp_path, lock, other):
    with pytest.raises(ConfigError, match=rf"is being trained by another process \(PID {other.pid}\)"):
        lock.hold(tmp_path)
    assert holder(tmp_path) == str(other.pid)
    assert holder(tmp_path.parent) == str(other.pid)  # as a cross-validation holds its folds


def test_the_system_gives_back_what_a_killed_process_held(tmp_path, lock, other):
    other.kill()
    other.wait()
    assert holder(tmp_path) is None
    lock.hold(tmp_path)
    assert (tmp_path / NAME).read_text() == f"{os.getpid()}\n"


def test_it_is_given_back_without_a_trace_and_can_be_taken_again(tmp_path, lock):
    for _ in range(2):
        lock.hold(tmp_path)
        lock.hold(tmp_path)  # its own
        assert holder(tmp_path) == str(os.getpid())
        lock.release()
        assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_removed_meanwhile_is_not_taken_for_the_lock(tmp_path, lock, monkeypatch):
    """Its owner ends between our opening and our locking: what we have locked stands for nothing any more."""
    lock.hold(tmp_path)
    real, second = fcntl.flock, RunLock()

    def flock(file, how):
        monkeypatch.setattr(fcntl, "flock", real)
        lock.release()
        real(file, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    second.hold(tmp_path)
    assert holder(tmp_path) == str(os.getpid())
    second.release()


def test_a_process_that_makes_batches_does_not_hold_it_on(tmp_path, lock):
    lock.hold(tmp_path)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"x")
        time.sleep(30)
        os._exit(0)
    os.read(reading, 1)
    lock._file.close()  # as if this process were killed
    lock._file = None
    try:
        assert holder(tmp_path) is None
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


def test_other_ranks_hold_nothing(tmp_path, lock, monkeypatch):
    monkeypatch.setattr(run_lock.rank_zero_only, "rank", 1, raising=False)
    lock.hold(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_locked_it_goes_on_and_says_so(tmp_path, lock, monkeypatch):
    said = []

    def flock(file, how):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    monkeypatch.setattr(run_lock, "note", lambda one, **values: said.append(say(one, **values)))
    lock.hold(tmp_path)
    assert said == [f"{tmp_path}: this file system cannot lock files; let no other process train in it"]


def test_any_other_error_of_the_system_is_not_hidden(tmp_path, lock, monkeypatch):
    def flock(file, how):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(OSError, match="Input/output"):
        lock.hold(tmp_path)
