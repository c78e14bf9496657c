import os
from pathlib import Path

from finetune.files.near import near


def test_a_path_below_is_short_and_another_whole(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert near(tmp_path / "a" / "b") == str(Path("a", "b"))
    assert near(tmp_path.parent / "c") == str(tmp_path.parent / "c")


def test_a_path_on_another_drive_of_windows_is_whole(monkeypatch):
    def relpath(path):
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr(os.path, "relpath", relpath)
    assert near(Path("/dados/a")) == str(Path("/dados/a"))
