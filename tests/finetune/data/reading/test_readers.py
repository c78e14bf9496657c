"""The table of readers, and the user's own."""

import sys
from pathlib import Path

import pytest

from finetune.data.reading.readers import READERS, read_file
from finetune.errors import ConfigError, DataError


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "dados.abc").write_text("soja=x\nboi=y\n")
    return tmp_path


def test_the_rows() -> None:
    assert set(READERS) == {"csv", "tsv", "txt", "jsonl", "ndjson", "json", "parquet", "xlsx", "xlsm"}


@pytest.mark.parametrize("name", ["a.csv", "a.TSV", "a.txt", "a.b.csv"])
def test_the_suffix_names_the_reader(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("texto\trotulo\na\tx\n")
    frame, dialect = read_file(tmp_path / name)
    assert frame.to_numpy().tolist() == [["a", "x"]]
    assert dialect.suffix == Path(name.lower()).suffix


@pytest.mark.parametrize(("name", "kind"), [("a.abc", ".abc"), ("dados", "dados"), ("a.ods2.gz", ".ods2")])
def test_an_unknown_suffix_lists_the_readers(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).write_text("x")
    with pytest.raises(
        DataError, match=rf'no reader for "{kind}" files: there are .csv, .tsv, .* --data.reader'
    ):
        read_file(tmp_path / name)


def test_a_named_row_reads_any_suffix(here: Path) -> None:
    (here / "dados.dat").write_text("texto;rotulo\na;x\n")
    frame, _ = read_file(here / "dados.dat", "csv")
    assert len(frame) == 1


def test_the_users_own_reader(here: Path) -> None:
    (here / "meu_leitor.py").write_text(
        "import pandas as pd\n"
        "from finetune.data.reading.dialect import Dialect\n"
        "def ler(path):\n"
        "    rows = [line.split('=') for line in path.read_text().splitlines()]\n"
        "    return pd.DataFrame(rows, columns=['texto', 'rotulo'])\n"
        "def com_dialeto(path):\n"
        "    return ler(path), Dialect(delimiter='=')\n"
        "def errado(path):\n"
        "    return 3\n"
    )
    frame, dialect = read_file(here / "dados.abc", "meu_leitor:ler")
    assert frame["texto"].tolist() == ["soja", "boi"]
    assert dialect.suffix == ".abc"
    assert read_file(here / "dados.abc", "meu_leitor:com_dialeto")[1].delimiter == "="
    with pytest.raises(
        DataError, match='the reader "meu_leitor:errado" gave something of type int: it must give a DataFrame'
    ):
        read_file(here / "dados.abc", "meu_leitor:errado")


def test_an_unknown_reader_lists_the_rows(here: Path) -> None:
    with pytest.raises(
        ConfigError, match=r'there is no reader "cvs": there are csv, json, .*or package.module:function'
    ):
        read_file(here / "dados.abc", "cvs")
