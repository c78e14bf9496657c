"""Runs of classifiers and of languages: which command they are of, and what is said where the other was meant."""

import pytest
import yaml

from finetune.errors import ConfigError
from finetune.runs.exported import is_export
from finetune.runs.find import find
from finetune.runs.folder import all_runs, claim, newest
from finetune.runs.kind import (
    ADAPT,
    BASELINE,
    FIT,
    KINDS,
    NAMES,
    is_of_words,
    refuse_adapted,
    refuse_another,
    refuse_words,
    trained_by,
)


@pytest.fixture
def runs(tmp_path):
    """A run of each kind, by the command that trained it."""
    found = {}
    for command, more in ((FIT, {"loss": None}), (ADAPT, {"objective": "masked_words"})):
        found[command] = claim(tmp_path, KINDS[command])
        config = {"data": {"path": "a.csv"}, "model": {"name": "embedded", **more}}
        (found[command] / "config.yaml").write_text(yaml.safe_dump(config))
    return found


def test_each_kind_has_numbers_of_its_own(runs, tmp_path):
    assert [runs[FIT].name, runs[ADAPT].name] == ["version_0", "adapt_0"]
    assert claim(tmp_path, KINDS[ADAPT]).name == "adapt_1"
    assert [run.name for run in all_runs(tmp_path)] == ["version_0"]
    assert [run.name for run in all_runs(tmp_path, "adapt")] == ["adapt_0", "adapt_1"]
    for command, run in runs.items():
        assert newest(tmp_path, KINDS[command], begun=True) == run


def test_a_run_is_known_by_its_configuration_wherever_it_lies(runs):
    for command, run in runs.items():
        assert trained_by(yaml.safe_load((run / "config.yaml").read_text())) == command
    assert trained_by({}) == trained_by({"model": None}) == FIT


@pytest.mark.parametrize(("mine", "other"), [(FIT, ADAPT), (ADAPT, FIT)])
def test_a_run_of_the_other_kind_is_refused_with_the_command_that_goes_on(runs, mine, other):
    refuse_another(runs[mine], mine)
    with pytest.raises(
        ConfigError, match=f"finetune {mine} does not go on.*\n  finetune {other} --run .* --resume"
    ):
        refuse_another(runs[other], mine)


def test_what_has_learned_no_labels_answers_nothing(runs):
    refuse_adapted(runs[FIT])
    with pytest.raises(
        ConfigError, match=r"adapt_0 has learned the language.*\n  finetune fit --model\.name .*adapt_0"
    ):
        refuse_adapted(runs[ADAPT])


@pytest.fixture
def of_words(tmp_path):
    """A run of words alone."""
    run = claim(tmp_path, NAMES[BASELINE])
    (run / "config.yaml").write_text("data: {path: a.csv}\n")
    (run / "finetune.json").write_text("{}")
    return run


def test_a_run_of_words_is_known_by_what_it_has_or_by_its_name(runs, of_words, tmp_path):
    assert of_words.name == "baseline_0"
    assert is_of_words(of_words)
    copied = of_words.rename(tmp_path / "meu")
    assert is_of_words(copied)
    damaged = copied.rename(tmp_path / "baseline_3")
    (damaged / "finetune.json").unlink()
    assert is_of_words(damaged)
    assert not any(map(is_of_words, runs.values()))


def test_what_takes_a_network_is_refused_of_it(runs, of_words):
    refuse_words(runs[FIT], "--mix")
    with pytest.raises(
        ConfigError, match=r"baseline_0 .* no network, which --mix needs.*\n  finetune fit --config"
    ):
        refuse_words(of_words, "--mix")
    with pytest.raises(ConfigError, match="which --resume needs"):
        refuse_another(of_words, FIT)


def test_numbers_and_latest_mean_the_runs_of_fit(runs, of_words, tmp_path):
    assert find("0", tmp_path) == runs[FIT]
    assert find("baseline_0", tmp_path) == of_words
    with pytest.raises(ConfigError, match="version_0, baseline_0"):
        find("7", tmp_path)
    assert not is_export(of_words)
