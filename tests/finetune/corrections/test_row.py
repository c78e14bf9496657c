import pytest

from finetune.corrections.row import key_of, keys_of


@pytest.mark.parametrize("alike", ["Chove no  Sul.", "chove no sul", " CHOVE NO SUL!", "chove\u00a0no sul"])
def test_texts_that_read_alike_have_one_key(alike):
    assert key_of([alike]) == key_of(["Chove no Sul"])


def test_other_texts_have_others_and_a_pair_is_not_its_texts_as_one():
    keys = {key_of(texts) for texts in (["a b"], ["a", "b"], ["b", "a"], ["a"], ["áb"], [""], ["😀"], ["😡"])}
    assert len(keys) == 8


def test_many_have_the_keys_that_each_has_alone():
    rows = [("Um", "Dois"), ("um",), ("\ud800",)]
    assert keys_of(rows) == [key_of(texts) for texts in rows]
    assert keys_of([]) == []
