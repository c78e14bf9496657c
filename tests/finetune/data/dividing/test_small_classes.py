import pytest

from finetune.data.dividing.small_classes import refuse_small_classes
from finetune.errors import DataError


def said(**counts: int) -> str:
    with pytest.raises(DataError) as error:
        refuse_small_classes([label for label, n in counts.items() for _ in range(n)], 3)
    return str(error.value)


def test_classes_that_are_large_enough_pass() -> None:
    refuse_small_classes(["soja"] * 3 + ["Soja"] * 3, 3)


def test_a_small_class_is_told_with_its_rows() -> None:
    assert said(soja=1, milho=5).startswith(
        '1 of 2 classes has too few rows to be in each of the 3 splits: "soja" (1). Add rows to it, '
    )


def test_one_that_is_only_spelt_otherwise_is_told_as_that() -> None:
    assert said(**{"Soja": 40, "SOJA": 1, "Ração": 5, "racao": 2}) == (
        "2 of 4 classes differ from another one only by case, accents, spaces or signs that look alike, and so have too "
        'few rows to be in each of the 3 splits: "SOJA" (1), like "Soja" (40) and "racao" (2), like "Ração" (5). Give each class one name in '
        "your file."
    )
    assert (
        "differs from another one only by case, accents, spaces or signs that look alike, and so has too few rows"
        in said(A=1, a=9)
    )


def test_those_that_are_small_for_another_reason_come_behind_it() -> None:
    assert said(**{"Soja": 40, "soja": 1, "Milho": 2}).endswith(
        'Give each class one name in your file. Besides, this class has too few rows: "Milho" (2). Add rows to it, join '
        "it with another class or remove it."
    )


def test_two_that_are_small_alike_are_each_told() -> None:
    assert '"A b" (1), like "ab" (2) and "ab" (2), like "A b" (1)' in said(**{"A b": 1, "ab": 2, "c": 9})


def test_a_letter_of_another_alphabet_is_named() -> None:
    like = '"Sоja" (1), like "Soja" (9) but for U+043E CYRILLIC SMALL LETTER O in place of "o".'
    assert like in said(**{"Soja": 9, "Sоja": 1})


def test_long_names_are_cut() -> None:
    assert f'"{"s" * 59}…" (1). Add rows' in said(**{"s" * 200: 1, "milho": 5})
    assert len(said(**{f"{number} {'s' * 200}": 1 for number in range(100)})) < 1200
    assert f'"{"s" * 59}…" (1), like "{"S" * 59}…" (9)' in said(**{"s" * 200: 1, "S" * 200: 9})
