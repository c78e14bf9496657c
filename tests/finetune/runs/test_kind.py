"""Runs of classifiers and of languages: which command they are of, and what is said where the other was meant."""

import pytest
import yaml

from finetune.errors import ConfigError
from finetune.runs.folder import all_runs, claim, newest
from finetune.runs.kind import ADAPT, FIT, KINDS, refuse_adapted, refuse_another, trained_by


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
