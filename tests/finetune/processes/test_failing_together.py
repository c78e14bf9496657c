import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from lightning.pytorch.strategies.launchers import _SubprocessScriptLauncher

from finetune.errors import ConfigError, LostProcessError
from finetune.processes import failing_together as other_processes
from finetune.processes.failing_together import end_launched, let_the_others_end, take_turns


@pytest.fixture
def trainer():
    """A Trainer whose launcher has started no process yet."""
    launcher = _SubprocessScriptLauncher(None, 1, 1)
    yield SimpleNamespace(strategy=SimpleNamespace(launcher=launcher))
    for process in launcher.procs:
        process.kill()


@pytest.fixture
def slept(monkeypatch):
    seconds = []
    monkeypatch.setattr(time, "sleep", seconds.append)
    return seconds


def processes(trainer, *codes):
    """Has the launcher have started processes that run some code."""
    started = [subprocess.Popen([sys.executable, "-c", f"import time, os; {code}"]) for code in codes]
    trainer.strategy.launcher.procs += started
    return started


def test_the_command_ends_with_the_status_of_the_process_that_failed_first(trainer):
    waits, fails = "time.sleep(60)", "os._exit(3)"
    follows = "time.sleep(1.5); os._exit(1)"  # has lost the one that failed, and says so a little later
    started = processes(trainer, follows, fails, waits)
    error = LostProcessError("lost")
    end_launched(trainer, error)
    assert error.status == 3
    assert [process.wait(5) for process in started] == [-9, 3, -9]
    assert trainer.strategy.launcher.procs == []  # else Lightning would kill this process


def test_a_process_that_was_killed_has_no_status_to_hand_on(trainer):
    processes(trainer, "os.kill(os.getpid(), 9)")
    error = LostProcessError("lost")
    end_launched(trainer, error)
    assert error.status == 1


def test_those_that_wait_for_a_first_one_that_failed_are_ended_at_once(trainer):
    (waits,) = processes(trainer, "time.sleep(60)")
    began = time.monotonic()
    end_launched(trainer, ConfigError("wrong"))
    assert waits.wait(5) == -9
    assert time.monotonic() - began < other_processes.GRACE_SECONDS


@pytest.mark.parametrize(
    ("rank", "torchrun", "error", "waits"),
    [
        (0, False, ConfigError("wrong"), False),
        (1, False, ConfigError("wrong"), True),
        (0, False, LostProcessError("lost"), False),
        (0, True, LostProcessError("lost"), True),
    ],
)
def test_who_speaks_at_once(monkeypatch, slept, tmp_path, rank, torchrun, error, waits):
    monkeypatch.setattr(other_processes.rank_zero_only, "rank", rank, raising=False)
    if torchrun:
        monkeypatch.setenv("TORCHELASTIC_RUN_ID", "1")
    take_turns(error)
    assert slept == ([other_processes.GRACE_SECONDS] if waits else [])


def test_an_error_is_told_though_torchrun_cannot_be(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCHELASTIC_ERROR_FILE", str(tmp_path / "none" / "error.json"))
    take_turns(ConfigError("wrong"))


def test_torchrun_gets_the_kind_of_a_defect_with_it(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCHELASTIC_ERROR_FILE", str(tmp_path / "error.json"))
    take_turns(KeyError("x"))
    assert "KeyError: 'x'" in (tmp_path / "error.json").read_text()


def test_of_a_slurm_job_the_first_ends_last(monkeypatch, slept):
    let_the_others_end()
    assert slept == []
    monkeypatch.setattr(other_processes.SLURMEnvironment, "detect", lambda: True)
    let_the_others_end()
    assert slept == [other_processes.GRACE_SECONDS]
