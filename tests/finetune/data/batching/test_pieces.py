"""Texts that are too long for a row become several, of which no token is lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import BertTokenizer

from finetune.data.batching.pairs import bare
from finetune.data.batching.pieces import pieces_of
from finetune.data.batching.tokens import tokenize
from tests.conftest import tiny_vocabulary


@pytest.fixture(scope="module")
def tokenizer():
    vocabulary = {piece: number for number, piece in enumerate(tiny_vocabulary())}
    return BertTokenizer(vocab=vocabulary, do_lower_case=False, strip_accents=False)


def cut(tokenizer, texts, max_length):
    return pieces_of(tokenize(texts, bare(tokenizer), cache=None)[0], tokenizer, max_length=max_length)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=8), st.integers(3, 12))
def test_no_token_is_lost_and_none_stands_twice(tokenizer, counts, max_length):
    texts = [
        " ".join(["boi", "vaca", "leite", "soja", "milho"][i % 5] for i in range(count)) for count in counts
    ]
    tokens = cut(tokenizer, texts, max_length)
    found = [[] for _ in texts]
    for row, text in enumerate(tokens.text.tolist()):
        ids = tokens.ids(row, max_length).tolist()
        assert len(ids) == tokens.lengths[row] <= max_length
        assert (ids[0], ids[-1]) == (tokenizer.cls_token_id, tokenizer.sep_token_id)
        found[text] += ids[1:-1]
    assert found == [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]


def test_the_pieces_of_a_text_are_about_as_long_as_each_other(tokenizer):
    tokens = cut(tokenizer, ["boi " * 21, "vaca", "", "leite " * 10], 12)
    assert tokens.text.tolist() == [0, 0, 0, 1, 3]
    assert tokens.count.tolist() == [7, 7, 7, 1, 10]


def test_a_batch_may_be_cut_shorter_as_when_its_memory_is_tried(tokenizer):
    tokens = cut(tokenizer, ["boi vaca leite soja milho"], 12)
    assert tokens.ids(0, 5).tolist() == tokenizer("boi vaca leite")["input_ids"]
    assert tokens.least == 3
    assert np.array_equal(tokens.ids(0, 99), tokenizer("boi vaca leite soja milho")["input_ids"])
