"""The whole way from what the user names as data to rows, tokens and classes."""

import pandas as pd
import pytest

from finetune.data.asked import Asked, Reading
from finetune.data.dividing.parts import Division
from finetune.data.loading import load


@pytest.mark.parametrize(
    ("cells", "mark", "before"),
    [
        (["a, b", "c"], None, None),
        (["a, b;c", "c", ""], ";", None),
        (["c,d", "d"], ",", None),
        (["a, b|c", "d"], "|", None),
        (["a, b|c", "d"], "|", ";"),
        (["c", "d"], ";", ";"),
    ],
)
def test_the_classes_of_a_model_tell_what_joins_the_labels_of_a_table_to_test(
    tiny_model, cells, mark, before
):
    table = pd.DataFrame({"texto": [f"boi {n}" for n in range(len(cells))], "rotulo": cells})
    asked = Asked(
        {"train": None, "test": table},
        Reading(task="multi_label", mark=before),
        Division(),
        tokenizer=str(tiny_model),
    )
    found = load(asked, "test", labels=["a, b", "c", "d"], check=False, tell=lambda text: None)
    assert found.tables["test"].mark == mark
    assert [set(filter(None, label.split("|"))) for label in found.tables["test"].label] == [
        {name.strip() for name in (cell.split(mark) if mark else [cell])} - {""} for cell in cells
    ]
