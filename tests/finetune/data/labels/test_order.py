"""The order of classes: given, by number, or asked for with a line to copy."""

import pandas as pd
import pytest

from finetune.data.labels.outputs import known_order, label_names
from finetune.data.reading.table import Table
from finetune.data.tables import read_source
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
        (["baixo", "alto"], r'"médio" \(missing: "médio"\): give each', "baixo,médio,alto"),
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
    assert str(caught.value).endswith(
        "in their order from the lowest to the highest, as a list, for some hold commas: "
        "--data.label_order=\"['a', 'b, c']\""
    )
    with pytest.raises(DataError, match=r"such as\n  --data.label_order=.*'1,5 - bom', '10 - ótimo'"):
        label_names(table("10 - ótimo", "1,5 - bom", task="ordinal"))


def test_a_line_to_copy_is_never_in_a_wrong_order() -> None:
    with pytest.raises(DataError) as caught:
        label_names(table("verde", "maduro", "passado", task="ordinal"))
    assert str(caught.value).endswith(
        '"maduro", "passado", "verde". Give them in their order from the lowest to the highest, with commas between '
        "them: --data.label_order a,b,c"
    )
    with pytest.raises(DataError, match=r'such as\n  --data.label_order "1 - ruim,2 - bom,10 - ótimo"$'):
        label_names(table("10 - ótimo", "2 - bom", "1 - ruim", task="ordinal"))
    for names in (["500 a 999 kg", "1.000 a 2.000 kg"], ["05/2023", "03/2024"]):
        with pytest.raises(DataError, match="Give them in their order from the lowest"):
            label_names(table(*names, task="ordinal"))
    for order, end in ((["alto", "baixo"], "a,b,c"), (["baixo", "alto"], "baixo,médio,alto")):
        with pytest.raises(DataError) as caught:  # who counts down has another order than the usual
            label_names(table("baixo", "médio", "alto", label_order=order))
        assert str(caught.value).endswith(f"--data.label_order {end}")


def test_a_class_that_is_missed_for_it_is_spelt_otherwise_is_told_as_that() -> None:
    with pytest.raises(DataError) as caught:
        label_names(table("baixo", "Baixo", "médio", "alto", label_order=["baixo", "médio", "alto"]))
    assert str(caught.value) == (
        'DataFrame: the column "rotulo" writes classes of --data.label_order in several ways: "baixo", "Baixo". '
        "Write each in one way in the table"
    )


def test_an_order_is_told_as_the_table_writes_it_and_a_long_one_in_short() -> None:
    source = table("alto", "Médio", "baixo", label_order=["BAIXO", "medio", "ALTO"])
    assert "labels: classes in an order: baixo < Médio < alto" in map(str, source.notes)
    assert known_order(source, ["alto", "baixo"]) == ["baixo", "medio", "alto"]
    told = "labels: classes in an order: 0 < 1 < 2 < … < "
    assert f"{told}11" in map(str, table(*map(str, range(12)), task="ordinal").notes)
    assert "0 < 1 < 2 < 3 < 4" in "".join(map(str, table(*map(str, range(11)), task="ordinal").notes))
