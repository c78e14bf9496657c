import pytest

from finetune.language.numbers import NOTHING, count, counted, number, percent, span


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", ["1,234.500", "-0.041", "+0.041", "1,828"]), ("pt", ["1.234,500", "-0,041", "+0,041", "1.828"])],
)
def test_numbers_are_written_as_the_language_has_it(language, expected):
    written = [number(1234.5, language), number(-0.0412, language), number(0.0412, language, sign=True)]
    assert [*written, count(1828, language)] == expected


def test_a_rounded_nothing_has_no_minus():
    assert number(-0.0001, "en") == "0.000"
    assert number(None, "pt") == percent(None, "en") == NOTHING


def test_shares_and_spans():
    assert percent(0.8425, "pt") == "84,2%"
    assert span([0.79, 0.891], "pt") == "0,790 a 0,891"
    assert span([0.79, 0.891], "en", of_hundred=True) == "79.0% to 89.1%"
    assert span(None, "en") == ""


def test_one_row_is_not_several():
    assert counted(1, "row", "rows", language="en") == "1 row"
    assert counted(1500, "linha", "linhas", language="pt") == "1.500 linhas"
