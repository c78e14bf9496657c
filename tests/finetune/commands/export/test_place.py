import json
import os
from pathlib import Path

import pytest

from finetune.commands.export.place import check_page, check_place, files_of, made_by, sizes
from finetune.errors import ConfigError
from finetune.runs.export_sums import PROOF, SUMS, sums_of


def export_in(folder):
    (folder / "answering").mkdir(parents=True)
    (folder / "model.onnx").write_bytes(b"12345")
    (folder / "answering" / "x.py").write_text("pass")
    content = {"made_by": made_by(), "files": sizes(folder), SUMS: sums_of(folder, files_of(folder))}
    (folder / PROOF).write_text(json.dumps(content))
    return folder


def test_a_new_folder_and_an_empty_one_are_taken(tmp_path):
    check_place(tmp_path / "not" / "there")
    check_place(tmp_path)


def test_an_export_that_is_as_it_was_written_is_taken_also_where_it_has_run(tmp_path):
    folder = export_in(tmp_path / "a")
    (folder / "answering" / "__pycache__").mkdir()
    (folder / "answering" / "__pycache__" / "x.pyc").write_bytes(b"1")
    check_place(folder)
    (folder / "answering" / "x.py").unlink()  # nothing is lost
    check_place(folder)


@pytest.mark.parametrize("name", ["saida.csv", "answering/mine.py"])
def test_what_the_user_has_put_into_an_export_is_not_lost(tmp_path, name):
    folder = export_in(tmp_path / "a")
    (folder / name).write_text("mine")
    with pytest.raises(
        ConfigError, match=f"holds an export, and what this command did not write, or not as it is: {name}"
    ):
        check_place(folder)


def test_nor_is_what_he_has_changed(tmp_path):
    folder = export_in(tmp_path / "a")
    (folder / "answering" / "x.py").write_text("pass  # mine")
    with pytest.raises(ConfigError, match=r"answering/x\.py"):
        check_place(folder)


def test_nor_where_it_is_as_large_as_before(tmp_path):
    folder = export_in(tmp_path / "a")
    (folder / "model.onnx").write_bytes(b"54321")
    with pytest.raises(ConfigError, match=r"not as it is: model\.onnx"):
        check_place(folder)


@pytest.mark.parametrize("proof", [None, "{", "[1]", '{"made_by": "somebody"}'])
def test_a_folder_of_something_else_is_not_touched(tmp_path, proof):
    for number in range(8):
        (tmp_path / f"foto_{number}.jpg").write_text("x")
    if proof is not None:
        (tmp_path / PROOF).write_text(proof)
    with pytest.raises(ConfigError, match=r"is not empty and holds no export.*foto_0\.jpg.* and [34] more"):
        check_place(tmp_path)


def test_a_file_and_a_link_are_no_folder(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    for name in ("file", "link"):
        with pytest.raises(ConfigError, match="is a file or a link"):
            check_place(tmp_path / name)


@pytest.mark.parametrize("check", [check_place, check_page])
def test_below_a_file_nothing_can_be_put(tmp_path, check):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match=r"file is a file: .*place\.html cannot be put below it"):
        check(tmp_path / "file" / "new" / "place.html")


@pytest.mark.parametrize("check", [check_place, check_page])
def test_where_nobody_may_write_is_said_before_anything_is_computed(tmp_path, monkeypatch, check):
    locked = tmp_path / "locked"
    locked.mkdir()
    monkeypatch.setattr(os, "access", lambda place, how: place != locked)
    with pytest.raises(ConfigError, match=r"locked may not be written to, and .*place\.html goes there"):
        check(locked / "new" / "place.html")


@pytest.mark.parametrize("check", [check_place, check_page])
def test_what_may_not_be_read_is_not_touched(tmp_path, monkeypatch, check):
    def forbidden(*_, **__):
        raise PermissionError(13, "Permission denied")

    there = tmp_path / "there"
    there.touch() if check is check_page else there.mkdir()
    monkeypatch.setattr(Path, "open", forbidden)
    monkeypatch.setattr(Path, "iterdir", forbidden)
    with pytest.raises(ConfigError, match=r"there cannot be read \(.*ermission.*\).* it is not touched"):
        check(there)
