"""The file is the same to its last byte, however many windows the table was read and answered in."""

import logging
from pathlib import Path

import pytest

from tests.finetune.data.test_windows import ODD, make
from tests.finetune.evaluation.predicted.written import windows_of, write

KINDS = ["csv", "jsonl", "parquet"]
MORE = {name: [*KINDS, "tsv", "csv.gz", "xlsx"] for name in ("no quoting.csv", "typed.parquet", "livro.xlsx")}


@pytest.mark.parametrize("name", ODD)
def test_the_file_of_many_windows_is_that_of_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    path, kinds, said = make(tmp_path, name), MORE.get(name, KINDS), {}
    for size in (3, 1000):
        with caplog.at_level(logging.INFO):
            windows = windows_of(path, size=size)
            for kind in kinds:
                write(tmp_path / f"{size}.{kind}", windows)
        said[size] = sorted({message.replace(f"{size}.", "") for message in caplog.messages})
        caplog.clear()
    assert said[3] == said[1000]
    for kind in kinds:
        many, one = ((tmp_path / f"{size}.{kind}").read_bytes() for size in (3, 1000))
        if kind == "xlsx":  # whose head has the time
            many, one = (sheet_of(tmp_path / f"{size}.xlsx") for size in (3, 1000))
        assert many == one, kind


def sheet_of(path: Path) -> bytes:
    import zipfile

    with zipfile.ZipFile(path) as archive:
        return b"".join(archive.read(name) for name in sorted(archive.namelist()) if "docProps" not in name)
