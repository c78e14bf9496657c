"""Delimited text as people send it: delimiters, encodings, quotes, and what is wrong with it."""

import codecs
import csv
import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune.data.reading.delimited import read_delimited
from finetune.errors import DataError

LETTERS = "abc ãéíõüçÁÊ0123456789.!?"


def written(path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def rows(path: Path) -> list[list[str]]:
    frame, _ = read_delimited(path)
    return [list(frame.columns), *frame.to_numpy().tolist()]


@settings(max_examples=150, deadline=None)
@given(
    data=st.data(),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_csv_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, delimiter: str, encoding: str, quoting: int
) -> None:
    marks = st.sampled_from(LETTERS + ",;\t|\"\n'")
    anything = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    text = st.text(marks if encoding == "cp1252" else marks | anything, min_size=1, max_size=40)
    texts = data.draw(st.lists(text, min_size=1, max_size=8))
    table = [["texto", "rotulo"], *([text, f"classe {place % 3}"] for place, text in enumerate(texts))]
    path = tmp_path_factory.mktemp("csv") / "dados.csv"
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=delimiter, quoting=quoting).writerows(table)
    assert rows(path) == table


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_among_texts_full_of_the_others(tmp_path: Path, delimiter: str) -> None:
    others = "milho, soja, trigo; boi | vaca"
    text = others.replace(delimiter, " ")
    path = written(tmp_path / "a.csv", f"texto{delimiter}rotulo\n" + f"{text}{delimiter}x\n" * 5)
    _, dialect = read_delimited(path)
    assert dialect.delimiter == delimiter
    assert rows(path)[1] == [text, "x"]


def test_a_header_with_a_comma_in_a_semicolon_file(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "texto, em português;rotulo\na, b, c;x\nd;y\ne, f;x\n")
    assert rows(path)[0] == ["texto, em português", "rotulo"]


def test_one_column_keeps_the_commas_of_its_texts(tmp_path: Path) -> None:
    path = written(tmp_path / "novos.csv", 'texto\nO milho, a soja; o boi\n"entre aspas, sim"\n')
    _, dialect = read_delimited(path)
    assert rows(path) == [["texto"], ["O milho, a soja; o boi"], ["entre aspas, sim"]]
    assert dialect.delimiter == ";"
    assert list(map(str, dialect.remarks)) == ["one column, encoding utf-8"]


@pytest.mark.parametrize(
    ("encoding", "name", "bom"),
    [
        ("utf-8", "utf-8", False),
        ("utf-8-sig", "utf-8", True),
        ("utf-16", "utf-16", True),
        ("cp1252", "cp1252", False),
        ("latin-1", "cp1252", False),
    ],
)
def test_the_encoding_is_found_and_said(tmp_path: Path, encoding: str, name: str, bom: bool) -> None:
    table = 'texto;rotulo\n"ação de irrigação à tarde";manejo\nvacinação, aftosa;sanidade\n'
    path = written(tmp_path / "a.csv", table, encoding)
    frame, dialect = read_delimited(path)
    assert frame["texto"].tolist() == ["ação de irrigação à tarde", "vacinação, aftosa"]
    assert (dialect.encoding, dialect.bom) == (name, bom)
    assert f"encoding {name}{' with BOM' if bom else ''}" in str(dialect.remarks[0])
    again = frame.to_csv(sep=";", index=False, encoding=dialect.codec)
    assert again is not None
    assert path.read_bytes().startswith(codecs.BOM_UTF8) == (dialect.codec == "utf-8-sig")


@pytest.mark.parametrize("encoding", ["cp850", "mac_roman"])
def test_old_encodings_of_dos_and_mac(tmp_path: Path, encoding: str) -> None:
    text = "A produção de feijão não é irrigada; há pragas e doenças até a estação das águas, então é preciso atenção"
    path = written(tmp_path / "a.csv", "texto|rotulo\n" + f"{text}|manejo\n" * 20, encoding)
    assert rows(path)[1] == [text, "manejo"]


def test_one_accent_far_down_does_not_change_the_rest(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", b"texto;rotulo\n" + b"soja;x\n" * 400_000 + "maçã;y\n".encode())
    frame, dialect = read_delimited(path)
    assert dialect.encoding == "utf-8"
    assert frame["texto"].iloc[-1] == "maçã"


def test_cells_are_strings_as_written(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "texto,rotulo,valor\nNA,null,007\nnan,None,1e5\n , ,\n")
    assert rows(path)[1:3] == [["NA", "null", "007"], ["nan", "None", "1e5"]]


@pytest.mark.parametrize(
    ("table", "decimal"),
    [
        ("texto;preço\na;1,5\nb;2,5\n", ","),
        ("texto;preço\na;1.5\nb;2.5\n", "."),
        ("texto;rotulo\na;b\n", ","),
        ("texto,rotulo\na,b\n", "."),
        ("texto\tpreço\na\t1.234,5\n", ","),
        ("texto\trotulo\na\tb\n", "."),
    ],
)
def test_the_decimal_mark(tmp_path: Path, table: str, decimal: str) -> None:
    _, dialect = read_delimited(written(tmp_path / "a.csv", table))
    assert dialect.decimal == decimal


def test_a_cell_longer_than_the_csv_modules_limit(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    long = "palavra " * 50_000
    assert rows(written(tmp_path / "a.csv", f"texto;rotulo\n{long};x\n"))[1] == [long, "x"]
    assert csv.field_size_limit() == before


def test_a_file_without_quoting_keeps_its_quotes(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tsv", 'texto\trotulo\n"Brasil" é o maior\tx\n5" de chuva\ty\n"aberta\tx\n')
    frame, dialect = read_delimited(path)
    assert frame["texto"].tolist() == ['"Brasil" é o maior', '5" de chuva', '"aberta']
    assert dialect.quoting == csv.QUOTE_NONE
    assert str(dialect.remarks[1]) == "quotes are taken as ordinary characters: no cell is quoted"


def test_empty_lines_before_the_header_are_counted(tmp_path: Path) -> None:
    frame, dialect = read_delimited(written(tmp_path / "a.csv", "\n\ntexto;rotulo\na;x\n"))
    assert list(frame.columns) == ["texto", "rotulo"]
    assert dialect.first_line == 4


def test_an_index_column_without_a_name(tmp_path: Path) -> None:
    assert rows(written(tmp_path / "a.csv", ",texto,rotulo\n0,a,x\n"))[0] == ["column 1", "texto", "rotulo"]


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("texto;;column 2", ["texto", "column 2 (2)", "column 2"]),
        (";Column_2 ;;column 1;column 1 (2)", ["column 1 (3)", "Column_2 ", "column 3", "column 1", "column 1 (2)"]),
    ],
)  # fmt: skip
def test_a_column_without_a_name_gets_one_that_is_free(tmp_path: Path, header: str, names: list[str]) -> None:
    assert rows(written(tmp_path / "a.csv", f"{header}\na;b;c\n"))[0] == names


@pytest.mark.parametrize("cell", ["um\x1fdois", "\x1f", "\x1fum", "um, dois\x1f", '"um\x1fdois"'])
def test_a_separator_of_units_in_one_column_is_a_sign_as_others(tmp_path: Path, cell: str) -> None:
    table = rows(written(tmp_path / "a.csv", f"texto\n{cell}\nboi\n"))
    assert table == [["texto"], [cell.strip('"')], ["boi"]]


def test_gzip(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv.gz", gzip.compress("texto;rotulo\nmaçã;x\n".encode("cp1252")))
    _, dialect = read_delimited(path)
    assert rows(path)[1] == ["maçã", "x"]
    assert (dialect.suffix, dialect.compressed) == (".csv", True)


GZ = gzip.compress(b"texto;rotulo\n" + bytes(range(65, 91)) * 50 + b";x\n", mtime=0)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "the file is empty: give one with a header and at least one row"),
        ("a.csv", b"\n  \n", "the file holds only blanks"),
        ("a.csv", b"texto;texto;rotulo\na;b;c\n", 'the column "texto" stands more than once in the header'),
        ("a.csv", b"texto;rotulo\na;x\nb\0c;y\n", r"a NUL byte in line 3 \(character 19 of the file\)"),
        ("a.csv", "texto;rotulo\na;x\n".encode("utf-16-le"), "a NUL byte in line 1 .*UTF-16 without"),
        ("a.csv", codecs.BOM_UTF16_LE + "texto;rotulo\na;x\n".encode("utf-16-le")[:-1], "begins as utf-16 with BOM, but line 2 is not utf-16"),
        ("a.csv", codecs.BOM_UTF8 + "texto;rotulo\nmaçã;x\n".encode("cp1252"), "begins as utf-8 with BOM, but line 2 is not"),
        ("a.csv", "texto;rotulo\nmaçã ação;x\npé de maçã;y\n".encode() + "pé;y\n".encode("cp1252"), "most of it is UTF-8, but line 4 is not"),
        ("a.csv", bytes(range(1, 32)) * 20 + b"\xff\xfe\x81", "not a text file"),
        ("a.csv", b"PK\x03\x04abc", "not a text table but a ZIP or Excel .xlsx file"),
        ("a.csv", b"%PDF-1.7 abc", "not a text table but a PDF"),
        ("a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file such as .xls"),
        ("a.csv", b"PAR1abc", "not a text table but a Parquet file"),
        ("a.csv", GZ, "not a text table but a gzip file"),
        ("a.csv.gz", b"texto;rotulo\na;x\n", "the gzip file is broken or cut short"),
        ("a.csv.gz", GZ[:-12], "the gzip file is broken or cut short"),
        ("a.csv.gz", GZ[:20] + b"\xff\xff" + GZ[22:], "the gzip file is broken or cut short"),
        ("a.csv.gz", gzip.compress(b"", mtime=0), "the file is empty"),
    ],
)  # fmt: skip
def test_bad_files(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = written(tmp_path / name, content)
    with pytest.raises(DataError, match=message) as caught:
        read_delimited(path)
    assert str(path) in str(caught.value)


def test_a_nul_byte_far_down(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", b"texto;rotulo\n" + b"soja;x\n" * 300_000 + b"a\0;x\n")
    with pytest.raises(DataError, match="a NUL byte in line 300002 "):
        read_delimited(path)
