"""What comes by standard input, as a file of its kind."""

import gzip
import io
import json

import pandas as pd
import pytest

from finetune.data.reading.standard_input import spooled
from finetune.data.tables import read_source
from finetune.errors import DataError
from finetune.language.say import Message
from finetune.language.which import speaking

TEXTS = ["boi, gordo", 'a "vaca"', "chuva não"]
FRAME = pd.DataFrame({"id": [1, 2, 3], "texto": TEXTS})


def as_csv(encoding="utf-8", sep=",", names=("id", "texto")):
    return FRAME.set_axis(list(names), axis=1).to_csv(index=False, sep=sep).encode(encoding)


def as_workbook():
    stream = io.BytesIO()
    FRAME.to_excel(stream, index=False)
    return stream.getvalue()


def as_parquet():
    stream = io.BytesIO()
    FRAME.to_parquet(stream)
    return stream.getvalue()


ROWS = FRAME.to_dict("records")
SOURCES = {
    "csv": (as_csv(), "stdin.csv"),
    "semicolons": (as_csv(sep=";", encoding="cp1252"), "stdin.csv"),
    "tabs": (as_csv(sep="\t", encoding="utf-8-sig"), "stdin.csv"),
    "utf-16": (as_csv(encoding="utf-16"), "stdin.csv"),
    "one column": (FRAME[["texto"]].to_csv(index=False).encode(), "stdin.csv"),
    "gzip": (gzip.compress(as_csv()), "stdin.csv.gz"),
    "json lines": ("\n".join(json.dumps(row) for row in ROWS).encode(), "stdin.jsonl"),
    "json": (json.dumps(ROWS, indent=1).encode(), "stdin.json"),
    "json in a line": (json.dumps(ROWS).encode(), "stdin.json"),
    "xlsx": (as_workbook(), "stdin.xlsx"),
    "parquet": (as_parquet(), "stdin.parquet"),
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_table_of_any_kind_is_known_by_its_content(tmp_path, name):
    content, expected = SOURCES[name]
    path, lines = spooled(io.BytesIO(content), tmp_path, names=["texto"])
    assert (path.name, lines) == (expected, False)
    (table,) = read_source(path, need_labels=False).values()
    assert table.text == TEXTS
    assert [file.name for file in tmp_path.iterdir()] == [expected]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-8-sig", "utf-16"])
def test_without_a_header_that_names_texts_every_line_is_one(tmp_path, encoding, packed):
    content = "\r\n".join([TEXTS[0], "", f"  {TEXTS[1]} ", TEXTS[2], ""]).encode(encoding)
    path, lines = spooled(
        io.BytesIO(gzip.compress(content) if packed else content), tmp_path, names=["Relato"]
    )
    assert lines
    (table,) = read_source(path, text_column="Relato", need_labels=False).values()
    assert table.text == TEXTS


def test_a_column_that_the_run_knows_is_a_header_too(tmp_path):
    content = as_csv(names=("id", "Relato do produtor"))
    path, lines = spooled(io.BytesIO(content), tmp_path, names=["relato do produtor"])
    assert not lines
    (table,) = read_source(path, text_column="relato do produtor", need_labels=False).values()
    assert table.text == TEXTS


@pytest.mark.parametrize(
    "first", ["Texto bom é curto, e este não é um cabeçalho", "[1] boi", "{estado} chuva", "{"[:0] + "boi"]
)
def test_a_sentence_is_no_header(tmp_path, first):
    _, lines = spooled(io.BytesIO(f"{first}\nvaca\n".encode()), tmp_path, names=["texto"])
    assert lines


def test_a_sentence_that_begins_with_a_name_is_no_header_where_the_next_line_is_cut_otherwise(tmp_path):
    for number, (content, expected) in enumerate(
        [
            ("texto, que bom\nsoja\n", True),
            ("texto, que bom\n", False),
            ('id,texto\n1,"soja\nmilho"\n', False),
            ('texto,id\n"soja\nmilho",1\n', False),
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert spooled(io.BytesIO(content.encode()), folder, names=["texto"])[1] is expected, content


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"texto": "o boi gor', "line 1 is not JSON"),
        (b'{"texto": "o boi"}\n{"texto": "a ch', "line 2 is not JSON"),
        (b"texto;id\n;1\n", "."),
    ],
)
def test_what_is_wrong_with_it_is_told_of_standard_input_and_of_no_path(tmp_path, content, told):
    path, _ = spooled(io.BytesIO(content), tmp_path / "", names=["texto"])
    with pytest.raises(DataError, match=f"^standard input: .*{told}") as refused:
        read_source(path, need_labels=False)
    assert str(tmp_path) not in str(refused.value)
    with speaking("pt"):
        assert str(refused.value.message).startswith(str(Message("standard input")))


@pytest.mark.parametrize("content", [b"", b"\n \n", gzip.compress(b"", mtime=0)])
def test_nothing_is_refused(tmp_path, content):
    with pytest.raises(DataError, match="nothing came by standard input"):
        spooled(io.BytesIO(content), tmp_path, names=["texto"])


def test_what_is_no_text_is_refused(tmp_path):
    with pytest.raises(DataError):
        spooled(io.BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(200)), tmp_path, names=["texto"])
    with pytest.raises(DataError, match="broken gzip"):
        spooled(io.BytesIO(gzip.compress(as_csv())[:15]), tmp_path, names=["texto"])
