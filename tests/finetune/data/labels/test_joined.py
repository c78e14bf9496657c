"""Several labels in a cell are known where they surely are, and names that only hold a mark stay names."""

import itertools

import pytest

from finetune.data.labels.joined import (
    best_mark,
    canonical,
    joined_otherwise,
    likely_mark,
    never_apart,
    sure_mark,
)

CROPS, REGIONS = ("soja", "milho", "trigo", "café"), ("Norte", "Sul", "Leste", "Oeste")

SEVERAL = {
    "|": ["boi|soja", "boi", "soja|milho", "milho|boi", "soja", "boi|soja|milho"],
    ";": ["boi; soja", "boi", "soja; milho", "milho ;boi", "soja", "boi;soja;milho", "boi;;soja;"],
    ",": ["boi, soja", "boi", "soja, milho", "milho, boi", "soja", "boi,soja,milho"],
}

NAMES = {
    "decimals": [*(f"{whole},{tenth}" for whole in range(5) for tenth in range(1, 5)), "1", "2", "3"],
    "one name with a comma": ["soja, milho", "café", "gado"],
    "an answer": ["Sim", "Não", "Sim; não"],
    "a sentence": ["chove, e faz frio", "não chove, mas venta", "a vaca, magra, não come", "faz frio"],
    "a place of its own": [f"{crop}, {region}" for crop, region in itertools.product(CROPS, REGIONS)]
    + ["Norte"],
    "a group and what is in it": [
        *CROPS,
        *(f"{crop}|{of}" for crop in CROPS for of in ("praga", "solo", "preço")),
    ],
    "two combinations": ["boi;soja", "boi", "soja", "soja;milho"],
    "as many names as combinations": ["boi;soja", "boi", "soja", "soja;milho", "milho;boi"],
}


@pytest.mark.parametrize("mark", SEVERAL)
def test_labels_that_come_in_many_combinations_are_several(mark: str) -> None:
    assert sure_mark(SEVERAL[mark]) == mark


@pytest.mark.parametrize("labels", NAMES.values(), ids=NAMES)
def test_names_that_hold_a_mark_stay_names(labels: list[str]) -> None:
    assert sure_mark(labels) is None


def test_what_may_be_several_is_asked_and_a_place_of_its_own_is_not() -> None:
    assert likely_mark(NAMES["as many names as combinations"]) == ";"
    for case in ("decimals", "one name with a comma", "an answer", "a sentence", "a group and what is in it"):
        assert likely_mark(NAMES[case]) is None


def test_where_labels_are_said_to_be_several_the_surest_mark_cuts() -> None:
    assert best_mark(["solo, água;praga", "solo, água", "praga"]) == ";"
    assert best_mark(["solo, água", "praga"]) == ","
    assert best_mark(["solo", "praga"]) is None


def test_names_stand_in_one_order_each_once_and_without_blanks() -> None:
    assert canonical(["soja ; boi;soja", "boi;soja", ";", ""], ";") == ["boi|soja", "boi|soja", "", ""]
    assert canonical(["soja", ""], None) == ["soja", ""]


def test_names_that_never_stand_apart_are_told() -> None:
    told = str(never_apart(["soja, milho", "gado", "soja, milho", "gado, café", "café"], ","))
    assert told.startswith(
        'names that never stand apart: "soja", "milho". If that is one name that holds ","'
    )
    assert never_apart(["soja, milho", "gado, café", "café"], ",") is None  # once may be chance
    assert (
        never_apart(["soja, milho", ",", "gado"], ",") is None
    )  # a cell that holds the mark alone has no name


def test_names_that_are_joined_by_another_mark_are_told() -> None:
    labels = ["soja;milho", "boi", "soja, boi", "milho,soja", "milho", "pasto, seca", "boi;vaca"]
    assert list(map(str, joined_otherwise(labels, ";"))) == [
        '2 labels hold ",", though labels are joined by ";", such as "milho,soja" and "soja, boi": write one sign '
        "everywhere"
    ]
    assert joined_otherwise(["soja;milho", "boi, vaca;soja"], ";") == []
