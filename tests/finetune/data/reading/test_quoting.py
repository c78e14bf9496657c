"""How a table is quoted, and how its lines end."""

import csv

import pytest

from finetune.data.reading.quoting import shown_delimiter, style


@pytest.mark.parametrize(
    ("sample", "quoting"),
    [
        ("texto;n\nboi;1\n", csv.QUOTE_MINIMAL),
        ('texto;n\n"boi; manso";1\n"um ""dois""";2\n"a\nb";3\n', csv.QUOTE_MINIMAL),
        ('"texto, longo; título";n\nboi;1\n', csv.QUOTE_MINIMAL),
        ('"texto";"n"\n"boi";"1"\n', csv.QUOTE_ALL),
        ('"texto";"n"\n"boi";""\n;"2"\n', csv.QUOTE_ALL),
        ('"texto";"n"\n"boi";1\n"vaca";-1,5e3\n"bezerro";NA\n', csv.QUOTE_NONNUMERIC),
        ('"texto";"n"\n"boi";1\nvaca;2\n', csv.QUOTE_MINIMAL),
        ('"texto";"n"\n"boi";"1"\n"cut sho', csv.QUOTE_ALL),
    ],
)
def test_the_quotes_tell_their_rule(sample: str, quoting: int) -> None:
    assert style(sample, ";", csv.QUOTE_MINIMAL).quoting == quoting


def test_numbers_that_are_texts_are_known_by_their_quotes() -> None:
    assert style('"","texto","n"\n"1","boi",1\n"2","vaca",2\n', ",", csv.QUOTE_MINIMAL).quoted == {0}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_NONE])
def test_the_end_of_a_line_is_that_of_the_rows(end: str, quoting: int) -> None:
    assert style(f"texto;n{end}boi;1{end}", ";", quoting).line_end == end
    assert style(f'texto;n{end}"boi\n\r\nmanso";1{end}', ";", quoting).line_end == end
    assert style("texto;n", ";", quoting).line_end == "\r\n"


@pytest.mark.parametrize(
    ("sample", "delimiter"),
    [
        ('texto\n"boi, manso"\nvaca; brava\n', ","),
        ('texto\n"boi; manso"\nvaca, brava\n', ";"),
        ('texto\n"boi\tmanso"\n', "\t"),
        ('texto\n"boi, manso"\n"um ""dois"""\n"a\nb"\n', ","),
        ('texto\n"boi, manso; bravo"\nvaca, brava\n', ";"),
        ("texto\nboi, manso\n", None),
        ('"texto"\n"boi, manso"\n"vaca"\n', None),
        ('texto\n"boi manso"\n', None),
        ('texto\n"um ""dois"""\n', None),
        ('texto\n"boi, manso"\nvaca, brava\n', None),
    ],
)
def test_what_the_quotes_of_one_column_stand_around_is_its_delimiter(
    sample: str, delimiter: str | None
) -> None:
    assert shown_delimiter(sample, (",", ";", "\t", "|")) == delimiter
