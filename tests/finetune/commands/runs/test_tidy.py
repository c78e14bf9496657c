import json
import os
import shutil

import pytest
import yaml

from callbacks.saving import checksum
from finetune.__main__ import main
from finetune.commands.runs.spare import LOST, begun, looked_at
from finetune.runs.folder import BEST, LAST, METRICS, MODEL, TIDIED, newest
from finetune.runs.lock import RunLock

PREVIOUS = LAST.with_name("previous.ckpt")


def finish(folder, model, *, begins_from="embedded", **config):
    """Makes a folder that of a run which has finished, as far as tidy looks into it."""
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    for name, size in ((LAST, 3000), (PREVIOUS, 2000), (BEST, 1000)):
        (folder / name).write_bytes(b"x" * size)
    checksum.record({folder / name: [checksum.sha256(folder / name)] for name in (LAST, PREVIOUS, BEST)})
    shutil.copytree(model, folder / MODEL)
    content = {"data": {"path": "d.csv"}, "model": {"name": begins_from}, **config}
    (folder / "config.yaml").write_text(yaml.safe_dump(content))
    (folder / METRICS).write_text(json.dumps({"test": {"f1_macro": 0.5}}))
    return folder


@pytest.fixture
def run(tmp_path, monkeypatch, tiny_model):
    monkeypatch.chdir(tmp_path)
    return finish(tmp_path / "lightning_logs" / "version_0", tiny_model)


@pytest.fixture
def root(run):
    return run.parent


def freed(capsys, *words):
    assert main(["runs", "tidy", *words, "--yes"]) == 0
    return capsys.readouterr().out


def test_the_last_checkpoints_of_a_finished_run_go_and_all_else_stays(run, capsys):
    before = {path.relative_to(run) for path in run.rglob("*")}
    told = freed(capsys)
    assert "lightning_logs/version_0: 4.9 KiB (checkpoints/last.ckpt, checkpoints/previous.ckpt)" in told
    assert "training cannot go on: no more epochs, no --resume" in told
    assert told.splitlines()[-1] == "freed 4.9 KiB"
    after = {path.relative_to(run) for path in run.rglob("*")}
    assert before - after == {LAST, PREVIOUS}
    assert {str(path) for path in after - before} == {TIDIED}
    assert "last.ckpt" not in (run / "checkpoints" / checksum.SUMS).read_text()
    assert checksum.damage(run / BEST) is None
    content = json.loads((run / TIDIED).read_text())
    assert content["freed"] == ["checkpoints/last.ckpt", "checkpoints/previous.ckpt"]
    assert content["bytes"] == 5000


def test_what_was_tidied_has_nothing_more_to_free(run, capsys):
    freed(capsys)
    assert freed(capsys).splitlines() == ["There is nothing to free."]


def test_latest_is_the_same_run_after_it_was_tidied(run, root, tiny_model, capsys):
    other = finish(root / "version_1", tiny_model)
    for number, (folder, name) in enumerate([(run, BEST), (other, BEST), (other, LAST), (run, LAST)]):
        os.utime(folder / name, (number, number))
    assert newest(root) == run
    freed(capsys, "0")
    assert newest(root) == run
    freed(capsys, "1")
    assert newest(root) == run


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (lambda run: (run / METRICS).unlink(), "it has not finished"),
        (lambda run: (run / METRICS).write_text('{"unfinished": true, "test": {}}'), "it has not finished"),
        (lambda run: (run / METRICS).write_text("{"), "metrics.json is damaged"),
        (lambda run: (run / BEST).unlink(), "checkpoints/best.ckpt: it is not there"),
        (lambda run: (run / BEST).write_bytes(b"cut"), "checkpoints/best.ckpt: its SHA-256 is not the one"),
        (lambda run: shutil.rmtree(run / MODEL), "model/: "),
        (lambda run: (run / MODEL / "model.safetensors").unlink(), "model/: "),
    ],
)
def test_what_may_still_be_needed_is_kept_and_why_is_told(run, capsys, harm, why):
    harm(run)
    before = sorted(run.rglob("*"))
    told = freed(capsys)
    assert "lightning_logs/version_0 is kept: " in told
    assert why in told
    assert "There is nothing to free." in told
    assert sorted(run.rglob("*")) == before


def test_a_run_that_has_a_name_is_left_and_with_force_it_is_not(run, capsys):
    main(["runs", "name", "0", "producao"])
    told = freed(capsys)
    assert 'version_0 is kept: it has the name "producao" (--force)' in told
    assert (run / LAST).is_file()
    assert main(["runs", "tidy", "producao", "--yes"]) == 2
    assert "not touched without --force. Nothing was freed." in capsys.readouterr().err
    assert "freed 4.9 KiB" in freed(capsys, "producao", "--force")


def test_a_run_that_is_at_work_is_left(run, capsys):
    lock = RunLock()
    lock.hold(run)
    try:
        assert f"version_0 is kept: process {os.getpid()} is at work in it" in freed(capsys)
        assert main(["runs", "tidy", "0", "--yes"]) == 2
    finally:
        lock.release()
    assert "Nothing was freed." in capsys.readouterr().err
    assert (run / LAST).is_file()
    assert not (run / ".lock").exists()


@pytest.mark.parametrize("place", ["version_0", "version_0/model", "version_0/checkpoints/best.ckpt"])
def test_a_run_from_which_one_begins_that_has_not_finished_is_left(run, root, tiny_model, capsys, place):
    other = finish(root / "version_1", tiny_model, begins_from=f"lightning_logs/{place}")
    (other / METRICS).unlink()
    told = freed(capsys)
    assert "version_0 is kept: version_1 begins from it, and has not finished" in told
    (other / METRICS).write_text(json.dumps({"test": {"f1_macro": 0.5}}))
    freed(capsys)
    assert not (run / LAST).exists()


@pytest.mark.parametrize("file", ["crossval_0/crossval.json", "version_1/effort.json"])
def test_so_is_one_that_a_cross_validation_begins_from(run, root, capsys, file):
    (root / file).parent.mkdir()
    (root / file).write_text(json.dumps({"options": ["--model.name", "lightning_logs/version_0"]}))
    assert f"version_0 is kept: {file.split('/')[0]} begins from it" in freed(capsys)


@pytest.mark.parametrize("options", [["--model.name"], 3, None, [1, {}], "x"])
def test_damaged_options_of_another_keep_nothing(run, root, capsys, options):
    (root / "crossval_0").mkdir()
    (root / "crossval_0/crossval.json").write_text(json.dumps({"options": options}))
    assert "freed 4.9 KiB" in freed(capsys)


def test_of_a_finished_cross_validation_the_folds_are_tidied(root, tiny_model, capsys):
    folder = root / "crossval_0"
    folds = [finish(folder / f"seed_42/fold_{number}", tiny_model) for number in (1, 2)]
    (folder / "crossval.json").write_text(json.dumps({"folds": 2, "seeds": [42], "runs": []}))
    assert "crossval_0 is kept: it has not finished" in freed(capsys, "crossval_0")
    content = {"folds": 2, "seeds": [42], "runs": [], "metrics": {"f1_macro": {"mean": 0.5}}}
    (folder / "crossval.json").write_text(json.dumps(content))
    assert "crossval_0: 9.8 KiB (seed_42/fold_1/checkpoints/last.ckpt, " in freed(capsys, "crossval_0")
    for fold in folds:
        assert not (fold / LAST).exists()
        assert (fold / BEST).exists()
        assert (fold / TIDIED).is_file()
        assert not (fold / ".lock").exists()


def test_of_a_fold_that_is_kept_it_is_said(root, tiny_model, capsys):
    folder = root / "crossval_0"
    fold, other = (finish(folder / f"fold_{number}", tiny_model) for number in (1, 2))
    (folder / "crossval.json").write_text(json.dumps({"metrics": {}}))
    (fold / BEST).unlink()
    assert "crossval_0 is kept: fold_1: checkpoints/best.ckpt: it is not there" in freed(capsys, "crossval_0")
    assert (fold / LAST).exists()
    assert not (other / LAST).exists()


def test_what_was_compared_goes_once_a_way_is_chosen(run, capsys):
    (run / "effort" / "as_is").mkdir(parents=True)
    (run / "effort" / "as_is" / "split.csv").write_text("x" * 1024)
    way = {"name": "as_is", "score": dict.fromkeys(("mean", "low", "high"), 0.5)}
    way["behind"] = way["score"]
    content = {"options": [], "candidates": [way]}
    (run / "effort.json").write_text(json.dumps(content))
    assert "effort" not in freed(capsys)
    content |= {"chosen": "as_is", "best": "as_is", "ranked_by": "f1_macro", "left_out": []}
    (run / "effort.json").write_text(json.dumps(content))
    told = freed(capsys)
    assert "lightning_logs/version_0: 1.0 KiB (effort)" in told
    assert "it still says which ways were compared" in told
    assert "training cannot go on" not in told
    assert not (run / "effort").exists()
    assert (run / "effort.json").is_file()


def test_what_was_left_half_written_goes(run, capsys):
    part = run / "checkpoints" / ".last.ckpt.123.part"
    part.write_bytes(b"x" * 1024)
    left = run / ".model.abc"
    (left / "new").mkdir(parents=True)
    (left / "finetune.lock").touch()
    the_only_one = run / ".report.def"
    (the_only_one / "old").mkdir(parents=True)
    (the_only_one / "finetune.lock").touch()
    told = freed(capsys)
    assert ".model.abc, checkpoints/.last.ckpt.123.part" in told
    assert "left half-written" in told
    assert not part.exists()
    assert not left.exists()
    assert the_only_one.is_dir()


def test_it_asks_and_no_is_no(run, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda text: asked.append(text) or "")
    assert main(["runs", "tidy"]) == 0
    assert asked == ["free 4.9 KiB for good? [y/N] "]
    assert "nothing was freed" in capsys.readouterr().out
    assert (run / LAST).is_file()


def test_where_nobody_can_be_asked_nothing_is_freed(run, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert main(["runs", "tidy"]) == 2
    assert "add --yes" in capsys.readouterr().err
    assert (run / LAST).is_file()


def test_what_was_gone_on_with_while_it_asked_is_left(run, monkeypatch, capsys):
    def go_on(text):
        (run / METRICS).unlink()
        return "y"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", go_on)
    assert main(["runs", "tidy"]) == 0
    told = capsys.readouterr().out
    assert "version_0 has changed meanwhile: not all of it is freed" in told
    assert told.splitlines()[-1] == "freed 0 B"
    assert (run / LAST).is_file()


def test_a_checkpoint_in_parts_goes_too(run, capsys):
    (run / LAST).unlink()
    (run / LAST).mkdir()
    (run / LAST / "part").write_bytes(b"x" * 3000)
    assert "freed 4.9 KiB" in freed(capsys)
    assert not (run / LAST).exists()


@pytest.mark.parametrize("name", ["9", "..", "/", "version_0/model", ""])
def test_what_is_no_run_is_never_tidied(run, capsys, name):
    assert main(["runs", "tidy", "0", name, "--yes"]) == 2
    assert "Nothing was freed." in capsys.readouterr().err
    assert (run / LAST).is_file()


def test_a_link_is_left(run, root, tmp_path, capsys):
    run.rename(tmp_path / "elsewhere")
    run.symlink_to(tmp_path / "elsewhere")
    assert "version_0 is kept: it is a link to" in freed(capsys)
    assert main(["runs", "tidy", "0", "--yes"]) == 2
    assert (tmp_path / "elsewhere" / LAST).is_file()


def test_without_runs_there_is_nothing_to_free(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert freed(capsys).splitlines() == ["There is nothing to free."]


def test_what_is_lost_is_said_of_each_kind_that_is_freed(run, root):
    (run / "checkpoints" / ".x.1.part").touch()
    assert {part.kind for part in looked_at(run, begun(root), force=False).parts} <= LOST.keys()
