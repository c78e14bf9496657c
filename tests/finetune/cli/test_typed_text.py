"""Texts on the command line are nobody's words."""

import pytest

from finetune.cli.typed_text import typed_text, without_texts
from finetune.errors import ConfigError

LINE = ["predict", "--run", "3", "--text", "“boi” – --output x", "--text_pair=não", "--top", "2"]


def test_texts_are_taken_off_whatever_stands_in_them():
    found = typed_text(LINE)
    assert found.argv == ["predict", "--run", "3", "--top", "2"]
    assert (found.text, found.text_pair) == ("“boi” – --output x", "não")
    assert without_texts(LINE) == found.argv


def test_a_command_without_texts_keeps_all_of_its_words():
    line = ["fit", "--text", "x"]
    assert without_texts(line) == line
    assert typed_text(["predict", "--run", "3"]).text is None


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--text"], "--text needs a value"),
        (["--text", "a", "--text=b"], "--text is given 2 times"),
        (["--text_pair", "a"], "the first is missing"),
    ],
)
def test_what_cannot_be_meant_is_refused(more, told):
    with pytest.raises(ConfigError, match=told):
        typed_text(["predict", *more])
