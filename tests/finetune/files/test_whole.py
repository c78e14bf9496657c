import errno
import subprocess
import sys
from pathlib import Path

import pytest

from finetune.files.draft import MARK, NEW, draft
from finetune.files.whole import may_be_replaced, write_folder_through, write_text, write_through


def of(text):
    return lambda folder: (folder / "a").write_text(text)


def test_a_folder_takes_the_place_of_the_one_before(tmp_path):
    for text in ("one", "two"):
        write_folder_through(tmp_path / "model", of(text))
    assert (tmp_path / "model" / "a").read_text() == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.parametrize("refused", ["model", "new"])
def test_where_it_cannot_the_old_one_stays_and_no_draft(tmp_path, monkeypatch, refused):
    real = Path.rename

    def rename(path, target):
        if path.name == refused:
            raise PermissionError(13, "it is open", str(path), 5, str(target))
        return real(path, target)

    write_folder_through(tmp_path / "model", of("one"))
    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(PermissionError) as error:
        write_folder_through(tmp_path / "model", of("two"))
    assert (error.value.filename, error.value.filename2) == (str(tmp_path / "model"), None)
    assert (tmp_path / "model" / "a").read_text() == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


KILLED = """
import os, sys
from pathlib import Path
from finetune.files import whole

def write(folder):
    (folder / "a").write_text("half")
    if sys.argv[2] == "writing":
        os._exit(9)

real = Path.rename
def rename(path, target):
    if path.name == "new":
        os._exit(9)
    return real(path, target)

Path.rename = rename
whole.write_folder_through(Path(sys.argv[1]), write)
"""


@pytest.mark.parametrize("when", ["writing", "renaming"])
def test_what_a_killed_process_left_is_gone_after_the_next_and_the_old_one_is_not(tmp_path, when):
    folder = tmp_path / "model"
    write_folder_through(folder, of("one"))
    assert subprocess.run([sys.executable, "-c", KILLED, folder, when], check=False).returncode == 9
    assert len(list(tmp_path.glob(".model.*"))) == 1

    def fails(new):
        assert (folder / "a").read_text() == "one"
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        write_folder_through(folder, fails)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert (folder / "a").read_text() == "one"


def test_what_is_being_written_and_what_is_the_users_own_stays(tmp_path):
    own = tmp_path / ".model.mine"
    own.mkdir()

    def write(new):
        of("outer")(new)
        write_folder_through(tmp_path / "model", of("inner"))
        assert (new / "a").read_text() == "outer"

    write_folder_through(tmp_path / "model", write)
    assert (tmp_path / "model" / "a").read_text() == "outer"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".model.mine", "model"]


KILLED_AT_A_FILE = """
import os, sys
from pathlib import Path
from finetune.files import whole

def write(file):
    file.write_text("half")
    os._exit(9)

whole.write_through(Path(sys.argv[1]), write)
"""


def test_a_file_that_a_killed_process_left_is_gone_after_the_next_of_its_name(tmp_path):
    file = tmp_path / "saida.csv"
    write_text(file, "one")
    assert subprocess.run([sys.executable, "-c", KILLED_AT_A_FILE, file], check=False).returncode == 9
    assert file.read_text() == "one"
    assert len(list(tmp_path.glob(".saida.csv.*"))) == 1
    write_text(tmp_path / "outra.csv", "another")
    assert len(list(tmp_path.glob(".saida.csv.*"))) == 1  # of another file
    write_text(file, "two")
    assert file.read_text() == "two"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outra.csv", "saida.csv"]


def test_a_file_that_is_being_written_is_not_taken_for_left(tmp_path):
    file = tmp_path / "saida.csv"

    def write(temporary):
        write_text(file, "of another process")
        temporary.write_text("of this one")

    write_through(file, write)
    assert file.read_text() == "of this one"
    assert [path.name for path in tmp_path.iterdir()] == ["saida.csv"]


def test_a_draft_that_was_made_just_now_and_is_not_locked_yet_is_not_taken_for_left(tmp_path):
    made = tmp_path / ".page.json.just_made"
    made.mkdir()
    (made / MARK).touch()
    write_text(tmp_path / "page.json", "new")
    assert (made / MARK).is_file()
    (made / NEW).touch()  # by now its process has it locked, or is gone
    write_text(tmp_path / "page.json", "newer")
    assert not made.exists()


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_no_draft(tmp_path):
    file = tmp_path / "saida.csv"
    write_text(file, "one")

    def write(temporary):
        temporary.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_through(file, write)
    assert file.read_text() == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["saida.csv"]


def test_a_page_may_be_replaced_by_who_made_it_alone(tmp_path):
    file = tmp_path / "page.html"
    assert may_be_replaced(file)
    file.write_text('<meta name="generator" content="finetune export 1.0">')
    assert may_be_replaced(file, by="finetune export")
    assert not may_be_replaced(file)
    file.write_text('<meta name="description" content="finetune export, a page of mine">')
    assert not may_be_replaced(file, by="finetune export")


def test_what_cannot_be_removed_yet_is_removed_by_the_next(tmp_path, monkeypatch):
    """As on Windows, where another process still reads it."""
    with monkeypatch.context() as patch, draft(tmp_path / "rows") as beside:
        (beside / NEW).write_text("texts")
        patch.setattr(Path, "unlink", in_use)
    assert (beside / NEW).exists()
    with draft(tmp_path / "rows"):
        assert not beside.exists()
    assert not list(tmp_path.iterdir())


def test_one_that_cannot_be_locked_leaves_nothing(tmp_path, monkeypatch):
    def full(path, *, unable):
        raise OSError(errno.ENOSPC, "no space", str(path))

    monkeypatch.setattr("finetune.files.draft.locked", full)
    with pytest.raises(OSError, match="no space"), draft(tmp_path / "rows"):
        pass
    assert not list(tmp_path.iterdir())


def in_use(path, missing_ok=False):
    raise PermissionError(13, "in use", str(path))
