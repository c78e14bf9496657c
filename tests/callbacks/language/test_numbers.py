import pytest

from callbacks.language.numbers import localized
from callbacks.language.which import speaking


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
    with speaking("pt"):
        assert localized(text) == in_portuguese
    assert localized(text) == text
