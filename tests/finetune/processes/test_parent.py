import os

import pytest

from finetune.processes import parent


def test_on_windows_a_process_does_not_ask_who_started_it(monkeypatch):
    """The Python of an environment is started by a small program there, which is then the parent."""
    monkeypatch.setattr(parent.sys, "platform", "win32")
    monkeypatch.delattr(parent.signal, "SIGKILL")
    monkeypatch.setenv(parent.FIRST, "1")
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    parent.end_with_the_first()


def test_elsewhere_it_ends_where_the_first_has_ended_already(monkeypatch):
    monkeypatch.setattr(parent, "end_with_the_parent", lambda number: None)
    monkeypatch.setenv(parent.FIRST, str(os.getppid() + 1))
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    with pytest.raises(SystemExit):
        parent.end_with_the_first()
