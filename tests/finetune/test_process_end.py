import atexit
import os

import pytest
import torch

from finetune.process_end import leave, leave_at_end


@pytest.mark.parametrize(("rank", "registered"), [(0, []), (1, [(leave, 2)])])
def test_all_but_the_first_of_several_leave(monkeypatch, process_group, rank, registered):
    found = []
    monkeypatch.setattr(torch.distributed, "get_rank", lambda: rank)
    monkeypatch.setattr(atexit, "register", lambda *given: found.append(given))
    leave_at_end(2)
    assert found == registered


def test_a_process_alone_ends_as_ever(monkeypatch):
    monkeypatch.setattr(atexit, "register", lambda *given: pytest.fail("registered"))
    leave_at_end(0)


def test_it_leaves_with_its_status_and_all_it_printed(monkeypatch, capfd):
    statuses = []
    monkeypatch.setattr(os, "_exit", statuses.append)
    print("said")
    leave(2)
    assert statuses == [2]
    assert "said" in capfd.readouterr().out
