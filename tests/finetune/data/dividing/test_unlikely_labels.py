"""A label column that is none is told as that, and not as many small classes; a table of any classes passes."""

import numpy as np
import pandas as pd
import pytest

from finetune.data.dividing.parts import Division, all_parts
from finetune.data.dividing.unlikely_labels import unlikely_labels
from finetune.data.reading.table import Table
from finetune.data.tables import read_source
from finetune.errors import DataError

ROWS = range(60)
COLUMNS = {
    "pergunta": [f"a vaca número {n} não come desde ontem e está magra" for n in ROWS],
    "protocolo": [f"2024/{n:05}" for n in ROWS],
    "preço": [f"{9 + n % 15},{n % 10}0" for n in ROWS],
    "data": [f"{1 + n % 12:02}/03/2024" for n in ROWS],
    "resposta": [f"o veterinário foi avisado e visita a fazenda na semana {n}" for n in ROWS],
    "cultura": [("soja", "milho", "gado")[n % 3] for n in ROWS],
    "safra": [("2023", "2024")[n % 2] for n in ROWS],
    "turma": [str(n % 15) for n in ROWS],
}


def table(text: str, label: str, rows: int = 60, task: str = "single_label") -> Table:
    frame = pd.DataFrame({name: cells[:rows] for name, cells in COLUMNS.items()})
    return read_source(frame, text_column=text, label_column=label, task=task)["all"]


def divided(source: Table, said: list[str], **division: object) -> dict[str, object]:
    return {**all_parts({"all": source}, {}, Division(**division), lambda text: said.append(str(text)))}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("protocolo", "60 rows have 60 different labels in it, and a label has to stand in several rows"),
        ("preço", "60 rows have 30 different labels in it, most of them numbers, and"),
        ("data", "60 rows have 12 different labels in it, most of them dates, and"),
        ("resposta", "60 rows have 60 different labels in it, most of them long texts, and"),
    ],
)
def test_a_column_of_no_classes_is_asked_for_with_one_to_copy(label: str, said: str) -> None:
    source = table("pergunta", label)
    asked = str(unlikely_labels(source, np.arange(60)))
    assert asked.startswith(f'DataFrame: is "{label}" the label column? {said}')
    assert 'The columns are "pergunta", "protocolo", ' in asked
    assert asked.endswith("with --data.label_column, for example:\n  --data.label_column cultura")


def test_prices_are_numbers_to_be_estimated_unless_classes_are_asked_for() -> None:
    said: list[str] = []
    source = table("pergunta", "preço", task="auto")
    assert (source.task.name, unlikely_labels(source, np.arange(60))) == ("number", None)
    assert {part: len(rows[1]) for part, rows in divided(source, said).items()} == {  # type: ignore[index]
        "train": 48,
        "validation": 6,
        "test": 6,
    }
    assert said == []


def test_prices_with_some_words_may_be_estimated_all_the_same() -> None:
    prices = [f"{9 + n % 15},{n % 10}0" if n % 5 else "a combinar" for n in ROWS]
    frame = pd.DataFrame({"texto": COLUMNS["pergunta"], "preço": prices, "cultura": COLUMNS["cultura"]})
    for task, hint in (("auto", " (to estimate those, add --task number)"), ("single_label", "")):
        source = read_source(frame, label_column="preço", task=task)["all"]
        asked = str(unlikely_labels(source, np.arange(60)))
        assert f"different labels in it, most of them numbers{hint}, and a label has to" in asked


def test_ages_are_no_classes_and_as_many_numbers_with_rows_enough_are() -> None:
    for rows, asked in ((300, True), (3000, False)):
        frame = pd.DataFrame(
            {"texto": [f"boi {n}" for n in range(rows)], "idade": [18 + n % 60 for n in range(rows)]}
        )
        source = read_source(frame, label_column="idade")["all"]
        assert (unlikely_labels(source, np.arange(rows)) is not None) == asked


def test_that_is_told_in_place_of_the_small_classes() -> None:
    with pytest.raises(DataError, match='is "protocolo" the label column'):
        divided(table("pergunta", "protocolo"), [])


def test_where_the_rows_can_be_divided_it_is_told_all_the_same() -> None:
    said: list[str] = []
    assert divided(table("pergunta", "protocolo"), said, time_column="data")["train"]
    assert any('is "protocolo" the label column' in each for each in said)


def test_columns_that_are_swapped_are_told_as_that() -> None:
    asked = str(unlikely_labels(table("cultura", "pergunta"), np.arange(60)))
    assert (
        'are the text column "cultura" and the label column "pergunta" swapped? 60 rows have 3 diff' in asked
    )
    assert asked.endswith("\n  --data.text_column pergunta --data.label_column cultura")


@pytest.mark.parametrize("label", ["cultura", "safra", "turma"])
def test_classes_pass_also_those_with_numbers_for_names(label: str) -> None:
    said: list[str] = []
    assert divided(table("pergunta", label), said)["train"]
    assert said == []


def test_of_few_rows_nothing_is_said() -> None:
    assert unlikely_labels(table("pergunta", "protocolo", rows=19), np.arange(19)) is None
    with pytest.raises(DataError, match="19 of 19 classes have too few rows"):
        divided(table("pergunta", "protocolo", rows=19), [])


@pytest.mark.parametrize(
    "codes",
    [
        [str(1980 + n) for n in range(40)],
        [f"{n:04}-1/00" for n in range(40)],
        [f"{1 + n // 10}.{n % 10}" for n in range(40)],
        [f"{1 + n % 28:02}/{1 + n // 28:02}/2024" for n in range(40)],
    ],
)
def test_codes_that_stand_in_several_rows_leave_the_small_class_named(codes: list[str]) -> None:
    labels = [codes[n % 40] for n in range(300)] + ["999"]
    frame = pd.DataFrame({"texto": [f"a vaca número {n}" for n in range(301)], "cnae": labels})
    with pytest.raises(DataError, match=r'^1 of 41 classes has too few rows .*: "999" \(1\)'):
        divided(read_source(frame, text_column="texto", label_column="cnae")["all"], [])


@pytest.mark.parametrize(
    "spellings",
    [
        ["Sim", "sim", "SIM", "SIm", "sIM", "siM", "sIm", "SiM", "s im", "S IM", "si m", "SI M"],
        ["Não", "nao", "NÃO", "Nao", "não", "NAO", "nÃo", "nãO", "NãO", "n ao", "NÃo", "naO"],
    ],
)
def test_labels_that_are_only_spelt_otherwise_are_told_as_that(spellings: list[str]) -> None:
    labels = [spellings[n % 12] for n in range(22)]
    frame = pd.DataFrame(
        {"texto": [f"a vaca número {n}" for n in range(22)], "rotulo": labels, "id": range(22)}
    )
    source = read_source(frame, text_column="texto", label_column="rotulo")["all"]
    with pytest.raises(DataError, match="differ from another one only by case, accents, spaces or signs"):
        divided(source, [])


def test_where_no_other_column_is_left_it_says_what_labels_have_to_do() -> None:
    frame = pd.DataFrame({name: COLUMNS[name] for name in ("pergunta", "protocolo")})
    source = read_source(frame, text_column="pergunta", label_column="protocolo")["all"]
    assert str(unlikely_labels(source, np.arange(60))) == (
        'DataFrame: 60 rows have 60 different labels in the column "protocolo", and no other column could be meant: a label '
        "can only be learned where it stands in several rows, so give rows of one kind the same label"
    )
