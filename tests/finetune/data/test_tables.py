"""From a source to texts and labels: which rows are kept, what is said of the others."""

import csv
import json
from pathlib import Path

import datasets
import numpy as np
import pandas as pd
import pytest

from finetune.data.reading.table import Table
from finetune.data.tables import read_source
from finetune.errors import DataError
from finetune.language.which import speaking


def csv_file(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding))
    return path


def only(source: object, **options: object) -> Table:
    tables = read_source(source, **options)  # type: ignore[arg-type]
    assert list(tables) == ["all"]
    return tables["all"]


def notes(table: Table) -> list[str]:
    return [str(note) for note in table.notes]


def test_a_brazilian_file(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path / "dados.csv",
        "id;Texto;Rótulo\n1; a soja ;lavoura\n2;;x\n3;boi; pecuária \n4;b;\n5;\u00a0;y\n",
        "cp1252",
    )
    table = only(path)
    assert table.source == str(path)
    assert (table.text_column, table.label_column) == ("Texto", "Rótulo")
    assert table.text == ["a soja", "boi"]
    assert table.label == ["lavoura", "pecuária"]
    assert table.row.tolist() == [0, 2]
    assert table.row.dtype == np.int64
    assert table.dropped == {"empty text": [1, 4], "empty label": [3]}
    assert table.frame["Texto"].tolist() == [" a soja ", "", "boi", "b", "\u00a0"]
    assert [table.line(int(position)) for position in table.row] == [2, 4]
    assert notes(table) == [
        'delimiter ";", encoding cp1252',
        'text column "Texto", label column "Rótulo"',
        "left out: 2 rows without text (lines 3 and 6); 1 row without label (line 5)",
    ]
    with speaking("pt"):
        assert notes(table) == [
            'separador ";", codificação cp1252',
            'coluna dos textos "Texto", coluna dos rótulos "Rótulo"',
            "sem uso: 2 linhas sem texto (linhas 3 e 6); 1 linha sem rótulo (linha 5)",
        ]


def test_prediction_keeps_rows_without_label(tmp_path: Path) -> None:
    table = only(csv_file(tmp_path / "a.csv", "texto;rotulo\na;x\nb;\n;y\n"), need_labels=False)
    assert table.label == ["x", ""]
    assert table.dropped == {"empty text": [2]}


def test_prediction_without_label_column(tmp_path: Path) -> None:
    table = only(
        csv_file(tmp_path / "a.csv", "queixa\na, b\n\nc\n"), need_labels=False, label_column="rotulo"
    )
    assert table.label is None
    assert table.label_column is None
    assert table.text == ["a, b", "c"]
    assert 'no column "rotulo": read without labels' in notes(table)
    assert 'text column "queixa", no label column' in notes(table)


def test_a_prediction_file_can_be_written_the_same_way(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", '"texto"|"rotulo"\r\n"a|b"|"x"\r\n', "utf-8-sig")
    table = only(path)
    with (tmp_path / "b.csv").open("w", encoding=table.dialect.codec, newline="") as stream:
        writer = csv.writer(stream, delimiter=table.dialect.delimiter, quoting=table.dialect.quoting)
        writer.writerows([table.frame.columns, *table.frame.to_numpy().tolist()])
    assert (tmp_path / "b.csv").read_bytes() == path.read_bytes()


def test_labels_are_names() -> None:
    frame = pd.DataFrame(
        {"texto": list("abcdef"), "rotulo": [1, 1.0, 2.5, True, " x ", np.int64(7)]}, index=[3, 3, 3, 9, 9, 9]
    )
    table = only(frame)
    assert table.label == ["1", "1", "2.5", "True", "x", "7"]
    assert table.source == "DataFrame"
    assert str(table.where(0)) == "row 0"


@pytest.mark.parametrize(
    "label", [[1.0, 2.0, None], pd.array([1, 2, None], dtype="Int64"), pd.Categorical(["1", "2", None])]
)
def test_missing_labels_of_any_kind(label: object) -> None:
    table = only(pd.DataFrame({"texto": ["a", "b", "c"], "rotulo": label}))
    assert table.label == ["1", "2"]
    assert table.dropped == {"empty label": [2]}


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT, "", " \t\n"])
def test_missing_texts_of_any_kind(missing: object) -> None:
    frame = pd.DataFrame({"texto": pd.Series(["a", missing, 3], dtype=object), "rotulo": ["x", "y", "z"]})
    table = only(frame)
    assert table.text == ["a", "3"]
    assert notes(table)[-1] == "left out: 1 row without text (row 1)"


def test_words_that_mean_missing_elsewhere_are_texts(tmp_path: Path) -> None:
    table = only(csv_file(tmp_path / "a.csv", "texto,rotulo\nNA,null\nnull,None\nnan,NA\n"))
    assert table.text == ["NA", "null", "nan"]
    assert table.label == ["null", "None", "NA"]


@pytest.mark.parametrize(
    "written",
    [
        "Boi gordo\u200b",
        "\ufeffBoi gordo",
        "Boi\u2060 gor\u00addo",
        "Boi\u200d gordo\u200c",
        "Boi\u00a0gordo",
        "Boi\u202fgordo",
        " \u200e\u3000Boi gordo \u200f ",
    ],
)
def test_labels_that_look_alike_are_one_class_and_that_is_said(written: str) -> None:
    table = only(pd.DataFrame({"texto": ["a", "b", "c"], "rotulo": ["Boi gordo", written, written]}))
    assert set(table.label or []) == {"Boi gordo"}
    assert (
        "2 labels with invisible signs, unusual blanks or accents stored apart: read as they look"
        in notes(table)
    )


def test_of_labels_only_what_cannot_be_seen_is_changed() -> None:
    labels = ["👩\u200d🌾", "می\u200cخواهم", "❤\ufe0f", "क्\u200dष", "🏴\U000e0067\U000e007f", "C++", "a  b"]
    table = only(pd.DataFrame({"texto": list("abcdefg"), "rotulo": labels}))
    assert table.label == labels
    assert not any("invisible" in each for each in notes(table))


def test_accents_stored_apart_make_no_other_class() -> None:
    table = only(pd.DataFrame({"texto": ["a", "b"], "rotulo": ["Ra\u00e7\u00e3o", "Rac\u0327a\u0303o"]}))
    assert table.label == ["Ração", "Ração"]


def test_what_damaged_letters_need_to_be_repaired_stays() -> None:
    frame = pd.DataFrame({"texto": ["a", "b"], "rotulo": ["FamÃ\u00adlia", "Ã\u00a0s 10h"]})
    assert only(frame).label == frame["rotulo"].tolist()
    assert only(frame, fix_encoding=True).label == ["Família", "às 10h"]


@pytest.mark.parametrize("nothing", ["\u200b", " \ufeff \u00ad", "\u200d\u200c", "\u2060\u00a0\n", "\u3164"])
def test_a_text_or_label_of_invisible_signs_is_empty(nothing: str) -> None:
    frame = pd.DataFrame({"texto": ["a", nothing, "c"], "rotulo": ["x", "y", nothing]})
    assert only(frame).dropped == {"empty text": [1], "empty label": [2]}


def test_texts_keep_their_invisible_signs() -> None:
    texts = ["👩\u200d🌾", "so\u00adja\u200b", "\ufeffmilho"]
    assert only(pd.DataFrame({"texto": texts, "rotulo": ["x", "y", "z"]})).text == texts


def test_a_column_name_with_invisible_signs_is_known(tmp_path: Path) -> None:
    table = only(csv_file(tmp_path / "a.csv", "id;tex\u00adto\u200b;\u200eRótulo\u00a0\n1;a;x\n"))
    assert table.text == ["a"]
    assert table.label == ["x"]


def test_bad_rows_can_be_an_error(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", "texto;rotulo\n" + ";x\n" * 12 + "a;\nb;y\n")
    with pytest.raises(DataError) as caught:
        read_source(path, on_bad_rows="error")
    assert str(caught.value) == (
        f"{path}: 12 rows without text (lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more); 1 row without label "
        "(line 14): fill or delete them, or have them left out with --data.on_bad_rows drop"
    )
    assert only(csv_file(path, "texto;rotulo\na;x\n"), on_bad_rows="error").text == ["a"]


def test_a_divided_source_says_what_is_left_out_once(tmp_path: Path) -> None:
    for name in ("treino", "teste", "extra"):
        csv_file(tmp_path / f"{name}.csv", "texto;rotulo\na;x\nb;y\n")
    tables = read_source(tmp_path)
    assert list(tables) == ["train", "test"]
    assert notes(tables["train"])[0] == f'other files in {tmp_path} left out: "extra.csv"'
    assert not any("left out" in note for note in notes(tables["test"]))


def test_a_test_split_without_labels_is_left_out() -> None:
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["x", "y"])}
    )
    parts = {name: datasets.Dataset.from_dict({"text": ["a", "b"], "label": labels}, features=features) for name, labels in (("train", [0, 1]), ("test", [-1, -1]))}  # fmt: skip
    tables = read_source(datasets.DatasetDict(parts))
    assert list(tables) == ["train"]
    assert notes(tables["train"])[0] == "DatasetDict (test) left out, for it has no labels"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("texto;rotulo\n", r'only a header \("texto", "rotulo"\), no rows: add some under it'),
        (
            "texto;rotulo\n;x\na;\n",
            r"no row is left: 1 row without text \(line 2\); 1 row without label \(line 3\): "
            'fill the columns "texto" and "rotulo"',
        ),
        ("foo;bar\na;x\n", 'no label column found among "foo", "bar"'),
    ],
)
def test_tables_without_use(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_source(csv_file(tmp_path / "a.csv", content))


def test_a_table_to_predict_without_texts_is_not_asked_for_labels(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", "texto;valor\n;1\n;2\n")
    with pytest.raises(DataError, match=r'2 rows without text .*: fill the column "texto", or name another$'):
        read_source(path, need_labels=False)


def test_a_frame_without_columns_or_with_twins() -> None:
    with pytest.raises(DataError, match="DataFrame: the table has no columns"):
        read_source(pd.DataFrame())
    with pytest.raises(DataError, match='DataFrame: the column "texto" stands more than once'):
        read_source(pd.DataFrame([["a", "b", "x"]], columns=["texto", "texto", "rotulo"]))


def test_a_list_is_no_label(tmp_path: Path) -> None:
    lines = [{"texto": "a", "rotulo": "x"}, {"texto": "b", "rotulo": ["x", "y"]}]
    path = csv_file(tmp_path / "a.jsonl", "\n".join(map(json.dumps, lines)))
    with pytest.raises(
        DataError, match=r'line 2, column "rotulo": a list where a text or a number should stand'
    ):
        read_source(path)


def test_a_file_without_the_right_to_read_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = csv_file(tmp_path / "a.csv", "texto;rotulo\na;x\n")

    def refused(self: Path, mode: str) -> None:
        raise PermissionError(
            13, "Permission denied", str(self)
        )  # the tests may run as root, who may read all

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(
        DataError, match=r"a.csv: cannot be read \(permission denied\): check the path and your right"
    ):
        read_source(path)


def test_a_million_rows_are_few_megabytes_of_labels(tmp_path: Path) -> None:
    table = only(csv_file(tmp_path / "a.csv", "texto;rotulo\n" + "soja;lavoura\nboi;gado\n" * 50_000))
    assert table.label is not None
    assert len({id(label) for label in table.label}) == 2


def test_a_text_that_is_nothing_once_repaired_is_left_out():
    frame = pd.DataFrame({"texto": ["&nbsp;", "&nbsp;soja", "milho"], "rotulo": ["a", "b", "a"]})
    table = read_source(frame, fix_encoding=True)["all"]
    assert table.text == ["soja", "milho"]
    assert table.dropped == {"empty text": [0]}
    assert read_source(frame)["all"].text == ["&nbsp;", "&nbsp;soja", "milho"]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_of_long_texts_the_beginning_is_read_and_the_rows_are_said(tmp_path: Path, name: str) -> None:
    cells = ["é" * 12, "b", " " + "c" * 10 + " ", "d" * 11]
    if name == "a.csv":
        csv_file(tmp_path / name, "texto;rotulo\n" + "".join(f"{cell};x\n" for cell in cells))
    else:
        lines = (json.dumps({"texto": cell, "rotulo": "x"}) for cell in cells)
        (tmp_path / name).write_text("\n".join(lines))
    table = only(tmp_path / name, max_characters=10)
    assert table.text == ["é" * 10, "b", "c" * 10, "d" * 10]
    assert table.frame["texto"].tolist() == cells
    lines = "2 and 5" if name == "a.csv" else "1 and 4"
    assert notes(table)[-1] == (
        f"2 texts longer than --data.max_characters (10), of which only the beginning is read (lines {lines})"
    )
    assert only(tmp_path / name, max_characters=None).text[0] == "é" * 12
    assert not any("longer" in note for note in notes(only(tmp_path / name)))


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("\u200b" * 3 + "abc", "ab"),
        ("\u200b" * 3 + "ab", "ab"),
        ("\u2800\u200b abc", "ab"),
        ("a\u200b\u200bbc", "ab"),
        ("a\u200bb\u200b", "ab"),
        ("\u200b" * 3, None),
    ],
)
def test_signs_that_are_not_seen_do_not_count(cell: str, read: str | None) -> None:
    table = only(pd.DataFrame({"texto": [cell, "b"], "rotulo": ["x", "y"]}), max_characters=2)
    assert ["".join(filter(str.isalpha, text)) for text in table.text] == [read, "b"][read is None :]
    assert any("longer" in note for note in notes(table)) == ("c" in cell)


def test_long_texts_are_repaired_as_far_as_they_are_read() -> None:
    frame = pd.DataFrame({"texto": ["nÃ£o " * 5, "nÃ£o"], "rotulo": ["x", "y"]})
    table = only(frame, fix_encoding=True, max_characters=10)
    assert table.text == ["não não", "não"]
    assert table.as_written(0) == "nÃ£o nÃ£o "
