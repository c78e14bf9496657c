import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from finetune.processes import fit_apart as process


def test_the_status_of_a_fold_is_handed_on_a_signal_as_shells_count_it(monkeypatch, tmp_path):
    python = sys.executable
    for code, status in (("raise SystemExit(5)", 5), ("import os; os.kill(os.getpid(), 9)", 137)):
        program = tmp_path / "python"
        program.write_text(f"#!{python}\n{code}\n")
        program.chmod(0o755)
        monkeypatch.setattr(process.sys, "executable", str(program))
        assert process.fit([]) == status


def test_a_fold_takes_no_module_from_the_current_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("finetune", "yaml"):
        (tmp_path / f"{name}.py").write_text(
            "from pathlib import Path\nPath('ran').touch()\nraise SystemExit(3)\n"
        )
    assert process.fit(["--help"]) == 0
    assert not (tmp_path / "ran").exists()


def fold(monkeypatch, tmp_path, code):
    """Has `fit` start a program in place of the training; a signal comes to this process while it runs."""
    program = tmp_path / "python"
    program.write_text(
        f"#!{sys.executable}\nimport os, signal, sys, time\n{code}\n"
        f"os.kill(os.getppid(), signal.SIGUSR1)\ntime.sleep(60)\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(process.sys, "executable", str(program))


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("signal.signal(signal.SIGUSR1, lambda *_: sys.exit(75))", 75),  # as fit does once it has saved
        ("signal.signal(signal.SIGUSR1, lambda *_: sys.exit(0))", 75),  # it was done anyway
        ("", 128 + signal.SIGUSR1),  # it does not listen yet
    ],
)
def test_a_signal_that_asks_to_stop_is_sent_on_to_the_fold(monkeypatch, tmp_path, code, status):
    fold(monkeypatch, tmp_path, code)
    before, start = signal.getsignal(signal.SIGUSR1), time.monotonic()
    assert process.fit([]) == status
    assert time.monotonic() - start < 30
    assert signal.getsignal(signal.SIGUSR1) is before


FOLD = """
import sys, time
from lightning_utilities.core.rank_zero import rank_zero_only
from callbacks.saving import stop_signals
rank_zero_only.rank = 0
stop_signals.SAME_REQUEST_SECONDS = 0.1  # as if all came late
signals = stop_signals.StopSignals()
signals.listen()
print("listening", flush=True)
until = time.monotonic() + 0.8
while time.monotonic() < until:  # a step, and all that is saved
    time.sleep(0.01)
sys.exit(stop_signals.STOPPED if signals.received else 0)
"""
ALONE, GROUP = "sent to crossval alone", "of a terminal, to all of its group"


@pytest.mark.parametrize(("whom", "times", "status"), [(GROUP, 1, 75), (ALONE, 1, 75), (GROUP, 2, -2)])
def test_one_ctrl_c_is_one_for_the_fold_and_two_are_two(tmp_path, whom, times, status):
    python = tmp_path / "python"
    python.write_text(f"#!{sys.executable}\n{FOLD}")
    python.chmod(0o755)
    code = f"import sys; sys.executable = {str(python)!r}; from finetune.processes.fit_apart import fit; sys.exit(fit([]))"
    crossval = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert crossval.stdout.readline() == "listening\n"
    for _ in range(times):
        (os.killpg if whom == GROUP else os.kill)(crossval.pid, signal.SIGINT)
        time.sleep(0.3)
    _, said = crossval.communicate(timeout=30)
    assert crossval.returncode == status, said
    assert said.count("SIGTERM" if whom == ALONE else "SIGINT") == 1


def test_a_signal_between_two_folds_ends_the_process_where_all_is_saved():
    with pytest.raises(SystemExit) as end, process.ending_between_folds():
        signal.raise_signal(signal.SIGUSR1)
    assert end.value.code == process.STOPPED


def test_a_signal_that_is_ignored_stays_so():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with process.ending_between_folds():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent is gone")
def test_a_fold_ends_with_a_crossval_that_is_killed():
    """Else going on would meet it in its folder."""
    code = (
        "import subprocess, sys, time; from finetune.processes.parent import end_with_the_parent\n"
        "fold = subprocess.Popen(['sleep', '60'], preexec_fn=lambda: end_with_the_parent(15))\n"
        "print(fold.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    fold = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    for _ in range(100):
        try:
            state = Path(f"/proc/{fold}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            break
        if state == "Z":
            break
        time.sleep(0.05)
    else:
        os.kill(fold, 9)
        raise AssertionError("the fold went on")
