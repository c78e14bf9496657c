import pytest

from finetune.arguments import RECIPES, prepare, recipe_names
from finetune.errors import ConfigError


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
