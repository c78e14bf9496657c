import atexit
import subprocess
import sys

import pytest
import torch

from finetune.processes.leaving import leave, leave_at_end


@pytest.mark.parametrize(("processes", "registered"), [(1, []), (2, [(leave, 2)])])
def test_each_of_several_leaves(monkeypatch, process_group, processes, registered):
    found = []
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: processes)
    monkeypatch.setattr(atexit, "register", lambda *given: found.append(given))
    leave_at_end(2)
    assert found == registered


def test_a_process_alone_ends_as_ever(monkeypatch):
    monkeypatch.setattr(atexit, "register", lambda *given: pytest.fail("registered"))
    leave_at_end(0)


def test_it_leaves_with_its_status_and_all_it_printed_and_what_others_wanted():
    code = (
        "import atexit, sys; from finetune.processes.leaving import leave\n"
        "atexit.register(print, 'closed'); atexit.register(leave, 2); print('said'); sys.exit(2)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, "said\nclosed\n")
