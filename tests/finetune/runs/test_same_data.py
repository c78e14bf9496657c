import pandas as pd
import pytest

from finetune.errors import ConfigError
from finetune.runs.same_data import check_split

PARTS = ["train", "train", "validation", "test"]


def division(parts=PARTS, source="dados.csv"):
    """Where each row of a table went."""
    return pd.DataFrame(
        {"source": source, "row": range(len(parts)), "line": range(2, len(parts) + 2), "split": parts}
    )


@pytest.fixture
def recorded(tmp_path):
    file = tmp_path / "split.csv"
    division().to_csv(file, index=False)
    return file


def test_the_same_division_is_accepted_whatever_the_table_is_called(recorded):
    check_split(recorded, division())
    check_split(recorded, division(source="outra/pasta.csv"))


def test_a_folder_that_a_run_of_before_named_with_its_files_is_held_to_its_rows(tmp_path):
    file = tmp_path / "split.csv"
    division(source="pasta (3 files)").to_csv(file, index=False)
    check_split(file, division(["test"], "novos.csv"))
    with pytest.raises(ConfigError, match="1 row then, 4 now"):
        check_split(file, division(["test"] * 4, "pasta"))


@pytest.mark.parametrize("source", ["dados.csv", "outra.csv"])
@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([*PARTS, "train"], "4 rows then, 5 now, and 1 of them would be in another split"),
        ([*PARTS[:-1], "validation"], "3 rows then, 4 now, and 1 of them"),
        (PARTS[::-1], "4 rows then, 4 now, and 4 of them"),
    ],
)
def test_another_division_is_refused_whatever_the_table_is_called(recorded, parts, message, source):
    with pytest.raises(ConfigError, match=message):
        check_split(recorded, division(parts, source))


def test_another_table_may_be_measured_and_the_runs_own_is_held_to_its_rows(recorded, tmp_path):
    check_split(recorded, division(["test"] * 9, "novos.csv"))
    with pytest.raises(ConfigError, match="1 row then, 9 now"):
        check_split(recorded, division(["test"] * 9))
    check_split(tmp_path / "none.csv", division())
