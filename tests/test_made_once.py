"""A folder for all workers is made by the first that needs it, and again where that one failed."""

import pytest

from tests.made_once import made_once


class Folders:
    """The temporary folders of a worker, or of a test run without workers."""

    def __init__(self, path):
        self.path = path

    def getbasetemp(self):
        return self.path


@pytest.mark.parametrize("worker", [None, "gw1"])
def test_it_is_made_once_for_all_workers(tmp_path, monkeypatch, worker):
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    if worker:
        monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
    made = []
    for name in ("gw0", "gw1"):
        (tmp_path / name).mkdir()
        folder = made_once(Folders(tmp_path / name), "run", lambda folder: made.append(folder.is_dir()))
        assert folder == (tmp_path if worker else tmp_path / name) / "run"
    assert made == [True] * (1 if worker else 2)


def test_one_that_failed_is_made_again_from_nothing(tmp_path):
    def fail(folder):
        (folder / "half").touch()
        raise RuntimeError("full")

    with pytest.raises(RuntimeError, match="full"):
        made_once(Folders(tmp_path), "run", fail)
    folder = made_once(Folders(tmp_path), "run", lambda folder: (folder / "whole").touch())
    assert [file.name for file in folder.iterdir()] == ["whole"]
