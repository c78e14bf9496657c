"""Two texts a row: which columns they are, which rows count, and how both are shown where one is wanted."""

import pandas as pd
import pytest

from finetune.data.reading.table import Table
from finetune.data.tables import read_source
from finetune.errors import DataError

ROWS = {
    "Título": ["seca", "", "boi", "", "x | y"],
    "corpo": ["a soja secou", "o boi emagreceu", "", None, "z"],
    "rotulo": ["a", "b", "a", "b", "a"],
}


def read(frame: pd.DataFrame | None = None, **options: object) -> Table:
    source = pd.DataFrame(ROWS) if frame is None else frame
    columns = {"text_column": "titulo", "text_pair_column": "corpo"}
    return read_source(source, **columns | options)["all"]  # type: ignore[arg-type]


def test_two_texts_are_read_apart_and_shown_side_by_side() -> None:
    table = read()
    assert table.texts_apart(slice(None)) == [
        ["seca", "", "boi", "x | y"],
        ["a soja secou", "o boi emagreceu", "", "z"],
    ]
    assert table.text == ["seca | a soja secou", "o boi emagreceu", "boi", "x | y | z"]
    assert table.texts(slice(1, 3)) == ["o boi emagreceu", "boi"]
    assert table.as_written(0) == "seca | a soja secou"
    assert table.text_columns == ("Título", "corpo")
    assert table.dropped == {"empty text": [3]}
    assert [str(note) for note in table.notes] == [
        'two texts a row, of "Título" and "corpo", label column "rotulo"',
        '1 row has nothing in "Título": its other text is read alone',
        '1 row has nothing in "corpo": its other text is read alone',
        "left out: 1 row without text (row 3)",
    ]


def test_the_first_text_is_found_by_its_name_and_the_second_is_neither_text_nor_label() -> None:
    frame = pd.DataFrame({"texto": ["a", "b"], "resposta": ["c", "d"], "classe": ["x", "y"]})
    table = read_source(frame, text_pair_column="classe", label_column="resposta")["all"]
    assert (table.text_columns, table.label_column) == (("texto", "classe"), "resposta")
    frame = pd.DataFrame({"pergunta": ["a", "b"], "texto": ["c", "d"], "classe": ["x", "y"]})
    assert read_source(frame, text_pair_column="texto")["all"].text_columns == ("pergunta", "texto")


def test_a_template_may_make_the_first_text() -> None:
    table = read(text_column=None, template="Sobre {titulo}:")
    assert table.texts_apart(slice(None))[0] == ["Sobre seca:", "", "Sobre boi:", "Sobre x | y:"]
    assert table.text[0] == "Sobre seca: | a soja secou"
    assert str(table.notes[0]) == 'two texts a row, made of "Título", and of "corpo", label column "rotulo"'


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"text_column": "corpo"}, '"corpo" is named for both texts of a row: name two columns'),
        ({"text_column": None, "template": "{titulo} {corpo}"}, '"corpo" is named for both texts of a row'),
        ({"label_column": "corpo"}, '"corpo" is the label column and stands in the texts'),
        (
            {"text_pair_column": "copro"},
            r'no column "copro" \(--data.text_pair_column\); the columns are .*mean "corpo"\?',
        ),
    ],
)
def test_columns_that_cannot_be_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(**options)


def test_a_table_to_predict_needs_both_columns_too() -> None:
    frame = pd.DataFrame(ROWS).drop(columns="corpo")
    with pytest.raises(
        DataError, match=r'no column "corpo" \(--data.text_pair_column\); the columns are "Título"'
    ):
        read(frame, need_labels=False)
    assert read(pd.DataFrame(ROWS).drop(columns="rotulo"), need_labels=False).label is None


def test_where_no_row_has_any_text_both_columns_are_named() -> None:
    frame = pd.DataFrame(ROWS).iloc[[3, 3]]
    with pytest.raises(DataError, match=r'fill the columns "Título", "corpo", or name others'):
        read(frame)


def test_each_text_is_repaired_and_cut_by_itself() -> None:
    frame = pd.DataFrame(
        {"titulo": ["nÃ£o", "boi"], "corpo": ["soja", "o feijÃ£o secou"], "rotulo": ["a", "b"]}
    )
    table = read(frame, fix_encoding=True, max_characters=12)
    assert table.texts_apart(slice(None)) == [["não", "boi"], ["soja", "o feijão se"]]
    assert table.as_written(1) == "boi | o feijÃ£o se"
    assert table.was_repaired(0)
    assert table.was_repaired(1)
    said = [str(note) for note in table.notes]
    assert "2 texts repaired in memory" in said
    assert any(note.startswith("1 text longer than --data.max_characters (12)") for note in said)


def test_rows_are_the_same_only_if_both_texts_are() -> None:
    from finetune.data.checks.examined import examined
    from finetune.data.dividing.fingerprint import fingerprint
    from finetune.data.dividing.parts import Division, every_row

    pairs = [("soja seca", "hoje"), ("soja", "seca hoje"), ("Soja  seca!", "hoje"), ("soja seca", "hoje")]
    frame = pd.DataFrame([*pairs, ("soja seca", "ontem")], columns=["titulo", "corpo"]).assign(
        rotulo=list("ababa")
    )
    data = examined({"train": every_row(read(frame))})
    assert [data.same_text.tolist().index(each) for each in data.same_text] == [0, 1, 2, 0, 4]
    assert [data.same_words.tolist().index(each) for each in data.same_words] == [0, 1, 0, 0, 4]
    both = [
        pd.DataFrame({"titulo": [title, "b"], "corpo": [body, "b"], "rotulo": ["x", "y"]})
        for title, body in (("soja | seca", "hoje"), ("soja", "seca | hoje"))
    ]
    tables = [read(each) for each in both]
    assert tables[0].text == tables[1].text
    assert fingerprint(tables[:1], Division()) != fingerprint(tables[1:], Division())
