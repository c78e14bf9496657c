"""JSON Lines and JSON arrays, and what is wrong with them."""

import gzip
import json
from contextlib import suppress
from pathlib import Path

import pytest

from finetune.data.reading.json_lines import read_json
from finetune.errors import DataError

RECORDS = [{"texto": "maçã, pé", "rotulo": 1}, {"texto": "NA", "rotulo": None}, {"texto": "c\nd", "extra": 2}]


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_lines(tmp_path: Path, encoding: str, ascii_only: bool) -> None:
    lines = "\n".join(json.dumps(record, ensure_ascii=ascii_only) for record in RECORDS)
    frame, dialect = read_json(written(tmp_path / "a.jsonl", lines.encode(encoding)))
    assert frame["texto"].tolist() == ["maçã, pé", "NA", "c\nd"]
    assert frame["rotulo"].tolist() == [1, None, None]  # whole numbers stay whole
    assert frame["extra"].tolist()[2] == 2
    assert (dialect.first_line, dialect.unit, dialect.suffix) == (1, "line", ".jsonl")


def test_an_array(tmp_path: Path) -> None:
    frame, dialect = read_json(written(tmp_path / "a.json.gz", gzip.compress(json.dumps(RECORDS).encode())))
    assert len(frame) == 3
    assert (dialect.unit, dialect.suffix, dialect.compressed) == ("row", ".json", True)


def test_an_empty_line_is_an_empty_row_but_not_at_the_end(tmp_path: Path) -> None:
    frame, _ = read_json(written(tmp_path / "a.jsonl", '{"texto": "a"}\n\n{"texto": "b"}\n\n\n'))
    assert frame["texto"].fillna("").tolist() == ["a", "", "b"]


def test_not_a_number_is_a_missing_cell(tmp_path: Path) -> None:
    frame, _ = read_json(written(tmp_path / "a.jsonl", '{"texto": NaN, "n": 1}\n{"texto": "b", "n": NaN}\n'))
    assert frame["texto"].fillna("").tolist() == ["", "b"]
    assert frame["n"].isna().tolist() == [False, True]


@pytest.mark.parametrize("deep", [300, 800, 900, *range(930, 1000)])
def test_however_deep_a_cell_is_it_is_read_or_refused(tmp_path: Path, deep: int) -> None:
    path = written(tmp_path / "a.jsonl", '{"texto": "a", "mais": ' + "[" * deep + "]" * deep + "}\n")
    with suppress(DataError):
        read_json(path)


def test_columns_come_as_they_first_appear(tmp_path: Path) -> None:
    first, second = ["texto", *"zyxwvu", "rotulo"], [*"abcdefgh", "texto"]
    lines = "\n".join(json.dumps(dict.fromkeys(names, "x")) for names in (first, second))
    frame, _ = read_json(written(tmp_path / "a.jsonl", lines))
    assert list(frame.columns) == [*first, *"abcdefgh"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ('{"texto": "a"}\n{"texto": "b"\n', r"line 2 is not JSON \(.*write one object a line"),
        ('{\n "texto": "a"\n\n', "line 1 is not JSON .*write one object a line, or one array of objects"),
        ('{\n "texto": "a"\n}\n{\n "texto" "b"}\n', "line 1 is not JSON .*write one object a line"),
        ('{"texto": "a"}\n["a", "b"]\n', "line 2 is of type list, not an object: write"),
        ('[{"texto": "a"},\n{"texto": "b"}', "line 2 is not JSON .*is the array cut short"),
        ("[1, 2]", "row 1 is of type int, not an object"),
        ('{"texto": "a"}\n{"texto": "boi \\ud83d"}\n', "line 2, 'texto': half of an emoji"),
        ('{"tex\\udc00": "a"}\n', "line 1, .*: half of an emoji"),
        (b'{"texto": "a\0"}\n', "a NUL byte in line 1"),
        (b"PAR1abc", "a Parquet file"),
        ('{"texto": "a", "mais": ["b", {"c": "\\udc00"}]}\n', "line 1, 'mais': half of an emoji"),
        (
            '{"a": 1}\n{"a": ' + "7" * 5000 + "}\n",
            "line 2 has a number of more than 4300 digits: write it as a text",
        ),
        (
            '[{"a": "' + "7" * 5000 + '"},\n{"a": -' + "7" * 5000 + "}]",
            "line 2 has a number of more than 4300 digits",
        ),
        (
            '{"a": 1}\n{"a": ' + "[" * 2000 + "]" * 2000 + "}\n",
            "line 2 has lists or objects within each other",
        ),
        (
            '[{"a": "[[[["},\n{"a": ' + '{"a":' * 2000 + "1" + "}" * 2000 + "}]",
            "line 2 has lists or objects within",
        ),
        ("[" * 100_000, "line 1 has lists or objects within each other, over 100 deep"),
        ('{"a": "Infinity"}\n{"a": Infinity}\n', "line 2 has the number Infinity, which JSON does not have"),
        ('[{"a": "Infinity"},\n{"a": -Infinity}]', "line 2 has the number Infinity"),
    ],
)
def test_bad_files(tmp_path: Path, content: str | bytes, message: str) -> None:
    path = written(tmp_path / "a.jsonl", content)
    with pytest.raises(DataError, match=message) as caught:
        read_json(path)
    assert str(path) in str(caught.value)
