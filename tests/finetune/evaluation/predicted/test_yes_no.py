"""Yes and no in a workbook."""

import pandas as pd

from finetune.evaluation.predicted.yes_no import in_words
from finetune.language.which import speaking

ANSWERS = pd.DataFrame(
    {"label": ["a", "b", None], "abstained": pd.Series([True, False, None], dtype="boolean")}
)


def test_in_english_truth_values_stay():
    assert in_words(ANSWERS) is ANSWERS


def test_in_other_languages_they_are_words_and_nothing_stays_nothing():
    with speaking("pt"):
        found = in_words(ANSWERS)
    yes, no, nothing = found["abstained"]
    assert yes in ("Sim", "yes")
    assert no in ("Não", "no")
    assert pd.isna(nothing)
    assert list(found) == list(ANSWERS)
    assert ANSWERS["abstained"].dtype == "boolean"
