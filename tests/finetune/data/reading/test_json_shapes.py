"""Tables as programs write them into JSON: in one object, or in objects over several lines."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from finetune.data.reading.json_lines import read_json
from finetune.data.tables import read_source
from finetune.errors import DataError

ROWS = [{"texto": "maçã, pé", "rotulo": "x"}, {"texto": "soja", "rotulo": "y"}]
FRAME = pd.DataFrame(ROWS)
COLUMNS = {"texto": ["maçã, pé", "soja"], "rotulo": ["x", "y"]}


def written(path: Path, content: Any, *, indent: int | None = None) -> Path:
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, indent=indent)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("orient", ["records", "columns", "index", "split", "table"])
def test_what_pandas_writes(tmp_path: Path, orient: Any, indent: int | None, name: str) -> None:
    path = written(tmp_path / name, FRAME.to_json(orient=orient, indent=indent, force_ascii=False))
    table = read_source(path)["all"]
    assert (table.text, table.label) == (["maçã, pé", "soja"], ["x", "y"])
    assert table.dialect.unit == "row"
    assert str(table.dialect.remarks[0]).startswith("a JSON ")


@pytest.mark.parametrize("orient", ["columns", "index"])
def test_an_index_that_is_more_than_numbers_is_kept(tmp_path: Path, orient: Any) -> None:
    path = written(tmp_path / "a.json", FRAME.set_index(pd.Index(["17", "3"])).to_json(orient=orient))
    frame, _ = read_json(path)
    assert frame["index"].tolist() == ["17", "3"]
    assert frame["texto"].tolist() == COLUMNS["texto"]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    ("content", "what"),
    [
        ({"data": ROWS}, 'a JSON object with the rows in "data"'),
        ({"qualquer": ROWS}, 'a JSON object with the rows in "qualquer"'),
        ({"count": 2, "next": None, "results": ROWS, "meta": {"a": 1}}, 'the rows in "results"'),
        ({"Dados": ROWS, "avisos": []}, 'the rows in "Dados"'),
        (COLUMNS, "a JSON object of columns"),
        ({"columns": list(COLUMNS), "data": [list(row.values()) for row in ROWS]}, 'names in "columns"'),
        ({"10": ROWS[0], "20": ROWS[1]}, "a JSON object of rows"),
        ({"a": ROWS[0], "b": {**ROWS[1], "extra": 1}}, "a JSON object of rows"),
    ],
)
def test_what_other_programs_write(tmp_path: Path, content: Any, what: str, indent: int | None) -> None:
    frame, dialect = read_json(written(tmp_path / "a.json", content, indent=indent))
    assert frame[["texto", "rotulo"]].to_dict("records") == ROWS
    assert what in str(dialect.remarks[0])


def test_names_that_only_the_user_knows(tmp_path: Path) -> None:
    frame = pd.DataFrame({"fala": ["a", "b"], "tipo": ["x", "y"]})
    for orient in ("columns", "index"):
        path = written(tmp_path / "a.json", frame.to_json(orient=orient))  # type: ignore[call-overload]
        table = read_source(path, text_column="fala", label_column="tipo")["all"]
        assert (table.text, table.label) == (["a", "b"], ["x", "y"])


@pytest.mark.parametrize("between", ["", "\n", "\n\n\n"])
def test_objects_over_several_lines(tmp_path: Path, between: str) -> None:
    text = between.join(json.dumps(row, ensure_ascii=False, indent=2) for row in ROWS)
    frame, dialect = read_json(written(tmp_path / "a.jsonl", text + between))
    assert frame.to_dict("records") == ROWS
    assert str(dialect.remarks[0]) == "JSON objects over several lines, encoding utf-8"
    assert len(read_json(written(tmp_path / "b.json", ROWS[0], indent=1))[0]) == 1


@pytest.mark.parametrize(
    "content",
    [
        {"texto": "a", "rotulo": "x", "anexos": [{"nome": "b"}]},
        {"texto": "a", "data": [{"nome": "b"}]},
        {"texto": "a", "mais": {"b": 1}},
        {"texto": "a", "lista": ["b"]},
        {"id": 1},
    ],
)
def test_one_row_stays_a_row(tmp_path: Path, content: Any) -> None:
    frame, dialect = read_json(written(tmp_path / "a.jsonl", content))
    assert frame.to_dict("records") == [content]
    assert (dialect.unit, str(dialect.remarks[0])) == ("line", "JSON Lines, encoding utf-8")
    frame, _ = read_json(written(tmp_path / "a.jsonl", f"{json.dumps(content)}\n\n{json.dumps(content)}\n"))
    assert len(frame) == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([["maçã", "x"], ["soja", "y"]], r"the rows are arrays, whose cells have no names: export .* orient=\"records\""),
        ({"data": [["maçã", "x"]]}, "the rows are arrays"),
        ({"columns": ["texto"], "data": [["a", "x"]]}, 'the rows in "data" do not fit the names in "columns"'),
        ({"columns": {"texto": 1}, "data": []}, 'the rows in "data" do not fit'),
        ({"columns": [["a", "texto"], ["a", "b"]], "data": [["a", "x"]]}, 'the names in "columns" are no texts'),
        ({"a": {"b": 1}, "c": {"b": 2}}, r"whose names \(\"a\", \"c\"\) do not tell columns from rows: export"),
        ({"0": {"0": "a", "1": "b"}}, "do not tell columns from rows"),
        ({"texto": {"categoria": "a"}}, "do not tell columns from rows"),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_refused(tmp_path: Path, content: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_json(written(tmp_path / "a.json", content))


@pytest.mark.parametrize("content", [BY_COLUMN := {"fala": {"ana": "oi", "bia": "boi"}, "dia": {"ana": "1", "bia": "2"}}, {
    who: {name: cells[who] for name, cells in BY_COLUMN.items()} for who in ("ana", "bia")
}])  # fmt: skip
def test_names_of_the_user_tell_columns_from_rows(tmp_path: Path, content: Any) -> None:
    path = written(tmp_path / "a.json", content)
    with pytest.raises(DataError, match="do not tell columns from rows"):
        read_source(path, need_labels=False)
    for options in ({"text_column": "Fala"}, {"text_column": "fala", "label_column": "dia"}):
        table = read_source(path, need_labels="label_column" in options, **options)["all"]  # type: ignore[arg-type]
        assert (table.text, list(table.frame["index"])) == (["oi", "boi"], ["ana", "bia"])


def test_arrays_named_by_the_user_are_columns(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", {"fala": ["oi", "boi"], "dia": ["1", "2"]})
    assert read_source(path, text_column="fala", need_labels=False)["all"].text == ["oi", "boi"]


@pytest.mark.parametrize("between", ["", " ", ", ", ",\n", ",\n\n", "\n,\n"])
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("end", ["", "\n", ",\n"])
def test_objects_one_behind_the_other_are_rows(
    tmp_path: Path, between: str, indent: int | None, end: str
) -> None:
    rows = [json.dumps(row, indent=indent) for row in [*ROWS, *ROWS]]
    if between == "\n,\n" and indent is None:
        return  # a line that holds an object, and one that does not
    assert (
        read_json(written(tmp_path / "a.jsonl", between.join(rows) + end))[0].to_dict("records") == ROWS * 2
    )


def test_a_second_object_that_is_cut_short_is_told(tmp_path: Path) -> None:
    for content in ('{"texto": "a"}{"texto": ', '{"texto": "a"},\n{"texto": \n', '{"texto": "a"} x\n'):
        with pytest.raises(DataError, match="line 1 is not JSON"):
            read_json(written(tmp_path / "a.jsonl", content))


@pytest.mark.parametrize("between", ["\n", "\n\n", " "])
def test_an_array_a_line_has_no_names(tmp_path: Path, between: str) -> None:
    with pytest.raises(DataError, match="the rows are arrays, whose cells have no names"):
        read_json(written(tmp_path / "a.jsonl", f'["boi", "x"]{between}["soja", "y"]\n'))
    with pytest.raises(DataError, match="is the array cut short"):
        read_json(written(tmp_path / "a.jsonl", f'[{{"texto": "boi"}}]{between}[{{"texto": "soja"}}]\n'))
