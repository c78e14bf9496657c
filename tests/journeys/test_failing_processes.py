"""One process of several fails, is killed, or is asked to stop: all end, the cause is told once, and nothing is lost."""

import errno
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from finetune.processes.parent import end_with_the_first
from tests.journeys.conftest import TINY, write_table
from tests.processes import SERVER, finetune, start

LAST = Path("lightning_logs/version_0/checkpoints/last.ckpt")
LOST = "another process of this command has ended"


@pytest.fixture
def command(tiny_model, tmp_path):
    """A function that gives the command of a fit on two processes in which one fails."""
    table = write_table(tmp_path / "dados.csv")
    options = TINY | {
        "--model.name": str(tiny_model),
        "--write_report": "false",
        "--data.on_findings": "skip",
        "--hardware_tier": "null",
        "--baselines": "null",
    }

    def of(**failing):
        how = [
            f"--trainer.callbacks.{key}={'null' if value is None else value}"
            for key, value in failing.items()
        ]
        return [
            *("fit", "--data.path", str(table), *(f"{key}={value}" for key, value in options.items())),
            *("--trainer.devices=2", "--trainer.accelerator=cpu", "--trainer.strategy=ddp"),
            *("--trainer.callbacks+=tests.journeys.failing.Fails", *how),
        ]

    return of


def impatiently(*command):
    """Runs `finetune ...` in a process that waits for others a little less long."""
    from finetune.processes import failing_together as other_processes

    other_processes.GRACE_SECONDS = 0.3
    return finetune(*command)


def test_the_one_that_fails_says_why_and_the_other_ends_after_it(command, tmp_path):
    first, second = start(2, impatiently, *command(rank=1, way="user"), folder=tmp_path).wait()
    assert (first.status, second.status) == (1, 2)
    assert second.err.endswith("finetune fit: error: planted: row 17 has no label\n")
    assert second.told == "planted: row 17 has no label"  # torchrun repeats it
    assert LOST in first.err
    assert "Traceback" not in first.err + second.err
    assert "To go on" not in second.err
    # it had trained: nothing is thrown away
    assert (tmp_path / "lightning_logs/version_0/config.yaml").is_file()


def test_a_defect_keeps_its_traceback_and_the_other_shows_none(command, tmp_path):
    first, second = start(2, impatiently, *command(rank=0, way="defect"), folder=tmp_path).wait()
    assert (first.status, second.status) == (1, 1)
    assert "ZeroDivisionError: planted" in first.err
    assert "Traceback" not in second.err
    assert second.err.count(LOST) == 1


def test_what_all_meet_is_told_by_the_first_alone(command, tmp_path):
    ranks = start(2, finetune, *command(rank=-1, way="user", step=None), folder=tmp_path)
    ranks.processes[0].join(60)
    assert ranks.processes[0].exitcode == 2
    assert ranks.printed(0).count("planted: row 17 has no label") == 1
    assert "planted" not in ranks.printed(1)  # by now torchrun ends it
    ranks.processes[1].kill()
    ranks.wait()


@pytest.mark.parametrize("rank", [0, 1])
def test_one_that_is_asked_to_stop_stops_all_with_all_saved(command, tmp_path, rank):
    ended = start(2, finetune, *command(rank=rank, way="sigterm"), folder=tmp_path).wait()
    assert [process.status for process in ended] == [75, 75]
    assert "Stopped at step 5" in ended[0].err
    assert "Stopped" not in ended[1].err
    assert "Traceback" not in ended[0].err + ended[1].err
    assert (tmp_path / LAST).is_file()
    again = ("fit", "--run", "latest", "--resume", "--trainer.max_epochs=1", "--trainer.callbacks=null")
    ended = start(2, finetune, *again, folder=tmp_path).wait()
    assert [process.status for process in ended] == [0, 0], ended[1].err
    assert "goes on after step 5" in ended[0].err
    assert ended[1].err.count("run: ") == 0


def writes_slowly(*command):
    from callbacks.saving import last_file

    real = last_file.write_last

    def slow(trainer, *arguments, **options):
        time.sleep(2 if trainer.is_global_zero else 0)
        real(trainer, *arguments, **options)

    last_file.write_last = slow
    return finetune(*command)


def test_none_has_stopped_before_all_is_saved(command, tmp_path):
    ranks = start(2, writes_slowly, *command(rank=1, way="sigterm"), folder=tmp_path)
    ranks.processes[1].join(60)  # torchrun now ends the first, too
    assert (tmp_path / LAST).is_file()
    assert [process.status for process in ranks.wait()] == [75, 75]


def launched(folder, command):
    """Runs the command as a user does, so that Lightning starts the second process."""
    root = str(Path(__file__).parents[2])
    return subprocess.Popen(
        [sys.executable, "-m", "finetune", *command],
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": root},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.proof
def test_lightnings_own_second_process_says_it_first_in_the_same_language_and_its_status_is_the_commands(
    command, tmp_path
):
    process = launched(tmp_path, [*command(rank=1, way="user"), "--language=pt"])
    _, err = process.communicate(timeout=300)
    assert process.returncode == 2
    lost = "outro processo deste comando terminou"
    assert len(re.findall(rf"(?s)fit: erro: planted: row 17 has no label\n.*fit: erro: {lost}", err)) == 1
    assert err.strip().splitlines()[-2] == "Para continuar:"
    assert err.strip().splitlines()[-1].startswith("  finetune fit --run lightning_logs/version_0")
    assert not (tmp_path / "lightning_logs/version_0/.lock").exists()


def waits(file):
    """Starts another process, as Lightning would, and waits for ever; so does that one."""
    os.environ.pop("LOCAL_RANK", None)
    end_with_the_first()
    if os.fork() == 0:
        os.environ["LOCAL_RANK"] = "1"
        end_with_the_first()
        Path(file).write_text(str(os.getpid()))
    signal.pause()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tell a process that its parent is gone")
def test_a_process_does_not_outlive_the_first_one(tmp_path):
    file = tmp_path / "pid"
    first = SERVER.Process(target=waits, args=(file,))
    first.start()
    until = time.monotonic() + 60
    while not (file.exists() and file.read_text()) and time.monotonic() < until:
        time.sleep(0.05)
    second = psutil.Process(int(file.read_text()))
    assert second.is_running()
    first.kill()
    second.wait(10)


def start_apart(folder, *commands):
    """Starts `finetune` with another command in each process."""
    return start(len(commands), each_its_own, *commands, folder=folder).wait(60)


def each_its_own(*commands):
    return finetune(*commands[int(os.environ["RANK"])])


def test_a_command_that_is_mistyped_on_one_machine_is_refused(command, tmp_path):
    right = command(rank=5, way="user")
    wrong = [*right, "--model.learning_rate=0.05"]
    first, second = start_apart(tmp_path, right, wrong)
    assert first.status == 2
    assert re.search(
        r"first process and process 1 \(on .+\) have other options: model.learning_rate 0.004 and 0.05",
        first.err,
    )
    assert first.told == second.told
    assert not list(tmp_path.glob("lightning_logs/*"))


@pytest.fixture
def machines(tmp_path):
    """Two folders, of one machine each, with the same table."""
    folders = [tmp_path / f"machine{rank}" for rank in range(2)]
    for folder in folders:
        folder.mkdir()
        write_table(folder / "dados.csv")
    return folders


def on_its_own_machine(*words):
    os.chdir(f"machine{os.environ['RANK']}")
    os.environ |= {"LOCAL_RANK": "0", "GROUP_RANK": os.environ["RANK"], "LOCAL_WORLD_SIZE": "1"}
    return finetune(*("dados.csv" if word.endswith("/dados.csv") else word for word in words))


def test_a_table_that_is_another_on_one_machine_is_refused(command, machines, tmp_path):
    with (machines[1] / "dados.csv").open("a", encoding="cp1252") as file:
        file.write("999;o boi no pasto;Clima\n")
    words = [*command(rank=5, way="user"), "--trainer.num_nodes=2", "--trainer.devices=1"]
    first, _ = start(2, on_its_own_machine, *words, folder=tmp_path).wait(60)
    assert first.status == 2
    assert re.search(
        r"process 1 \(on .+\) have other tables: SHA-256 '\w{16}' and '\w{16}'\. Start all with", first.err
    )


def test_a_table_that_cannot_be_read_is_told_by_the_first_and_the_other_waits_no_longer(command, tmp_path):
    words = command(rank=5, way="user")
    (tmp_path / "dados.csv").write_text("texto;rotulo\n", encoding="utf-8")
    first, second = start(2, impatiently, *words, folder=tmp_path).wait(60)
    assert (first.status, second.status) == (2, 1)
    assert "dados.csv: only a header" in first.err
    assert LOST in second.err
    assert "Traceback" not in first.err + second.err


def on_a_full_disk(*words):
    """Has the cache's disk be full once the tokens lie there."""
    from finetune.data import handed_on

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    handed_on.write_mapped = full
    return impatiently(*words)


def test_a_disk_that_is_full_when_rows_are_handed_on_ends_all_with_what_to_do(command, tmp_path):
    ended = start(2, on_a_full_disk, *command(rank=5, way="user"), folder=tmp_path).wait(60)
    assert [process.status for process in ended] == [2, 2]
    assert "no space left" in ended[0].err
    assert "FINETUNE_CACHE=/another/folder" in ended[0].err
    assert "Traceback" not in ended[0].err + ended[1].err
    assert not list(tmp_path.glob("lightning_logs/*"))


def waits_to_be_killed(*words):
    """Has the first process be killed when the others have what it wrote."""
    from finetune.data import handed_on

    real = handed_on.open_mapped

    def killed(mapped):
        if os.environ["RANK"] == "0":
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(1)
        return real(mapped)

    handed_on.open_mapped = killed
    return impatiently(*words)


def test_a_first_process_that_is_killed_meanwhile_ends_the_other_and_leaves_what_the_next_removes(
    command, tmp_path, monkeypatch
):
    monkeypatch.setenv("FINETUNE_CACHE", str(tmp_path / "cache"))
    words = [*command(rank=5, way="user"), "--trainer.max_steps=1", "--trainer.callbacks=null"]
    first, second = start(2, waits_to_be_killed, *words, folder=tmp_path).wait(60)
    assert (first.status, second.status) == (-signal.SIGKILL, 1)
    assert LOST in second.err
    assert "Traceback" not in second.err
    assert len(list((tmp_path / "cache").glob(".rows*"))) == 1
    ended = start(2, finetune, *words, folder=tmp_path).wait()
    assert [process.status for process in ended] == [0, 0], ended[1].err
    assert not list((tmp_path / "cache").glob(".rows*"))
