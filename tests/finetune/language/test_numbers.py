import pytest

from finetune.language.numbers import NOTHING, count, megabytes, number, percent, rows, span
from finetune.language.which import speaking


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["1,234.500", "-0.041", "+0.041", "1,828", "84.2%", "0.790 to 0.891", "79.0% to 89.1%"]),
        ("pt", ["1.234,500", "-0,041", "+0,041", "1.828", "84,2%", "0,790 a 0,891", "79,0% a 89,1%"]),
    ],
)
def test_numbers_are_written_as_the_language_has_it(language, expected):
    interval = [0.79, 0.891]
    with speaking(language):
        written = [number(1234.5), number(-0.0412), number(0.0412, sign=True), count(1828), percent(0.8425)]
        assert [*written, span(interval), span(interval, of_hundred=True)] == expected


def test_a_rounded_nothing_has_no_minus_and_what_is_not_known_is_no_number():
    assert number(-0.0001) == "0.000"
    assert number(None) == number(float("nan")) == percent(None) == NOTHING
    assert span(None) == ""


def test_one_row_is_not_several():
    with speaking("pt"):
        assert [str(rows(n)) for n in (0, 1, 1500)] == ["0 linhas", "1 linha", "1.500 linhas"]


def test_bytes_are_told_in_millions():
    with speaking("pt"):
        assert [megabytes(41_234_567), megabytes(390_000_000, digits=0)] == ["41,2", "390"]
