"""What a run's `answer.json` has to say before anything is answered by it."""

import json

import pytest

from finetune.errors import DataError
from finetune.evaluation.answer_file import kept, words_weigh

MIX = {"weight": 0.4, "network": 1.0, "words": 0.9, "problem": "single_label_classification"}
SURE = {"temperature": 0.9}
WHOLE = {
    "mix": MIX,
    "calibration": SURE,
    "simple": {"mix": {**MIX, "weight": 1.0}, "calibration": SURE},
    "labels": ["a", "b"],
    "network": "print",
    "words": "sum",
}


def write(run, **other):
    (run / "answer.json").write_text(json.dumps({**WHOLE, **other}))


def test_one_that_is_whole_is_read_and_one_of_before_too(tmp_path):
    write(tmp_path)
    found = kept(tmp_path)
    assert found.mixed[0].weight == 0.4
    assert found.simple[0].weight == 1
    assert words_weigh(tmp_path)
    write(tmp_path, simple=None)
    assert kept(tmp_path).simple is None


def test_words_that_weigh_nothing_are_kept_all_the_same(tmp_path):
    write(tmp_path, mix=None, calibration=None)
    assert kept(tmp_path).mixed is None
    assert kept(tmp_path).simple is not None
    assert not words_weigh(tmp_path)


@pytest.mark.parametrize(
    "other",
    [
        {"labels": 3},
        {"mix": {**MIX, "weight": 2}},
        {"mix": {**MIX, "weight": "half"}},
        {"mix": {**MIX, "words": 0}},
        {"calibration": {"temperature": 0}},
        {"calibration": {"temperature": "warm"}},
        {"simple": {"mix": MIX, "calibration": {"temperature": float("inf")}}},
    ],
)
def test_numbers_by_which_nothing_can_be_counted_are_told_as_damage(tmp_path, other):
    write(tmp_path, **other)
    with pytest.raises(DataError, match=r"answer\.json is damaged"):
        kept(tmp_path)
