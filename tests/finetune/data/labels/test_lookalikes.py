import pytest

from finetune.data.labels.lookalikes import LATIN, difference, look


@pytest.mark.parametrize(
    ("written", "meant", "said"),
    [
        ("Gаdo", "Gado", 'U+0430 CYRILLIC SMALL LETTER A in place of "a"'),
        ("Gado", "Gаdo", '"a" in place of U+0430 CYRILLIC SMALL LETTER A'),
        ("Ra\u0063\u0327a\u0303o", "Ração", None),
        ("Boi\u00a0gordo", "Boi gordo", "U+00A0 NO-BREAK SPACE in place of U+0020 SPACE"),
        ("Boi\u00adgordo", "Boigordo", "U+00AD SOFT HYPHEN is too much"),
        ("Boi", "Boi\u200b", "U+200B ZERO WIDTH SPACE is missing"),
        ("Boi – corte", "Boi - corte", 'U+2013 EN DASH in place of "-"'),
        ("Boi  gordo", "Boi gordo", "U+0020 SPACE is too much"),
    ],
)
def test_the_letter_that_differs_is_named(written: str, meant: str, said: str | None) -> None:
    if said is None:  # an accent stored apart
        assert "COMBINING CEDILLA" in str(difference(written, meant))
    else:
        assert str(difference(written, meant)) == said


@pytest.mark.parametrize(("one", "other"), [("Soja", "Soja"), ("Soja", "soja"), ("Soja", "Milho")])
def test_what_is_the_same_or_looks_otherwise_does_not_differ_invisibly(one: str, other: str) -> None:
    assert difference(one, other) is None


def test_letters_of_another_alphabet_look_like_one_of_ours() -> None:
    assert all(chr(to).isascii() for to in LATIN.values())
    assert look("Ｓоја") == "Soja"
