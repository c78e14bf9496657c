"""The command as it is typed: what it refuses before anything is loaded, and how it ends."""

import contextlib
import os
import signal
import subprocess
import sys

import pytest

from finetune.__main__ import main
from finetune.commands.watch import command
from finetune.runtime.answering.of_proof import HEAVY

LOADED = [name for name in HEAVY if name not in ("finetune", "scipy")]

SLOW = """
import time
from finetune.runtime.answering.model import Model
ask = Model.probabilities
def slowly(self, texts):
    if len(texts) > 1:
        print("asked", flush=True)
        time.sleep({seconds})
    return ask(self, texts)
Model.probabilities = slowly
"""

WATCH = """
import sys
{before}
from finetune.__main__ import main
status = main(sys.argv[1:])
print("loaded", [name for name in {loaded} if name in sys.modules])
sys.exit(status)
"""
TABLE = "texto\no boi\na chuva\n"


@contextlib.contextmanager
def process(folder, place, *arguments, before=""):
    """A process that watches."""
    started = subprocess.Popen(
        [sys.executable, "-c", WATCH.format(before=before, loaded=LOADED), *given(folder, place), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def given(folder, place):
    folders = ["--in", str(place.source), "--out", str(place.answers)]
    return ["watch", "--run", str(folder), *folders, "--still_seconds", "0", "--every", "0.05"]


def heard(started, what):
    """Reads what a process says until it says this."""
    for line in started.stdout:
        if what in line:
            return line
    raise AssertionError(started.stderr.read())


def test_sigterm_finishes_the_file_at_hand_and_ends_with_0(folders, place):
    place.put("a.csv", TABLE)
    with process(folders / "words", place, before=SLOW.format(seconds=0.5)) as started:
        heard(started, "asked")
        place.put("b.csv", f"{TABLE}o trigo\n")
        started.send_signal(signal.SIGTERM)
        out, err = started.communicate(timeout=60)
    assert (started.returncode, err) == (0, "")
    assert "loaded []" in out
    assert [name[:2] for name in place.answered] == ["a_"]
    assert not (place.source / ".finetune_watch.lock").exists()


def test_ctrl_c_ends_it_as_it_ends_other_commands_and_leaves_no_half(folders, place):
    place.put("a.csv", TABLE)
    with process(folders / "words", place, before=SLOW.format(seconds=30)) as started:
        heard(started, "asked")
        started.send_signal(signal.SIGINT)
        _, err = started.communicate(timeout=60)
    assert started.returncode == 130
    assert "finetune: interrupted" in err
    assert "Traceback" not in err
    assert place.answered == []
    assert main([*given(folders / "words", place), "--once"]) == 0
    assert len(place.answered) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
def test_what_is_killed_in_the_middle_is_answered_once_by_the_next(folders, place):
    place.put("a.csv", TABLE)
    with process(folders / "words", place, before=SLOW.format(seconds=30)) as started:
        heard(started, "asked")
        started.send_signal(signal.SIGKILL)
        started.wait(60)
    assert place.answered == []
    for _ in range(2):
        assert main([*given(folders / "words", place), "--once"]) == 0
    assert len(place.answered) == 1
    assert place.wrong == []
    assert not (place.answers / ".finetune_watch" / "at_hand").exists()


def test_a_second_one_finds_the_folders_taken(folders, place, tmp_path, capsys):
    other = tmp_path / "outra"
    other.mkdir()
    with process(folders / "words", place) as started:
        heard(started, "what comes into")
        for source, answers in ((place.source, place.answers), (place.source, other), (other, place.answers)):
            with_folders = ["--in", str(source), "--out", str(answers)]
            assert main(["watch", "--run", str(folders / "words"), *with_folders, "--once"]) == 2
            told = " ".join(capsys.readouterr().err.split())
            assert f"(PID {started.pid})" in told
            assert "answer each file twice" in told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--in", "nada"], "--in nada is not there: make it first"),
        (["--out", "nada"], "--out nada is not there: make it first"),
        (["--in", "arquivo"], "--in arquivo is no folder"),
        (["--out", "entrada"], "answered again"),
        (["--every", "-1"], "no number of seconds"),
        (["--still_seconds", "logo"], "no number of seconds"),
        (["--engine", "tensorflow"], "give auto, torch or onnx"),
        (["--nada"], 'no option "nada"'),
    ],
)
def test_what_cannot_be_watched_is_said_before_the_model_is_opened(
    place, tmp_path, monkeypatch, capsys, options, told
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "opened", None)
    (tmp_path / "arquivo").write_text("")
    chosen = {"--in": "entrada", "--out": "saida", **dict(zip(options[::2], options[1::2], strict=False))}
    more = options if len(options) % 2 else []
    given = [word for pair in chosen.items() for word in pair]
    assert main(["watch", "--run", "modelo", *given, *more]) == 2
    assert told in " ".join(capsys.readouterr().err.split())


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the rights of others bind no root"
)
@pytest.mark.parametrize("name", ["source", "answers"])
def test_a_folder_that_cannot_be_written_is_told(place, capsys, monkeypatch, name):
    monkeypatch.setattr(command, "opened", None)
    folder = getattr(place, name)
    folder.chmod(0o500)
    try:
        assert main(given("modelo", place)) == 2
    finally:
        folder.chmod(0o700)
    assert "cannot be read and written (permission denied)" in capsys.readouterr().err


def test_what_cannot_be_written_is_told(place, capsys, monkeypatch):
    """As root may write anywhere, the system's answer is played."""
    monkeypatch.setattr(command, "opened", None)

    def mkstemp(**how):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("finetune.commands.watch.places.tempfile.mkstemp", mkstemp)
    assert main(given("modelo", place)) == 2
    assert "cannot be read and written (permission denied)" in " ".join(capsys.readouterr().err.split())


def test_a_folder_that_cannot_be_locked_is_told_and_none_stays_locked(place, capsys, monkeypatch):
    monkeypatch.setattr(command, "opened", None)
    (place.answers / ".finetune_watch" / "lock").mkdir(parents=True)
    assert main(given("modelo", place)) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "saida/.finetune_watch/lock cannot be locked (it is a folder)" in told
    assert not (place.source / ".finetune_watch.lock").exists()


def test_a_full_disk_is_told_before_the_model_is_opened(place, capsys, monkeypatch):
    def full(*given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(command, "opened", None)
    monkeypatch.setattr(
        "finetune.commands.watch.places.os.write", full
    )  # whose the lock is, nobody needs to know
    monkeypatch.setattr("finetune.commands.watch.journal.write_text", full)
    assert main(given("modelo", place)) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "done.jsonl cannot be read and written (no space left on the disk)" in told


def test_there_has_to_be_a_run(place, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["watch", "--in", str(place.source), "--out", str(place.answers)]) == 2
    assert "finetune fit" in capsys.readouterr().err
    assert main(["watch"]) == 2
    assert "--in" in capsys.readouterr().err
