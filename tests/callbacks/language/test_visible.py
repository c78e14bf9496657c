"""What a terminal would obey is shown."""

import pytest

from callbacks.language.say import Message, joined, say
from callbacks.language.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jboi", r"\x1b[2Jboi"),
        ("boi\x07\x08\x7f", r"boi\x07\x08\x7f"),
        ("\x9b31mgado", r"\x9b31mgado"),
        ("um\ttexto\r\nem duas\nlinhas", "um texto\nem duas\nlinhas"),
        ("100%\rpronto", r"100%\x0dpronto"),
        ("exe.\u202etxt", r"exe.\u202etxt"),
        ("não há, 👩‍🌾\xa0soja", "não há, 👩‍🌾\xa0soja"),
    ],
)
def test_what_steers_is_shown_and_the_rest_stays(text, shown):
    assert visible(text) == shown
    assert visible(shown) == shown
    assert say("{text}!", text=text) == f"{shown}!"


def test_a_sentence_within_a_sentence_and_one_of_several_parts():
    inner = Message("label {name}", name="a\x1b]0;x\x07")
    assert str(joined([inner, "\x1b[1m"], "\n")) == "label a\\x1b]0;x\\x07\n\\x1b[1m"
