import pytest
from jsonargparse import Namespace

from finetune.cli import resume
from finetune.cli.as_trained import refuse_another_task
from finetune.cli.command_line import Prepared
from finetune.cli.resume import as_typed_before, check, note_how_to_go_on, take_up
from finetune.errors import ConfigError
from finetune.runs.lock import RunLock
from finetune.runs.saved import Saved


def options(**changed):
    callbacks = [Namespace(class_path="mine.A"), Namespace(class_path="mine.B")]
    usual = {"seed_everything": 42, "trainer": Namespace(callbacks=callbacks), "baselines": ["tfidf"]}
    return Namespace(**usual | changed)


def test_what_is_appended_each_time_is_there_once():
    was = options()
    config = options(baselines=["tfidf", "tfidf"])
    config.trainer.callbacks = [*was.trainer.callbacks, *was.trainer.callbacks]
    as_typed_before(config, was)
    assert config == was


def test_what_is_new_in_a_list_stays_and_so_does_a_shorter_one():
    for baselines in (["tfidf", "majority"], [], None, ["majority"]):
        config = options(baselines=baselines)
        as_typed_before(config, options())
        assert config.baselines == baselines


def test_a_seed_that_was_drawn_is_not_drawn_again():
    config = options(seed_everything=True)
    as_typed_before(config, options())
    assert config.seed_everything == 42


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "version_0"
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "config.yaml").write_text("{}")
    return folder


def test_a_finished_run_is_left_alone_unless_a_checkpoint_was_typed(run):
    (run / "metrics.json").write_text('{"test": {}}')
    saved = Saved({}, "0123", {})
    with pytest.raises(SystemExit) as end:
        check({}, saved, Prepared(["fit"], ["fit"], run, True))
    assert end.value.code == 0
    check({"trainer.max_epochs": (1, 2)}, saved, Prepared(["fit"], ["fit"], run, True))
    check({}, saved, Prepared(["fit", "--ckpt_path=x"], ["fit"], run, True))


def test_a_finished_run_without_a_state_cannot_go_on(run):
    (run / "metrics.json").write_text('{"test": {}}')
    with pytest.raises(ConfigError, match=r"no checkpoints/last\.ckpt"):
        take_up(run, None, RunLock())


def test_what_a_first_attempt_left_goes_and_what_is_the_users_stays(run):
    for name in ("events.out.tfevents.1", "resources.csv", "checkpoints/best.ckpt", "notas.txt"):
        (run / name).touch()
    lock = RunLock()
    take_up(run, None, lock)
    lock.release()
    assert sorted(file.name for file in run.rglob("*") if file.is_file()) == ["config.yaml", "notas.txt"]


def test_how_to_go_on_is_said_of_a_run_that_was_begun_and_has_not_finished(run, monkeypatch, tmp_path):
    monkeypatch.setenv("FINETUNE_LANGUAGE", "pt")
    error = RuntimeError("power cut")
    note_how_to_go_on(error, run)
    assert error.__notes__ == [f"Para continuar:\n  finetune fit --run {run} --resume"]
    (run / "metrics.json").write_text('{"test": {}}')
    for folder in (run, tmp_path, None):
        other = RuntimeError("power cut")
        note_how_to_go_on(other, folder)
        assert not hasattr(other, "__notes__")


def test_only_the_first_process_says_it(run, monkeypatch):
    monkeypatch.setattr(resume.rank_zero_only, "rank", 1, raising=False)
    error = RuntimeError("power cut")
    note_how_to_go_on(error, run)
    assert not hasattr(error, "__notes__")


def test_a_run_that_another_process_has_begun_is_not_cleared(run):
    (run / "resources.csv").touch()
    other = RunLock()
    other.hold(run)
    with pytest.raises(ConfigError, match="by another process"):
        take_up(run, None, RunLock())
    other.release()
    assert (run / "resources.csv").exists()


@pytest.mark.parametrize("name", [".lock", "resources.csv", "model", "checkpoints/best.ckpt"])
def test_a_run_that_leads_elsewhere_is_not_written_to(run, tmp_path, name):
    (run / name).symlink_to(tmp_path / "diary")
    (run / "checkpoints" / "last.ckpt").touch()
    with pytest.raises(ConfigError, match=rf"has links \({name}\)"):
        take_up(run, Saved({}, None, {}), RunLock())
    assert not (tmp_path / "diary").exists()


@pytest.mark.parametrize("typed", [["--task", "number"], ["--task=auto"], [], ["--data.path", "x.csv"]])
def test_the_task_of_the_run_may_be_typed_again(typed):
    refuse_another_task(["test", *typed], "number")
