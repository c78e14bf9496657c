import os
import signal
import subprocess
import sys

import pytest

from finetune.cli.tidily import ending_tidily

if os.name == "nt":
    pytest.skip("Windows ends a program without asking it", allow_module_level=True)

PROGRAM = """
import os, signal, sys
from pathlib import Path
from finetune.cli.tidily import ending_tidily
from finetune.files.whole import write_folder_through

def write(new):
    (new / "a").write_text("half")
    os.kill(os.getpid(), int(sys.argv[2]))

with ending_tidily():
    write_folder_through(Path(sys.argv[1]), write)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_folder_that_is_being_made_is_gone_at_once(tmp_path, number):
    words = [sys.executable, "-c", PROGRAM, tmp_path / "model", str(int(number))]
    assert subprocess.run(words, check=False).returncode == 128 + number
    assert list(tmp_path.iterdir()) == []


def test_what_is_ignored_stays_ignored_and_the_rest_is_as_before():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    usual = signal.getsignal(signal.SIGTERM)
    try:
        with ending_tidily():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) is usual
    finally:
        signal.signal(signal.SIGHUP, before)
