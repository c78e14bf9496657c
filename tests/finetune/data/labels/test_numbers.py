"""Numbers are read as the column writes them, whatever its marks and units."""

import math

import pytest

from finetune.data.labels.numbers import EITHER, numbers_of


def read(*cells: object) -> list[float | None]:
    text = numbers_of([str(cell) for cell in cells], cells).text
    return [float(each) if each else None for each in text]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1.234,50", "7", "1.000"], [1234.5, 7, 1000]),
        (["1,234.50", "7", "1,000"], [1234.5, 7, 1000]),
        (["12,5", "1.234"], [12.5, 1234]),
        (["12.5", "1.234"], [12.5, 1.234]),
        (["1.234.567", "0,5"], [1234567, 0.5]),
        (["0,125", "1,250"], [0.125, 1.25]),
        (["1234,567"], [1234.567]),
        (["R$ 1.234,50", "R$12,00", "-R$ 3,5", "R$ -4"], [1234.5, 12, -3.5, -4]),
        (["12%", "7,5 %"], [12, 7.5]),
        (["−3,5", "+2"], [-3.5, 2]),
        (["1 234,5", "12 345 678"], [1234.5, 12345678]),
        (["1e3", "2.5E-2"], [1000, 0.025]),
        ([",5", "2"], [0.5, 2]),
        (["12 kg/ha", "3,5 kg/ha"], [12, 3.5]),
        (["12 sacas por ha", "3,5 sacas por ha"], [12, 3.5]),
        (["(1,5)", "2,5", "(3)"], [-1.5, 2.5, -3]),
        (["R$ 7,50", "R$ (1.234,50)", "(R$ 2,00)"], [7.5, -1234.5, -2]),
        (["12%", "(3,5)%", "(1 234,5)"], [12, -3.5, -1234.5]),
    ],
)
def test_the_column_tells_which_mark_is_of_decimals(cells: list[str], values: list[float]) -> None:
    assert read(*cells) == values


def test_a_number_of_a_workbook_needs_no_mark() -> None:
    assert read(1.234, 12.5, "12,5") == [1.234, 12.5, 12.5]
    assert numbers_of(["1.234"], [1.234]).decimal is None


def test_where_no_cell_tells_the_mark_is_of_thousands_and_that_is_known() -> None:
    numbers = numbers_of(["1.234", "950"], ["1.234", "950"])
    assert (numbers.text, numbers.decimal) == (["1234", "950"], EITHER)


@pytest.mark.parametrize(
    "cell",
    [
        "abc",
        "inf",
        "nan",
        "1.2.3",
        "1,23,4",
        "12-15",
        "~12",
        "> 3",
        "1e999",
        "12 kg de milho",
        "10 (dez)",
        "(-3)",
        "(baixo)",
        "--5",
        "01/02/2024",
    ],
)
def test_what_is_no_number_is_none(cell: str) -> None:
    numbers = numbers_of([cell, "", "3,5"], [cell, "", "3,5"])
    assert (numbers.text, numbers.unread) == (["", "", "3.5"], [0])


def test_numbers_that_are_not_finite_are_none() -> None:
    assert numbers_of(["inf", "2.5"], [math.inf, 2.5]).unread == [0]


def test_a_slip_is_no_number_and_a_column_in_both_ways_is_known() -> None:
    column = ["12,5"] * 20
    slip = numbers_of([*column, "12.5"], [*column, "12.5"])
    assert (slip.unread, slip.against) == ([20], {})
    both = numbers_of(["12,5", "12,5", "3.5"], ["12,5", "12,5", "3.5"])
    assert both.against == {",": 0, ".": 2}


def test_units_are_known_and_counted_and_all_but_a_share_may_stand_without() -> None:
    assert numbers_of(["12 kg", "3 t"], ["12 kg", "3 t"]).mixed_units == ["kg", "t"]
    assert numbers_of(["12 kg", "3", "4 kg"], ["12 kg", "3", "4 kg"]).times == {"kg": 2, "": 1}
    for cells in (["12 kg", "3"], ["R$ 12", "3"], ["R$ 12/kg", "R$ 3/kg"], ["12 m2", "3 m2"]):
        assert numbers_of(cells, cells).mixed_units == []
    assert numbers_of(["12%", "0.3"], ["12%", "0.3"]).mixed_units == ["", "%"]
    assert numbers_of(["12%", "0.3"], ["12%", 0.3]).mixed_units == ["", "%"]
    for cells in (["80%", "75", "0"], ["80%", 75.5], ["7,5 %", "1,5"]):  # no share of 1 is larger than 1
        assert numbers_of([str(cell) for cell in cells], cells).mixed_units == []
    assert numbers_of(["80%", "75", "1"], ["80%", "75", "1"]).mixed_units == ["", "%"]


def test_what_stands_behind_an_amount_of_money_is_its_unit_too() -> None:
    cells = ["R$ 1,2 mil", "R$ 850,00", "R$ 3,1 mil"]
    assert numbers_of(cells, cells).mixed_units == ["R$", "R$ mil"]
    assert list(numbers_of(cells[::2], cells[::2]).units) == ["R$ mil"]


def test_a_unit_in_another_case_or_with_a_point_is_the_same_one() -> None:
    cells = ["12 Kg", "3 kg.", "7 kg", "1 KG"]
    assert list(numbers_of(cells, cells).units) == ["Kg"]
    assert numbers_of([*cells, "2 t"], [*cells, "2 t"]).mixed_units == ["Kg", "t"]
    assert numbers_of(["3 Mg/ha", "3 mg/ha"], ["3 Mg/ha", "3 mg/ha"]).mixed_units == ["Mg/ha", "mg/ha"]


def test_a_unit_of_one_and_of_several_is_the_same_one() -> None:
    cells = ["12 sacas", "1 saca", "3 Sacas"]
    assert list(numbers_of(cells, cells).units) == ["sacas"]
    assert numbers_of(["3 m/s", "3 m"], ["3 m/s", "3 m"]).mixed_units == ["m", "m/s"]


def test_where_all_stand_in_brackets_these_say_nothing() -> None:
    assert numbers_of(["(1)", "(2)"], ["(1)", "(2)"]).unread == [0, 1]


def test_where_no_cell_tells_the_usual_mark_does() -> None:
    numbers = numbers_of(["300,788", "12,345"], ["300,788", "12,345"], usual=",")
    assert numbers.text == ["300.788", "12.345"]
    assert numbers_of(["1.234", "950"], ["1.234", "950"], usual=",").text == ["1234", "950"]
    assert numbers_of(["1,234", "9.5"], ["1,234", "9.5"], usual=",").text == ["1234", "9.5"]  # here one tells
