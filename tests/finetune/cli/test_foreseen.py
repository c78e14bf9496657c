"""What is wrong with a command line and can be told before torch is loaded is told then, in the words of later."""

import subprocess
import sys
from pathlib import Path

import pytest

from finetune.cli.foreseen import keep_keys, kept_keys, refuse_foreseen
from finetune.errors import ConfigError, UserError

ROOT = Path(__file__).parents[3]
HEAVY = ("torch", "lightning", "pandas", "numpy", "transformers")


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.setenv("FINETUNE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def test_a_table_that_is_not_there_is_told_before_anything_heavy_is_loaded(tmp_path):
    (tmp_path / "dados.csv").touch()
    program = (
        "import sys; from finetune.__main__ import told; status = told(sys.argv[1:]); "
        f"print(status, [name for name in {HEAVY} if name in sys.modules])"
    )
    words = [sys.executable, "-c", program, "fit", "--data.path", "dado.csv", "--language", "en"]
    done = subprocess.run(
        words, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT), "PATH": ""}
    )
    assert 'there is no file dado.csv (nearby: "dados.csv")' in " ".join(done.stderr.split())
    assert done.stdout.strip() == "2 []"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "--data.test_path=longe/dados.csv"], "there is no folder longe"),
        (["fit", "--data.path", "https://a.b/c.csv"], "https"),
        (["test", "--run", "7"], 'there is no run "7"'),
        (["test", "--run", "longe/version_7"], 'there is no run "longe/version_7"'),
        (["predict", "--run", "latest", "--data.predict_path", "a.csv"], "no run in lightning_logs has"),
        (["fit", "--config", "nada"], "no such file, and no recipe of that name"),
    ],
)
def test_what_is_not_there_is_told(words, said):
    Path("a.csv").touch()
    with pytest.raises(UserError) as told:
        refuse_foreseen(words)
    assert said in str(told.value)


@pytest.mark.parametrize(
    "words",
    [
        ["fit", "--data.path", "demo"],
        ["fit", "--data.path", "someone/something"],
        ["fit", "--data.path", "dados.csv", "--help"],
        ["predict", "--data.predict_path", "-"],
        ["predict", "--data.predict_path", '["a.csv","b.csv"]'],
        ["fit", "--run", "7", "--resume"],
        ["adapt", "--data.path", "textos.txt"],
        ["serve", "--run", "7"],
        ["test", "--run", "."],
    ],
)
def test_what_may_be_right_is_left_to_those_who_know(words):
    refuse_foreseen(words)


def test_of_several_processes_none_tells_it_by_itself(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    refuse_foreseen(["fit", "--data.path", "nada.csv"])


def test_options_that_a_command_was_seen_not_to_have_are_told():
    refuse_foreseen(["fit", "--data.pth", "x"])  # nobody has seen its options yet
    keep_keys("fit", ["data.path", "data.predict_path", "trainer.callbacks", "model.name"])
    assert kept_keys("test") is None
    for command in ("fit", "crossval"):
        with pytest.raises(ConfigError, match=r'no option "data\.pth". Did you mean "data\.path"'):
            refuse_foreseen([command, "--data.pth", "x"])
    known = ["--trainer.callbacks+=a.B", "--trainer.callbacks.init_args.c", "3", "--model.name=a/b"]
    refuse_foreseen(["fit", *known, "--early_stopping.patience", "3"])


def test_kept_options_that_are_damaged_are_made_anew(tmp_path):
    keep_keys("fit", ["data.path"])
    (kept,) = (tmp_path / "cache" / "help").glob("keys-fit-*")
    for content in ("", "{}", "["):
        kept.write_text(content)
        assert kept_keys("fit") is None
