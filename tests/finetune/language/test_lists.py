import pytest

from finetune.language.lists import listed, quoted
from finetune.language.which import speaking


@pytest.mark.parametrize(
    ("items", "english", "portuguese"),
    [
        ([], "", ""),
        ([3], "3", "3"),
        ([3, 19], "3 and 19", "3 e 19"),
        ([3, 19, 1044], "3, 19 and 1044", "3, 19 e 1044"),
        (["a", "b", "c", "d"], "a, b, c and 1 more", "a, b, c e mais 1"),
        (list("abcde"), "a, b, c and 2 more", "a, b, c e mais 2"),
    ],
)
def test_items_are_listed_as_in_a_sentence(items, english, portuguese):
    with speaking("pt"):
        assert str(listed(items, most=3)) == portuguese
    assert str(listed(items, most=3)) == english


def test_names_stand_between_quotes():
    assert quoted(["a", 1]) == '"a", "1"'


def test_of_a_million_items_only_those_shown_are_looked_at():
    looked_at = []
    assert str(listed(range(10**6), most=3, told=lambda item: looked_at.append(item) or item)) == (
        "0, 1, 2 and 999,997 more"
    )
    assert looked_at == [0, 1, 2]
