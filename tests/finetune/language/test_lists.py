import pytest

from finetune.errors import DataError
from finetune.language.lists import listed, quoted
from finetune.language.say import Message
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
    assert str(quoted(["a", 1])) == '"a", "1"'


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ç" * 60, "ç" * 60),
        ("ç" * 61, "ç" * 59 + "…"),
        ("a\nb\r\nc", "a b c"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("\U0001f42e" * 10**6, "\U0001f42e" * 59 + "…"),
    ],
)
def test_a_name_is_short_and_on_one_line(name, shown):
    assert str(quoted([name])) == f'"{shown}"'
    assert str(Message('the column "{column}"', column=name)) == f'the column "{shown}"'


def test_many_names_end_after_twenty():
    with speaking("pt"):
        assert str(quoted(range(100))).endswith('"18", "19" e mais 80')
    assert str(quoted(range(100), most=2)) == '"0", "1" and 98 more'


def test_nothing_in_an_error_is_endless():
    error = DataError("{what}: {text}", what=Message("{cell}", cell="x" * 10**6), text="y\n" * 10**6)
    assert len(str(error)) < 2100
    assert str(DataError("{text}", text="two\nlines")) == "two\nlines"


def test_of_a_million_items_only_those_shown_are_looked_at():
    looked_at = []
    assert str(listed(range(10**6), most=3, told=lambda item: looked_at.append(item) or item)) == (
        "0, 1, 2 and 999,997 more"
    )
    assert looked_at == [0, 1, 2]
