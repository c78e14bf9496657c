"""A table that is not there is told by its name, as those are named that can be read."""

import pytest

from finetune.data.reading.not_there import READ, is_hub_id, refuse_missing
from finetune.data.reading.readers import READERS
from finetune.errors import DataError


def test_every_kind_that_has_a_reader_is_known_by_its_name():
    assert {f".{name}" for name in READERS} == READ


@pytest.mark.parametrize("name", ["dados.csv", "DADOS.CSV.gz", "dados.ods", "a/b/c", "meus dados", "./dados"])
def test_a_file_that_is_not_there_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="there is no f"):
        refuse_missing(name)


@pytest.mark.parametrize("name", ["demo", "imdb", "someone/something.v2", " "])
def test_what_may_be_elsewhere_is_left_open(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    refuse_missing(name)


def test_a_name_beside_a_folder_is_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert is_hub_id("pasta/dados")
    (tmp_path / "pasta").mkdir()
    assert not is_hub_id("pasta/dados")
