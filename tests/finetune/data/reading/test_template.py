"""A text of several columns: what a template may say, what is refused, and what stands in the texts."""

import datetime
from pathlib import Path

import pandas as pd
import pytest

from finetune.data.reading.table import Table
from finetune.data.reading.template import Template, parsed
from finetune.data.tables import read_source
from finetune.errors import ConfigError, DataError

ROWS = {
    "Estado": ["MG", "", "GO", ""],
    "Qtd. [kg]": [12.0, 7.5, None, None],
    "texto": ["a soja secou", "boi magro", "  chuva  ", None],
    "rotulo": ["a", "b", "a", "b"],
}


def read(template: str, **options: object) -> Table:
    return read_source(pd.DataFrame(ROWS), template=template, **options)["all"]  # type: ignore[arg-type]


def test_cells_stand_where_the_template_has_their_columns() -> None:
    table = read("{estado}: {Qtd. [kg]} kg, {{{TEXTO}}}")
    assert table.text == ["MG: 12 kg, {a soja secou}", ": 7.5 kg, {boi magro}", "GO:  kg, {chuva}"]
    assert table.text_columns == ("Estado", "Qtd. [kg]", "texto")
    assert table.text_column == "Estado"
    assert table.label == ["a", "b", "a"]
    assert table.dropped == {"empty text": [3]}  # whose literals alone are no text
    assert [str(note) for note in table.notes] == [
        'texts made of "Estado", "Qtd. [kg]" and "texto", label column "rotulo"',
        '1 row has nothing in "Estado": its place in the text stays empty',
        '1 row has nothing in "Qtd. [kg]": its place in the text stays empty',
        "left out: 1 row without text (row 3)",
    ]
    assert table.frame.equals(pd.DataFrame(ROWS))


def test_a_template_of_one_column_is_that_column() -> None:
    assert read("{texto}").text == read_source(pd.DataFrame(ROWS))["all"].text
    assert parsed("{texto}").is_plain
    assert not parsed("{texto}.").is_plain


def test_the_same_column_may_stand_twice_and_outer_blanks_go() -> None:
    assert read(" {texto}/{ Texto } ").text[0] == "a soja secou/a soja secou"
    assert parsed("{a}{b}") == Template(("a", "b"), ("", "", ""))


def test_the_text_column_may_be_named_beside_the_template_that_has_it() -> None:
    assert read("{Estado}: {texto}", text_column="Texto").text[0] == "MG: a soja secou"
    with pytest.raises(
        DataError,
        match=r'text_column "Estado" is not in --data.template.*\("texto"\): write \{Estado\} in it',
    ):
        read("{texto}", text_column="Estado")


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("", r'--data.template "" names no column. Write their names between braces, as in \{estado\} \| '),
        ("só texto {{texto}}", "names no column"),
        ("{texto} {}", "has braces without a name between them"),
        ("{ }", "has braces without a name between them"),
        ("{texto", "the brace at character 1 stands alone"),
        ("{texto}}", "the brace at character 8 stands alone"),
        ("{a{texto}}", "the brace at character 1 stands alone"),
    ],
)
def test_a_template_that_is_written_wrong_is_refused_before_any_table_is_read(
    template: str, message: str
) -> None:
    from finetune import TextData

    with pytest.raises(ConfigError, match=message):
        TextData("nowhere.csv", template=template)


@pytest.mark.parametrize(
    "name", ["texto.__class__", "texto[0]", "texto!r", "texto:>10", "0.a", "Estado.texto", "estado:"]
)
def test_nothing_but_names_of_columns_stands_between_braces(name: str) -> None:
    with pytest.raises(DataError) as error:
        read(f"{{{name}}} {{texto}}")
    assert f'"{name}" (--data.template) is no column, and only the name of one may stand' in str(error.value)
    assert 'the columns are "Estado", "Qtd. [kg]", "texto", "rotulo"' in str(error.value)


def test_a_column_that_is_not_there_is_said_with_what_may_be_meant() -> None:
    with pytest.raises(
        DataError, match=r'no column "estadu" \(--data.template\); the.*did you mean "Estado"\?'
    ):
        read("{estadu}: {texto}")
    with pytest.raises(DataError, match=r'"Qtd. \(kg\)".*|there is no column.*did you mean "Qtd. \[kg\]"\?'):
        read("{Qtd. (kg)}: {texto}")


def test_a_text_that_has_the_label_is_refused() -> None:
    message = '"rotulo" is the label column and stands in the texts, which would tell the model its answer'
    for options in ({}, {"label_column": "rotulo"}):
        with pytest.raises(DataError, match=message):
            read("{rotulo}: {texto}", **options)
    assert read("{rotulo}: {texto}", label_column="Estado").text[0] == "a: a soja secou"
    assert read("{rotulo}: {texto}", need_labels=False).label is None  # to predict, it is but a name


def test_dates_and_numbers_of_a_workbook_stand_without_what_no_one_wrote(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"dia": [datetime.date(2024, 3, 1)] * 2, "sacas": [1200.0, 7.5], "rotulo": ["a", "b"]}
    )
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    table = read_source(tmp_path / "a.xlsx", template="{dia}: {sacas} sacas")["all"]
    assert table.text == ["2024-03-01: 1200 sacas", "2024-03-01: 7.5 sacas"]


def test_the_line_of_the_header_is_found_by_a_column_of_the_template(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Ouvidoria 2024;;\n;;\nuf;fala;tipo\nMG;soja;x\nGO;boi;y\n")
    table = read_source(tmp_path / "a.csv", template="{UF}: {fala}", label_column="tipo")["all"]
    assert table.text == ["MG: soja", "GO: boi"]


def test_damaged_letters_and_long_texts_are_those_of_the_whole_text() -> None:
    frame = pd.DataFrame({"uf": ["MG", "GO"], "texto": ["nÃ£o choveu", "soja"], "rotulo": ["a", "b"]})
    table = read_source(frame, template="{uf}: {texto}", fix_encoding=True, max_characters=8)["all"]
    assert table.text == ["MG: não", "GO: soja"]
    assert table.as_written(0) == "MG: nÃ£o"
    assert [table.was_repaired(row) for row in (0, 1)] == [True, False]
