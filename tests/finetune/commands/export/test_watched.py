"""Processes that are made slow: they stand still again and again, and run on whatever becomes of who has slowed them."""

import subprocess
import sys
import time
from contextlib import contextmanager

import psutil
import pytest

from finetune.commands.export.watched import Watched, slowing, watched

WAIT_SECONDS = 30

SLOWER = """
import sys, time
import psutil
from finetune.commands.export.watched import Watched, slowing
with slowing(Watched()) as slow:
    slow(psutil.Process(int(sys.argv[1])))
    print(psutil.Process().children()[0].pid, flush=True)
    time.sleep(600)
"""

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows does not tell which processes stand still"
)


@contextmanager
def idle(*words):
    """A process that does nothing, until the block ends."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", *words])
    try:
        yield psutil.Process(child.pid)
    finally:
        child.kill()
        child.wait()


def until(holds):
    end = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.002)


def stands(process):
    return process.status() == psutil.STATUS_STOPPED


def test_a_slow_process_stands_still_again_and_again_and_runs_in_the_end():
    seen = Watched()
    with idle() as process:
        with slowing(seen) as slow:
            slow(process)
            until(lambda: stands(process))
            until(lambda: not stands(process))
            until(lambda: stands(process))
        assert not stands(process)
    assert seen.slowed == 1


def test_a_process_that_has_ended_is_none_that_was_slowed():
    seen = Watched()
    with idle() as process:
        pass
    with slowing(seen) as slow:
        slow(process)
    assert seen.slowed == 0


def test_who_is_killed_leaves_nobody_standing(capfd):
    with idle() as process:
        words = [sys.executable, "-c", SLOWER, str(process.pid)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as slower:
            helper = psutil.Process(int(slower.stdout.readline()))
            until(lambda: stands(process))
            slower.kill()
        until(lambda: not helper.is_running() or helper.status() == psutil.STATUS_ZOMBIE)
        assert not stands(process)
    assert capfd.readouterr().err == ""


def test_of_a_browser_those_that_show_pages_are_found():
    before = set(psutil.Process().children())
    with idle("--type=renderer") as showing, idle() as other:
        with watched(before, slowly=True) as seen:
            until(lambda: stands(showing))
            assert not stands(other)
        assert seen.most > 0
        assert seen.slowed == 1
