"""A training whose reader is gone goes on, and its exit status is its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from finetune.cli.lasting_output import lasting_output

CODE = """
import sys
from finetune.cli.lasting_output import lasting_output

with lasting_output("fit"):
    sys.stdin.readline()  # until the reader is gone
    for _ in range(3):
        print("x" * 100_000)
        print("y", file=sys.stderr, flush=True)
    sys.stdout.flush()
    {end}
"""


@pytest.mark.parametrize(("end", "status"), [("pass", 0), ("sys.exit(75)", 75), ("print('z' * 50)", 0)])
def test_a_pipe_that_nobody_reads_changes_no_exit_status(end, status):
    read, write = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", CODE.format(end=end)], stdin=subprocess.PIPE, stdout=write, stderr=write
    )
    os.close(write)
    os.close(read)
    process.communicate(b"\n", timeout=60)
    assert process.returncode == status


def test_short_commands_keep_their_streams_and_all_get_them_back(capsys):
    before = sys.stdout
    with lasting_output("predict"):
        assert sys.stdout is before
    with lasting_output("fit"):
        print("said")
        assert sys.stdout is not before
        assert sys.stdout.isatty() is False  # all else is the stream's own
    assert sys.stdout is before
    assert capsys.readouterr().out == "said\n"
