import pytest

from finetune.corrections.label import as_written
from finetune.data.labels.numbers import numbers_of
from finetune.errors import DataError
from finetune.tasks.table import TASKS

LABELS = ("Clima", "Pecuária", "Preços")


@pytest.mark.parametrize(
    ("task", "given", "written"),
    [
        ("single_label", " Clima ", "Clima"),
        ("single_label", "Novo|a", "Novo|a"),
        ("ordinal", "3", "3"),
        ("multi_label", "Preços| Clima|Preços", "Clima|Preços"),
        ("multi_label", "Zebu|Aves|Clima", "Clima|Aves|Zebu"),
        ("multi_label", "", ""),
        ("number", "12,50", "12.5"),
        ("number", "-3e2", "-300"),
        ("number", "7", "7"),
        ("number", "-0", "0"),
        ("number", "1234567.89", "1234567.89"),
        ("number", "1234567890123,25", "1234567890123.25"),
        ("number", "20240131123456", "20240131123456"),
    ],
)
def test_it_is_as_its_task_writes_it(task, given, written):
    assert as_written(given, TASKS[task](), LABELS) == written


@pytest.mark.parametrize("text", ["12,50", "1234567,89", "0,1234567890123", "20240131123456", "3e22"])
def test_a_number_is_written_as_the_table_of_the_run_has_it(text):
    (of_table,) = numbers_of([text], [text]).text
    assert as_written(text, TASKS["number"](), ["preço"]) == of_table


@pytest.mark.parametrize("given", ["", "muito", "nan", "inf", "1.234,5", "1_0", "1,2,3"])
def test_what_is_no_number_is_refused(given):
    with pytest.raises(DataError, match=f'"{given}" is no number: write it like 12 or 12.5'):
        as_written(given, TASKS["number"](), ["preço"])


@pytest.mark.parametrize("task", ["single_label", "ordinal"])
def test_no_label_is_refused_where_each_row_has_one(task):
    with pytest.raises(DataError, match='an empty label says nothing: give one of "Clima"'):
        as_written("  ", TASKS[task](), LABELS)
