import errno
import os

from callbacks.language.reasons import reason
from callbacks.language.which import speaking
from callbacks.language.wrapped import wrapped


def test_a_text_is_as_wide_as_the_terminal(monkeypatch):
    text = "Some words that take more than forty columns.\nAnother line."
    monkeypatch.setenv("COLUMNS", "40")
    assert wrapped(text).splitlines() == ["Some words that take more than forty", "columns.", "Another line."]
    monkeypatch.delenv("COLUMNS")  # here is no terminal
    assert wrapped("word " * 40).splitlines()[0] == ("word " * 16).strip()


def test_what_is_to_be_copied_stays_in_one_line():
    command = "  finetune fit --data.path dados.csv --trainer.max_epochs 3"
    assert wrapped(f"To go on from where it stopped:\n{command}", width=20).splitlines() == [
        "To go on from where",
        "it stopped:",
        command,
    ]
    path = "/a/very/long/path/that/does/not/fit/in/the/width.csv"
    assert wrapped(f"No file {path}", width=20).splitlines() == ["No file", path]


def test_an_option_and_its_value_are_not_parted():
    lines = wrapped("Add --data.fix_encoding true: they are repaired.", width=26).splitlines()
    assert lines == ["Add", "--data.fix_encoding true:", "they are repaired."]


def test_why_the_system_refused_is_told_in_the_readers_language():
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/disk/last.ckpt")
    assert str(reason(error)) == "no space left on the disk"
    with speaking("pt"):
        assert str(reason(error)) == "não há mais espaço no disco"
    assert str(reason(OSError("of a library {x}"))) == "of a library {x}"
