"""The sum by which kept answers belong to a table: of what was read, whatever has happened to its file since."""

import pandas as pd
import pytest

from finetune.data.windows import read_windows
from finetune.errors import DataError
from finetune.evaluation.predicted.sums import refuse_changed, sum_of_rows


def table(path, *texts):
    frame = pd.DataFrame({"texto": texts, "id": range(len(texts))})
    frame.to_excel(path, index=False) if path.suffix == ".xlsx" else frame.to_csv(path, index=False)
    return path


def seen(path):
    return read_windows(path)["all"].seen()


def test_a_table_that_is_in_memory_has_the_sum_of_what_was_read(tmp_path):
    path = table(tmp_path / "a.xlsx", "o boi", "a chuva")
    before = seen(path)
    assert not before.read_again
    first = sum_of_rows(before)
    table(path, "o milho", "a soja")  # saved between the reading and the sum
    assert sum_of_rows(before) == first
    refuse_changed(before, first)
    assert sum_of_rows(seen(path)) != first
    table(path, "o boi", "a chuva")
    assert sum_of_rows(seen(path)) == first


def test_a_table_that_is_read_again_has_the_sum_of_its_file(tmp_path):
    path = table(tmp_path / "a.csv", "o boi", "a chuva")
    before = seen(path)
    first = sum_of_rows(before)
    table(path, "o milho", "a soja")
    assert sum_of_rows(before) != first
    with pytest.raises(DataError, match="the table was changed while it was answered"):
        refuse_changed(before, first)
