import json

import pytest

from finetune.errors import ConfigError
from finetune.runs.corrected import CORRECTED, corrected, is_corrected, judged_by

ROWS = {"corrected": {"train": 1, "validation": 0, "test": 2}, "new": 3, "conflicts": 0}
CONTENT = {
    "run": "lightning_logs/version_0",
    "files": ["c.sqlite"],
    "from": "base",
    "options": [],
    "rows": ROWS,
}
PART = {
    "rows": 9,
    "corrected": 2,
    "ranked_by": "f1_macro",
    "score": {"old": 0.5, "new": None},
    "difference": {"difference": 0.1, "low": 0.0, "high": None},
    "outcome": "undecided",
}


def test_a_run_of_its_own_rows_says_nothing(tmp_path):
    assert not is_corrected(tmp_path)
    assert corrected(tmp_path) == {}


def test_the_test_judges_and_without_one_the_validation(tmp_path):
    for measured, part in (
        ({}, None),
        ({"validation": PART}, "validation"),
        ({"validation": PART, "test": PART}, "test"),
    ):
        (tmp_path / CORRECTED).write_text(json.dumps(CONTENT | {"side_by_side": measured}), encoding="utf-8")
        assert judged_by(corrected(tmp_path)) == part


@pytest.mark.parametrize(
    "damaged",
    [
        CONTENT | {"options": [3]},
        {key: value for key, value in CONTENT.items() if key != "rows"},
        CONTENT | {"side_by_side": {"test": PART | {"outcome": None}}},
    ],
)
def test_what_was_changed_by_hand_is_told(tmp_path, damaged):
    (tmp_path / CORRECTED).write_text(json.dumps(damaged), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"corrected\.json is damaged"):
        corrected(tmp_path)
