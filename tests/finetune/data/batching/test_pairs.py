"""Two texts a row: the ids, types and lengths are those that the tokenizer gives itself, at every length."""

from itertools import product

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import AutoTokenizer, BertTokenizer, DistilBertTokenizer, PreTrainedTokenizerFast

from finetune.data.batching.batches import MicroBatch
from finetune.data.batching.largest import largest_batch
from finetune.data.batching.loader import Collated
from finetune.data.batching.pairs import longest_cut_first, tokenize_pairs, tokenize_rows
from finetune.data.batching.part import Part, cut_at
from finetune.data.batching.tokens import tokenize
from tests.conftest import tiny_vocabulary

FIRST = [
    "boi gado",
    "a",
    "chuva " * 7,
    "o boi comeu soja e milho",
    "soja " * 30,
    "",
    "ontem",
    "cana cana cana",
]
SECOND = [
    "pasto leite vaca",
    "seca " * 9,
    "boi",
    "o boi comeu soja e milho",
    "gado " * 31,
    "ração",
    "",
    "gado",
]


def bert():
    vocabulary = {piece: number for number, piece in enumerate(tiny_vocabulary())}
    return BertTokenizer(vocab=vocabulary, do_lower_case=False, strip_accents=False)


def distilbert():
    """As BERT's, but the model is not told which text a token is of."""
    vocabulary = {piece: number for number, piece in enumerate(tiny_vocabulary())}
    tokenizer = DistilBertTokenizer(vocab=vocabulary, do_lower_case=False, strip_accents=False)
    tokenizer.model_input_names = ["input_ids", "attention_mask"]
    return tokenizer


def roberta():
    """Two special tokens between the texts, and bytes in place of letters."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {piece: number for number, piece in enumerate(["<s>", "<pad>", "</s>", "<unk>", *letters])}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    names = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    inputs = ["input_ids", "attention_mask"]
    return PreTrainedTokenizerFast(tokenizer_object=backend, model_input_names=inputs, **names)


TOKENIZERS = {"bert": bert, "distilbert": distilbert, "roberta": roberta}


@pytest.mark.parametrize("name", sorted(TOKENIZERS))
def test_ids_types_and_lengths_are_the_tokenizers_own_at_every_length(name, tmp_path):
    tokenizer = TOKENIZERS[name]()
    tokens, _ = tokenize_pairs(FIRST, SECOND, tokenizer, cache=tmp_path)
    assert tokens.has_types == (name == "bert")
    for most in [*range(tokens.least, 40), 1000]:
        for row, pair in enumerate(zip(FIRST, SECOND, strict=True)):
            plain = tokenizer(*pair, truncation="longest_first", max_length=most)
            assert tokens.ids(row, most).tolist() == plain["input_ids"], (pair, most)
            assert len(plain["input_ids"]) == min(tokens.lengths[row], most)
            if tokens.has_types:
                assert tokens.types(row, most).tolist() == plain["token_type_ids"]


def test_the_longer_text_is_cut_first():
    for first, second, most in product(range(7), range(7), range(14)):
        one, other = longest_cut_first(first, second, most)
        assert one + other == min(first + second, most)
        assert one <= first
        assert other <= second
        if one < first:
            assert one >= other - 1  # never more of it than of the other, but for the odd one
        if one < first and other < second:
            assert abs(one - other) <= 1


def test_a_batch_says_which_text_a_token_is_of_where_the_model_asks_for_it(tmp_path):
    rows = np.arange(len(FIRST))
    for name, told in (("bert", True), ("distilbert", False)):
        tokenizer = TOKENIZERS[name]()
        tokens, _ = tokenize_pairs(FIRST, SECOND, tokenizer, cache=tmp_path)
        batch = Collated(Part(tokens, rows, rows, None), 12, 4)[MicroBatch(rows, len(rows))]
        each = [tokenizer(*pair, truncation=True, max_length=12) for pair in zip(FIRST, SECOND, strict=True)]
        plain = tokenizer.pad(each, padding="max_length", max_length=12, return_tensors="pt")
        assert set(batch) - {"row", "step_rows"} == set(plain)
        assert all(torch.equal(batch[part], plain[part]) for part in plain)
        assert ("token_type_ids" in batch) == told


def test_the_largest_batch_and_the_cut_know_both_texts(tmp_path):
    tokens, _ = tokenize_pairs(FIRST, SECOND, bert(), cache=tmp_path)
    rows = np.arange(len(FIRST))
    part = Part(tokens, rows, rows, None)
    assert cut_at(part, max_length=None, model_length=512, pad_to=4) == 64  # 30 + 31 and three special tokens
    data = Collated(part, 64, 4)
    assert largest_batch(data, 2, parts=2)["input_ids"].shape == (1, 64)
    assert largest_batch(data, 2, parts=2, shorten=100)["input_ids"].shape == (1, tokens.least)


def test_each_text_has_a_file_of_its_own_which_a_single_text_never_takes(tmp_path):
    tokenizer = bert()
    before, _ = tokenize(FIRST, tokenizer, cache=tmp_path)
    assert not tokenize_pairs(FIRST, SECOND, tokenizer, cache=tmp_path)[1]
    cached = tokenize_pairs(FIRST, SECOND, tokenizer, cache=tmp_path)[1]
    assert cached
    assert len(list(tmp_path.glob("*.arrow"))) == 3
    assert not tokenize_pairs(FIRST, SECOND[::-1], tokenizer, cache=tmp_path)[1]
    single, cached = tokenize(FIRST, tokenizer, cache=tmp_path)
    assert cached
    assert single.ids(0, 99).tolist() == before.ids(0, 99).tolist() == tokenizer(FIRST[0])["input_ids"]


def test_what_the_tokenizer_did_before_changes_nothing(tiny_model, tmp_path):
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    tokenizer("boi " * 9, "gado", truncation="only_first", max_length=6, padding="max_length")
    tokens, _ = tokenize_pairs(FIRST, SECOND, tokenizer, cache=tmp_path)
    assert tokens.ids(4, 1000).tolist() == tokenizer(FIRST[4], SECOND[4])["input_ids"]
    assert tokenizer("boi")["input_ids"][0] == tokenizer.cls_token_id  # and it is as it was


@pytest.mark.parametrize("pair", [False, True])
def test_texts_in_capitals_are_read_in_lower_case_each_of_two_by_itself(pair, tmp_path):
    tokenizer = bert()
    first = ["O BOI NÃO COMEU", "o boi", "SOJA E MILHO"]
    second = ["na CONAB", "CHUVA E GEADA", "FERRUGEM ASIÁTICA"]
    written = [first, second][: 1 + pair]
    read = [["o boi não comeu", "o boi", "soja e milho"], ["na CONAB", "chuva e geada", "ferrugem asiática"]]
    found, _ = tokenize_rows(written, tokenizer, cache=tmp_path, lower_capitals=True)
    same, cached = tokenize_rows(read[: 1 + pair], tokenizer, cache=tmp_path)
    other, _ = tokenize_rows(written, tokenizer, cache=tmp_path)
    assert cached  # what the model reads is kept, whatever stands in the table
    for row in range(3):
        assert found.ids(row, 99).tolist() == same.ids(row, 99).tolist()
        assert (found.ids(row, 99).tolist() == other.ids(row, 99).tolist()) == (row == 1 and not pair)
    assert first[0] == "O BOI NÃO COMEU"
