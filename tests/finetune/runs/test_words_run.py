"""A run of words alone, looked at: what its description has to say before anything answers by it."""

import json

import pytest

from finetune.errors import ConfigError
from finetune.runs.export_sums import SUMS, sum_of
from finetune.runs.folder import DESCRIPTION, WORDS
from finetune.runs.words_run import description_of

SURE = {"temperature": 0.9, "abstain_below": None}


@pytest.fixture
def described(tmp_path):
    """Writes a run with what is asked in place of what it has; returns its folder."""
    (tmp_path / WORDS).write_bytes(b"words")

    def write(**other):
        content = {"format": 1, "mix": {"weight": 1.0}, "calibration": SURE, **other}
        content[SUMS] = {WORDS: sum_of(tmp_path / WORDS)}
        (tmp_path / DESCRIPTION).write_text(json.dumps(content))
        return tmp_path

    return write


def test_one_that_is_whole_is_returned(described):
    assert description_of(described())["calibration"] == SURE
    assert description_of(described(calibration={**SURE, "abstain_below": 0.8}))


@pytest.mark.parametrize(
    "other",
    [
        {"mix": None},  # words do not answer
        {"mix": {"weight": 0.5}},  # nor alone
        {"calibration": None},
        {"calibration": {}},
        {"calibration": {**SURE, "temperature": 0}},
        {"calibration": {**SURE, "temperature": "warm"}},
        {"calibration": {**SURE, "temperature": float("nan")}},
        {"calibration": {**SURE, "abstain_below": "low"}},
        {"calibration": {**SURE, "abstain_below": 2}},
    ],
)
def test_one_that_does_not_say_how_words_answer_is_refused(described, other):
    with pytest.raises(ConfigError, match=r"finetune\.json is missing, damaged"):
        description_of(described(**other))
