"""Where words begin, by the pieces of each kind of tokenizer."""

import pytest
from transformers import AutoTokenizer

from finetune.model.objectives.pieces import pieces_of
from tests.decoders import byte_tokenizer


def words_of(tokenizer, text):
    """The words of a text, each as its pieces joined by |."""
    ids = tokenizer(text)["input_ids"]
    numbers = pieces_of(tokenizer).words(ids)
    names = tokenizer.convert_ids_to_tokens(ids)
    count = max(numbers) + 1
    assert set(numbers) - {-1} == set(range(count))
    return ["|".join(n for n, word in zip(names, numbers, strict=True) if word == i) for i in range(count)]


def test_wordpiece(tiny_model):
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    assert words_of(tokenizer, "A soja, ferrugem!") == ["A", "soja", ",", "ferrugem", "!"]
    assert words_of(tokenizer, "sojaca boi") == ["soja|##c|##a", "boi"]


def test_bytes_and_sentencepiece(embedded_model):
    tokenizer = AutoTokenizer.from_pretrained(embedded_model)
    found = words_of(tokenizer, "A braquiária (capim) secou.")
    assert [word.replace("|", "").replace("\u2581", "") for word in found] == [
        "A", "braquiária", "(", "capim", ")", "secou", ".",
    ]  # fmt: skip
    assert "|" in found[1]


@pytest.mark.parametrize("begins", [True, False])
def test_bytes(begins):
    found = words_of(byte_tokenizer(begins=begins), "xyw boi (zzq) zzk")
    # a space before a sign may be a piece of its own
    assert [word for each in found if (word := each.replace("|", "").strip("\u0120"))] == [
        "xyw", "boi", "(", "zzq", ")", "zzk",
    ]  # fmt: skip
