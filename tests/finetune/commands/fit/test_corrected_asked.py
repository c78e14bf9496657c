"""What is asked of fit --with, and what does not go with it; refused before a table is read."""

from pathlib import Path

import pytest
import yaml

from finetune.commands.fit.corrected_asked import kept_ways, refuse_with_it, run_of, take_files
from finetune.errors import ConfigError

RUN = Path("lightning_logs/version_0")


@pytest.mark.parametrize(
    ("words", "left", "files"),
    [
        (["--run", "0"], ["--run", "0"], []),
        (["--with", "a.csv", "b.xlsx", "--run", "0"], ["--run", "0"], ["a.csv", "b.xlsx"]),
        (["--run=0", "--with=a.csv", "--with", "b.csv"], ["--run=0"], ["a.csv", "b.csv"]),
        (["--with", "a.csv", "-c", "mine.yaml"], ["-c", "mine.yaml"], ["a.csv"]),
    ],
)
def test_files_are_taken_off_the_command_line(words, left, files):
    assert take_files(words) == (left, files)


@pytest.mark.parametrize("words", [["--with"], ["--with", "--run", "0"], ["--with=", "--run=0"]])
def test_a_file_is_needed(words):
    with pytest.raises(ConfigError, match="--with needs a file of corrections"):
        take_files(words)


@pytest.mark.parametrize(
    ("words", "starts", "said"),
    [
        (["--run", "0", "--resume"], [], "--with makes a new run, and --resume goes on with one"),
        (["--run", "0", "--ckpt_path", "x.ckpt"], [], "leave --ckpt_path away"),
        (["--data.path", "dados.csv"], [], "name it, as in\n  finetune fit --run latest --with"),
        (["--run", "0"], ["half"], "--from half: give base, for the model"),
        (["--run", "0", "--model.name=x"], ["run"], "--from and --model.name both say"),
        (["--run", "0", "--data.split_seed=3"], [], "--data.split_seed would make other rows or other parts"),
        (
            ["--run", "0", "--data.label_column", "x", "--task", "ordinal"],
            [],
            "--data.label_column and --task would",
        ),
        (["--run", "0", "--data.folds=3"], [], "--data.folds would make"),
    ],
)
def test_what_does_not_go_with_it_is_refused(words, starts, said):
    with pytest.raises(ConfigError) as refused:
        refuse_with_it(words, starts)
    assert said in str(refused.value)


def test_it_is_started_once(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ConfigError, match="--with is started once, without torchrun"):
        refuse_with_it(["--run", "0"], [])


def test_where_the_table_lies_by_now_may_be_said():
    refuse_with_it(["--run", "0", "--data.path=moved.csv", "--data.max_length=64", "--effort=best"], ["run"])


def a_run(folder, **files):
    (folder / "checkpoints").mkdir(parents=True)
    config = {"data": {"path": "dados.csv"}, "model": {"name": "embedded"}, "trainer": {}}
    (folder / "config.yaml").write_text(yaml.safe_dump(config | files.pop("config", {})), encoding="utf-8")
    for name, text in files.items():
        (folder / name.replace("_json", ".json")).write_text(text, encoding="utf-8")


def refused(words, root):
    with pytest.raises(ConfigError) as error:
        run_of(words, root)
    return str(error.value)


def test_a_run_that_cannot_be_corrected_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    root = Path("lightning_logs")
    a_run(RUN)
    assert "has not finished" in refused(["--run", "0"], root)
    assert "is given 2 times" in refused(["--run", "0", "--run=1"], root)
    assert 'there is no run "7"' in refused(["--run", "7"], root)
    a_run(root / "version_1", fold_json="{}", metrics_json='{"test": {}}')
    assert "is one training of several" in refused(["--run", "1"], root)
    a_run(root / "adapt_0", config={"model": {"objective": "masked"}}, metrics_json='{"test": {}}')
    assert "no labels: it answers nothing yet" in refused(["--run", "lightning_logs/adapt_0"], root)
    a_run(root / "baseline_0", finetune_json="{}")
    assert "which fit --with needs" in refused(["--run", "lightning_logs/baseline_0"], root)
    a_run(root / "version_2", metrics_json='{"test": {}}')
    assert run_of(["--run", "2", "--trust"], root) == (["--trust"], root / "version_2")


def test_the_mean_of_networks_is_made_again_of_as_many(tmp_path):
    assert kept_ways(tmp_path, []) == []
    (tmp_path / "seeds.json").write_text('{"options": ["--data.path=d.csv"], "seeds": [42, 43, 44]}')
    assert kept_ways(tmp_path, []) == ["--seeds=3"]
    assert kept_ways(tmp_path, ["--seeds", "2"]) == []
