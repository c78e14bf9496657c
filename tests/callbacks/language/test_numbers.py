import pytest

from callbacks.language.numbers import localized


@pytest.mark.parametrize(
    ("text", "in_portuguese"),
    [
        ("0.841", "0,841"),
        ("1,828.5", "1.828,5"),
        ("from -0.04 to +0.15, in 3 of 4.", "from -0,04 to +0,15, in 3 of 4."),
        ("rows 3, 19 and 44.", "rows 3, 19 and 44."),
        ("", ""),
    ],
)
def test_only_marks_within_numbers_change(text, in_portuguese):
    assert localized(text, "pt") == in_portuguese
    assert localized(text, "en") == text


def test_a_name_is_left_as_it_is():
    assert localized("RTX 4060.5 has 7.5 GiB", "pt", leave="RTX 4060.5") == "RTX 4060.5 has 7,5 GiB"
