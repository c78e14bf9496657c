"""A file of plain text, a text in each line."""

import gzip
from pathlib import Path

import pytest

from finetune.data.reading import lines
from finetune.data.reading.lines import TEXT, text_file
from finetune.data.reading.sheets import ANY, Wish
from finetune.errors import DataError


def texts(path: Path, most: int | None = 1000) -> list[str]:
    stream = text_file(most)(path, None, ANY)
    found = [text.rstrip("\r\n") for frame in stream.frames() for text in frame[TEXT]]
    assert len(found) == stream.rows
    return found


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_each_line_is_a_text_whatever_it_looks_like(tmp_path: Path, end: str, encoding: str) -> None:
    written = ['não, disse "ele', "", "a;b\tc", "ção\u00a0", "última"]
    path = tmp_path / "t.txt"
    path.write_bytes(end.join(written).encode(encoding))
    assert texts(path) == written
    path.with_suffix(".txt.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert texts(path.with_suffix(".txt.gz")) == written


@pytest.mark.parametrize("at_once", [3, 7, 1 << 16])
def test_of_a_long_line_little_more_than_its_beginning_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(lines, "AT_ONCE", at_once)
    path = tmp_path / "t.txt"
    path.write_text(f"boi\n{' ' * 50}{'vaca ' * 5000}\nmel\n{'a' * 20_000}", encoding="utf-8")
    first, second, third, last = texts(path, 10)
    assert (first, third) == ("boi", "mel")
    assert second.startswith("vaca vaca v")
    assert last.startswith("a" * 11)
    if at_once < 10:
        assert len(second) <= len(last) + at_once <= 10 + 2 * at_once
    assert [len(text) for text in texts(path, None)] == [3, 25_050, 3, 20_000]


def test_a_line_without_end_is_refused_where_all_of_it_is_to_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from finetune.data.reading import limits

    monkeypatch.setattr(limits, "LONGEST_LINE", 100)
    (tmp_path / "t.txt").write_text("boi\n" + "vaca " * 99)
    assert len(texts(tmp_path / "t.txt", 20)) == 2
    with pytest.raises(DataError, match=r"t\.txt: line 2 is longer than 100 characters"):
        texts(tmp_path / "t.txt", None)


@pytest.mark.parametrize(
    ("first", "wish", "is_table"),
    [
        ("texto;rotulo", ANY, True),
        ("id,Texto", ANY, True),
        ("texto", ANY, False),
        ("O texto, que é longo, começa aqui", ANY, False),
        ("a fala;n", ANY, False),
        ("a fala;n", Wish(text_column="A Fala", optional=True), True),
        ("a soja;n", Wish(text_column="A Fala", optional=True), False),
        ("título\na;b", Wish(header_line=2), True),
    ],
)
def test_the_first_line_tells_a_table(tmp_path: Path, first: str, wish: Wish, is_table: bool) -> None:
    path = tmp_path / "t.txt"
    path.write_text(f"{first}\nboi;1\nvaca;2\n", encoding="utf-8")
    columns = list(text_file(1000)(path, None, wish).columns.columns)
    assert (columns != [TEXT]) == is_table


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "t.txt").touch()
    with pytest.raises(DataError, match="the file is empty: give one with a text in each line"):
        text_file(1000)(tmp_path / "t.txt", None, ANY)
