"""Addresses and paths of Windows, where a path is expected."""

from pathlib import Path

import pytest

from finetune.data.reading.addresses import refuse_address
from finetune.data.reading.sources import load
from finetune.errors import DataError

SHEET = "docs.google.com/spreadsheets/d/1abc/edit?usp=sharing#gid=0"
WINDOWS = r"C:\Users\ana\Meus dados\dados.csv"


@pytest.mark.parametrize(
    ("source", "remedy"),
    [
        (f"https://{SHEET}", r"File > Download > Microsoft Excel \(.xlsx\), and give the path"),
        (SHEET, "File > Download > Microsoft Excel"),
        ("https://drive.google.com/file/d/1abc/view", "File > Download"),
        (
            "https://huggingface.co/datasets/org/agro",
            "of a data set of the hub give the name alone, org/agro$",
        ),
        ("https://huggingface.co/datasets/org/agro/viewer/default/train?p=1", "alone, org/agro$"),
        ("https://hf.co/datasets/imdb/tree/main", "alone, imdb$"),
        ("huggingface.co/datasets/org/agro/", "alone, org/agro$"),
        ("hf://datasets/org/agro@main/data.csv", "alone, org/agro$"),
        ("HTTP://example.com/dados.csv", "download the table, and give the path of that file$"),
        ("www.example.com/dados.csv", "download the table"),
        ("ftp://example.com/dados.csv", "copy the table to this computer"),
        ("s3://balde/dados.csv", "copy the table to this computer"),
        ("gs://balde/dados.csv", "copy the table to this computer"),
        ("file:///home/ana/os%20dados.csv", "give its path alone, /home/ana/os dados.csv$"),
        ("file:///C:/Users/ana/dados.csv", "give its path alone, /mnt/c/Users/ana/dados.csv$"),
        (WINDOWS, "a path of Windows, .*: give /mnt/c/Users/ana/Meus dados/dados.csv$"),
        ("d:/dados.csv", "a path of Windows, whose drives .*: give /mnt/d/dados.csv$"),
        (r"pasta\dados.csv", "a path of Windows, .*: give pasta/dados.csv$"),
    ],
)
@pytest.mark.parametrize("kind", [str, Path])
def test_each_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type, source: str, remedy: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=remedy):
        load(kind(source), reader=None)


@pytest.mark.parametrize(
    "source", ["dados.csv", "/tmp/a.csv", "org/agro", "http", "s3/dados.csv", "a:b.csv", "c.csv"]
)
def test_a_path_is_no_address(source: str) -> None:
    refuse_address(source)


def test_a_file_of_such_a_name_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(r"a\b.csv").write_text("texto;rotulo\nboi;x\n")
    assert len(load(r"a\b.csv", reader=None)[0]["all"].frame) == 1
