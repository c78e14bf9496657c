"""Which files count: those that stand still, and none that are hidden, under way, or not in the folder."""

import os
import sys

import pytest

from finetune.commands.watch.still import Still, is_meant


@pytest.fixture
def still(tmp_path):
    time = [0.0]
    made = Still(tmp_path, seconds=5, clock=lambda: time[0])

    def look(at):
        time[0] = at
        return [file.name for file in made.look()]

    made.at = look
    return made


def write(file, text, *, changed):
    file.write_text(text)
    os.utime(file, (changed, changed))


def test_a_file_counts_once_size_and_time_have_stood_still(still, tmp_path):
    write(tmp_path / "a.csv", "texto", changed=100)
    assert still.at(0) == []
    assert still.at(4.9) == []
    assert still.at(5) == ["a.csv"]
    write(tmp_path / "a.csv", "texto\nboi", changed=101)
    assert still.at(6) == []
    assert still.at(11) == ["a.csv"]


def test_the_same_size_at_another_time_is_another_file(still, tmp_path):
    write(tmp_path / "a.csv", "texto\nboi", changed=100)
    still.at(0)
    write(tmp_path / "a.csv", "texto\nrio", changed=101)
    assert still.at(5) == []
    assert still.at(10) == ["a.csv"]


def test_where_the_time_never_stands_still_the_size_counts_after_a_while(still, tmp_path):
    found = []
    for second in range(70):
        write(tmp_path / "a.csv", "texto", changed=100 + second)
        found.append(bool(still.at(second)))
    assert found.index(True) == 60


def test_what_was_taken_counts_again_once_it_has_changed(still, tmp_path):
    file = tmp_path / "a.csv"
    write(file, "texto", changed=100)
    still.at(0)
    assert still.at(5) == ["a.csv"]
    still.take(file, file.stat())
    assert still.at(10) == []
    write(file, "texto!", changed=100)
    assert still.at(11) == []
    assert still.at(16) == ["a.csv"]


def test_a_file_that_was_gone_is_new(still, tmp_path):
    file = tmp_path / "a.csv"
    write(file, "texto", changed=100)
    still.at(0)
    file.rename(tmp_path / ".a")
    still.at(5)
    (tmp_path / ".a").rename(file)
    assert still.at(6) == []
    assert still.at(11) == ["a.csv"]


@pytest.mark.parametrize(
    "name",
    [
        ".a.csv",
        "~$a.xlsx",
        ".~lock.a.ods#",
        "a.csv.part",
        "a.TMP",
        "a.csv.crdownload",
        "Thumbs.db",
        "desktop.ini",
    ],
)
def test_what_is_hidden_or_of_other_programs_is_left_alone(still, tmp_path, name):
    assert not is_meant(name)
    write(tmp_path / name, "texto", changed=100)
    still.at(0)
    assert still.at(100) == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_folders_and_links_out_of_the_folder_are_left_alone(still, tmp_path):
    (tmp_path / "b.csv").mkdir()
    outside = tmp_path.parent / f"{tmp_path.name}.csv"
    write(outside, "texto", changed=100)
    (tmp_path / "a.csv").symlink_to(outside)
    (tmp_path / "c.csv").symlink_to(tmp_path / "nada")
    os.mkfifo(tmp_path / "d.csv")
    write(tmp_path / "e.csv", "texto", changed=100)
    (tmp_path / "f.csv").symlink_to(tmp_path / "e.csv")
    still.at(0)
    assert still.at(5) == ["e.csv", "f.csv"]


def test_what_still_changes_is_named(still, tmp_path):
    write(tmp_path / "a.csv", "texto", changed=100)
    write(tmp_path / "b.csv", "texto", changed=100)
    still.at(0)
    write(tmp_path / "b.csv", "texto\n", changed=100)
    assert still.at(5) == ["a.csv"]
    assert still.changing == ["b.csv"]
