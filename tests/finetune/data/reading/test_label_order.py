"""The order of classes: given, by number, or asked for with a line to copy."""

import pandas as pd
import pytest

from finetune.data.dividing.labels import known_order, label_names
from finetune.data.reading.table import Table, read_source
from finetune.errors import DataError


def table(*labels: str, **asked: object) -> Table:
    rows = list(labels) * 4
    frame = pd.DataFrame({"texto": [f"texto {n}" for n in range(len(rows))], "rotulo": rows})
    return read_source(frame, **asked)["all"]  # type: ignore[arg-type]


def test_numbers_stand_in_their_order() -> None:
    source = table("10", "9", "-1", "0,5", task="ordinal")
    assert label_names(source) == ["-1", "0,5", "9", "10"]
    assert "labels: classes in an order: -1 < 0,5 < 9 < 10" in map(str, source.notes)


def test_an_order_that_is_given_makes_the_task_and_is_found_as_the_table_writes_it() -> None:
    source = table("Médio", "alto", "baixo", label_order=["baixo", "medio", "Alto"])
    assert (source.task.name, label_names(source)) == ("ordinal", ["baixo", "Médio", "alto"])


@pytest.mark.parametrize(
    ("order", "match", "line"),
    [
        (["baixo", "alto"], r'"médio" \(missing: "médio"\): give each', "baixo,alto,médio"),
        (
            ["baixo", "médio", "enorme", "alto"],
            r'is "baixo", "médio", "enorme", "alto", and the classes of',
            "baixo,médio,alto",
        ),
        (["baixo", "médio", "médio", "alto"], r"give each of these once", "baixo,médio,alto"),
    ],
)
def test_an_order_that_does_not_fit_lists_both_and_a_line(order: list[str], match: str, line: str) -> None:
    with pytest.raises(DataError, match=match) as caught:
        label_names(table("baixo", "médio", "alto", label_order=order))
    assert str(caught.value).endswith(f"\n  --data.label_order {line}")


def test_where_no_order_is_given_the_well_known_one_is_proposed() -> None:
    source = table("alto", "baixo", "médio", task="ordinal")
    with pytest.raises(
        DataError, match=r'the order of the classes in the column "rotulo" is not known'
    ) as caught:
        label_names(source)
    assert str(caught.value).endswith("\n  --data.label_order baixo,médio,alto")
    assert known_order(source, ["alto", "baixo"]) == ()


def test_names_with_commas_are_proposed_as_a_list() -> None:
    with pytest.raises(DataError) as caught:
        label_names(table("sim, muito", "não", "talvez", task="ordinal"))
    assert "--data.label_order=" in str(caught.value)
    assert "['não', 'sim, muito', 'talvez']" in str(caught.value)
