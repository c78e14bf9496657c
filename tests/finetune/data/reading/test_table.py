"""Which row of a table is which line, in words: of one file, of several, of one with empty lines."""

from pathlib import Path

from finetune.data.reading.table import Table
from finetune.data.tables import read_source
from finetune.language.which import speaking


def csv_file(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def only(source: object) -> Table:
    return read_source(source)["all"]  # type: ignore[arg-type]


def notes(table: Table) -> list[str]:
    return [str(note) for note in table.notes]


def test_lines_in_several_files(tmp_path: Path) -> None:
    csv_file(tmp_path / "a.csv", "texto;rotulo\na;x\nb;y\n")
    csv_file(tmp_path / "b.csv", "texto;rotulo\nc;x\n;y\n")
    table = only(tmp_path)
    assert [str(table.where(position)) for position in range(4)] == [
        "line 2 of a.csv",
        "line 3 of a.csv",
        "line 2 of b.csv",
        "line 3 of b.csv",
    ]
    assert table.line(3) == 3
    assert str(table.where_all([1, 2])) == f"{tmp_path}: line 3 of a.csv and line 2 of b.csv"
    assert notes(table)[0] == '2 files read as one table: "a.csv", "b.csv"'
    assert notes(table)[-1] == "left out: 1 row without text (line 3 of b.csv)"
    with speaking("pt"):
        assert str(table.where_all([1, 2])) == f"{tmp_path}: linha 3 de a.csv e linha 2 de b.csv"


def test_lines_in_one_file_as_a_sentence_has_them(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", "texto;rotulo\n" + "".join(f"t{i};x\n" for i in range(30)))
    table = only(path)
    assert str(table.where_all([3])) == f"{path}, line 5"
    assert str(table.where_all([1, 17, 29])) == f"{path}, lines 3, 19 and 31"
    many = ", ".join(map(str, range(2, 22)))
    assert str(table.where_all(range(21))) == f"{path}, lines {many} and 1 more"
    assert str(table.where_all(range(20))) == f"{path}, lines {many.replace(', 21', '')} and 21"


def test_lines_of_json_lines(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.jsonl", '{"texto": "a", "rotulo": 1}\n\n{"texto": "b", "rotulo": 2}\n')
    table = only(path)
    assert [table.line(int(position)) for position in table.row] == [1, 3]
    assert table.label == ["1", "2"]
    assert notes(table)[-1] == "left out: 1 row without text (line 2)"
