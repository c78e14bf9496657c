import shutil
from pathlib import Path

import pytest

from callbacks.saving.checksum import record
from finetune.cli.command_line import prepare
from finetune.cli.recipes import RECIPES, recipe_names
from finetune.cli.taken_apart import runs_root
from finetune.errors import ConfigError
from finetune.runs.checkpoints import begins_again
from finetune.runs.folder import TIDIED
from finetune.runs.run_name import NAME


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "version_0"
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "config.yaml").write_text("{}")
    for name in ("best", "last"):
        (folder / "checkpoints" / f"{name}.ckpt").write_bytes(b"x")
    return folder


def test_a_recipe_is_a_config_by_name(tmp_path):
    for form in (["--config", "demo"], ["--config=demo"], ["-c", "demo"]):
        assert prepare(["fit", *form], tmp_path).argv == ["fit", f"--config={RECIPES / 'demo.yaml'}"]


def test_a_file_of_the_users_own_wins_over_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "meu.yaml").write_text("{}")
    assert prepare(["fit", "--config", "meu.yaml"], tmp_path).argv == ["fit", "--config=meu.yaml"]


def test_there_are_recipes():
    assert "demo" in recipe_names()


def test_a_run_gives_its_config_first_so_that_flags_win(run, tmp_path):
    prepared = prepare(["test", "--data.test_path", "t.csv", "--run", "0"], tmp_path)
    assert prepared.argv == [
        "test",
        f"--config={run / 'config.yaml'}",
        f"--ckpt_path={run / 'checkpoints/best.ckpt'}",
        "--data.test_path",
        "t.csv",
    ]


def test_resume_takes_the_last_checkpoint_in_the_same_folder(run, tmp_path):
    prepared = prepare(["fit", "--run", "latest", "--resume"], tmp_path)
    assert prepared.run == run
    assert prepared.resume
    assert prepared.argv[-1] == f"--ckpt_path={run / 'checkpoints/last.ckpt'}"


def test_a_run_is_named_by_its_name_wherever_one_is(run, tmp_path):
    (run / NAME).write_text("producao\n")
    for words in (["test"], ["predict"], ["validate"], ["fit", "--resume"]):
        prepared = prepare([*words, "--run", "Produção"], tmp_path)
        assert prepared.run == run
        assert prepare([*words, "--run", "0"], tmp_path).argv == prepared.argv


def test_a_name_that_could_mean_a_folder_here_is_refused_before_either_is_taken(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (run / NAME).write_text("producao\n")
    (tmp_path / "producao").mkdir()
    (tmp_path / "producao" / "finetune.json").write_text("{}")  # an export
    with pytest.raises(ConfigError, match=r"version_0 is the run, \./producao the folder"):
        prepare(["predict", "--run", "producao"], tmp_path)


@pytest.mark.parametrize("metrics", [None, "{}", '{"test": {}}'])
def test_a_run_that_was_tidied_is_never_begun_again_over_its_best(run, tmp_path, metrics):
    (run / "checkpoints" / "last.ckpt").unlink()
    (run / TIDIED).write_text("{}")
    if metrics is not None:
        (run / "metrics.json").write_text(metrics)
    assert not begins_again(run)
    if metrics is None:
        with pytest.raises(ConfigError, match="finetune runs tidy has freed it"):
            prepare(["fit", "--run", "0", "--resume"], tmp_path)


def test_prediction_uses_the_runs_own_copy_of_the_model(run, tmp_path):
    (run / "model").mkdir()
    assert f"--model.name={run / 'model'}" in prepare(["predict", "--run", "0"], tmp_path).argv


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fit", "--run", "0"], "add --resume"),
        (["test", "--resume", "--run", "0"], "--resume goes with fit"),
        (["fit", "--resume"], "--run latest"),
        (["test", "--run", "0", "--run", "1"], "given 2 times"),
        (["test", "--run"], "--run needs a value"),
        (["fit", "--config", "dem"], 'Did you mean "demo"'),
    ],
)
def test_what_does_not_fit_together_is_refused(run, tmp_path, arguments, message):
    with pytest.raises(ConfigError, match=message):
        prepare(arguments, tmp_path)


def test_a_run_without_best_says_which_checkpoints_it_has(run, tmp_path):
    (run / "checkpoints" / "best.ckpt").unlink()
    with pytest.raises(ConfigError, match=r"no checkpoints/best\.ckpt.*last\.ckpt"):
        prepare(["test", "--run", "0"], tmp_path)


RESUME = ["fit", "--data.path", "d.csv", "--run", "latest", "--resume"]


def test_where_there_is_no_run_to_go_on_with_a_new_one_begins(tmp_path):
    prepared = prepare(RESUME, tmp_path)
    assert prepared.begins
    assert (prepared.run, prepared.resume) == (None, False)
    assert prepared.argv == ["fit", "--data.path", "d.csv"]


def test_a_run_that_is_named_has_to_be_there(tmp_path):
    with pytest.raises(ConfigError, match='no run "3"'):
        prepare(["fit", "--run", "3", "--resume"], tmp_path)


def checkpoints(run, *names):
    for file in (run / "checkpoints").iterdir():
        if file.name not in names:
            file.unlink()


@pytest.mark.parametrize("name", ["latest", "0"])
@pytest.mark.parametrize("there", [[], ["best.ckpt"]])
def test_a_run_that_was_killed_before_its_first_checkpoint_begins_again_in_its_folder(
    run, tmp_path, name, there
):
    checkpoints(run, *there)
    prepared = prepare([*RESUME[:4], name, "--resume"], tmp_path)
    assert (prepared.run, prepared.resume, prepared.same_split) == (run, True, None)
    assert prepared.argv == ["fit", f"--config={run / 'config.yaml'}", "--data.path", "d.csv"]


def test_a_run_that_keeps_no_last_checkpoint_is_not_begun_again_over_its_best(run, tmp_path):
    checkpoints(run, "best.ckpt")
    (run / "config.yaml").write_text("last_checkpoint: null")
    with pytest.raises(ConfigError, match=r"no checkpoints/last\.ckpt.*best\.ckpt"):
        prepare(RESUME, tmp_path)


def test_a_run_that_has_finished_needs_no_checkpoint_to_say_so(run, tmp_path):
    checkpoints(run)
    (run / "metrics.json").write_text("{}")
    assert not any("ckpt" in option for option in prepare(RESUME, tmp_path).argv)


def test_the_other_processes_are_told_what_to_check(run, tmp_path):
    prepared = prepare(["fit", "--run", "0", "--resume", "--same_table", "0123"], tmp_path)
    assert prepared.for_others() == ["--same_table=0123", f"--same_split={run}", "--looked_at"]
    theirs = prepare([*prepared.argv, *prepared.for_others()], tmp_path)
    assert (theirs.argv, theirs.same_table, theirs.same_split) == (prepared.argv, "0123", run)
    assert prepare(["predict", "--run", "0"], tmp_path).for_others() == ["--looked_at"]


def test_the_other_processes_answer_with_the_same_run(run, tmp_path):
    (run / "model").mkdir()
    (run / "metrics.json").write_text("{}")
    first = prepare(["test", "--trainer.devices", "2", "--run", "latest"], tmp_path)
    shutil.copytree(run, tmp_path / "version_1")  # a run that has begun since
    theirs = prepare([*first.again, *first.for_others()], tmp_path)
    assert theirs.exported
    assert (theirs.argv, theirs.run, theirs.same_split) == (first.argv, run, run)
    to_go_on = prepare(["fit", "--run", "0", "--resume"], tmp_path)
    assert to_go_on.again == to_go_on.argv


def test_latest_is_looked_for_where_a_file_of_options_puts_new_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("meu.yaml").write_text("trainer: {default_root_dir: longe}")
    assert runs_root([*RESUME, "--config", "meu.yaml"]) == Path("longe/lightning_logs")
    own = ["--trainer.default_root_dir=perto"]
    assert runs_root([*RESUME, "--config", "meu.yaml", *own]) == Path("perto/lightning_logs")
    assert runs_root(RESUME) == Path("lightning_logs")


def test_a_damaged_last_checkpoint_gives_way_to_the_one_before(run, tmp_path):
    last, previous = run / "checkpoints/last.ckpt", run / "checkpoints/previous.ckpt"
    record({last: ["0" * 64]})
    with pytest.raises(
        ConfigError, match=r"last\.ckpt cannot be used: its SHA-256.*no previous\.ckpt that can"
    ):
        prepare(RESUME, tmp_path)
    previous.write_bytes(b"x")
    for wrong in ("its SHA-256", "it is not there"):
        prepared = prepare(RESUME, tmp_path)
        assert f"--ckpt_path={previous}" in prepared.argv
        assert str(prepared.wrong).startswith(wrong)
        last.unlink(missing_ok=True)  # as between the two renames of a new checkpoint


def test_a_checkpoint_in_parts_is_a_folder(run, tmp_path):
    last, previous = run / "checkpoints/last.ckpt", run / "checkpoints/previous.ckpt"
    last.unlink()
    for each in (last, previous):
        each.mkdir()
        (each / "__0_0.distcp").write_bytes(b"x")
    assert f"--ckpt_path={last}" in prepare(RESUME, tmp_path).argv
    record({last / "__0_0.distcp": ["0" * 64]})
    prepared = prepare(RESUME, tmp_path)
    assert f"--ckpt_path={previous}" in prepared.argv
    assert str(prepared.wrong).startswith("its part __0_0.distcp: its SHA-256")
    shutil.rmtree(last)  # as between the two renames of a new one
    assert f"--ckpt_path={previous}" in prepare(RESUME, tmp_path).argv


def test_latest_is_of_the_runs_that_the_command_itself_trains(run, tmp_path):
    command = ["adapt", "--run", "latest", "--resume", "--data.path=t.txt"]
    prepared = prepare(command, tmp_path)
    assert (prepared.argv, prepared.begins) == (["adapt", "--data.path=t.txt"], True)
    adapted = tmp_path / "adapt_0"
    shutil.copytree(run, adapted)
    (adapted / "config.yaml").write_text("model: {objective: masked_words}")
    prepared = prepare(command, tmp_path)
    assert (prepared.run, prepared.resume, prepared.same_split) == (adapted, True, None)
    with pytest.raises(ConfigError, match="finetune fit does not go on"):
        prepare(["fit", "--run", str(adapted), "--resume"], tmp_path)


def test_a_folder_may_hold_the_texts_to_leave_out_and_nothing_else(tmp_path):
    (tmp_path / "left_out.npy").touch()
    command = ["adapt", "--folder", str(tmp_path), "--data.path=t.txt"]
    assert prepare(command, tmp_path).folder == tmp_path
    (tmp_path / "mine.txt").touch()
    with pytest.raises(ConfigError, match="is there already, and a run is never overwritten"):
        prepare(command, tmp_path)
