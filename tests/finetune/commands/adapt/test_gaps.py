"""Words that are left out of texts, and what a network finds likeliest there."""

import pytest
import torch
from transformers import AutoTokenizer

from finetune.commands.adapt.gaps import ANSWERS, EXAMPLES, answers, gap_of, gaps_of
from finetune.model.objectives.pieces import pieces_of


@pytest.fixture(scope="module")
def tokenizer(tiny_model):
    return AutoTokenizer.from_pretrained(tiny_model)


def test_the_longest_word_of_one_piece_is_left_out(tokenizer):
    gap = gap_of("A ferrugem\nda soja na carcinicultura", tokenizer, max_length=64)  # the last is many pieces
    assert (gap.before, gap.word, gap.after) == ("A ", "ferrugem", " da soja na carcinicultura")
    assert gap.ids[gap.place] == tokenizer.mask_token_id
    assert tokenizer.decode(gap.ids[1 : gap.place]) == "A"
    assert gap.ids.count(tokenizer.mask_token_id) == 1


def test_of_a_long_text_what_is_near_is_shown(tokenizer):
    gap = gap_of(f"{'a o e ' * 30}lavoura{' da do na' * 30}", tokenizer, max_length=300)
    assert gap.word == "lavoura"
    assert gap.before.startswith("…")
    assert gap.after.endswith("…")
    assert len(gap.before) == len(gap.after) == 61


@pytest.mark.parametrize("text", ["a o e de da", "123456 7890", "", "xilogravura"])
def test_a_text_without_such_a_word_has_no_gap(tokenizer, text):
    assert gap_of(text, tokenizer, max_length=64) is None


def test_enough_texts_are_enough_and_a_tokenizer_without_a_mask_gives_none(tokenizer, tiny_model):
    assert len(gaps_of(["a", *["soja e milho"] * 20], tokenizer, max_length=64)) == EXAMPLES
    blind = AutoTokenizer.from_pretrained(tiny_model)
    blind.mask_token = None
    assert gaps_of(["soja e milho"], blind, max_length=64) == []


def test_what_a_network_finds_likeliest_is_told_in_its_order(tokenizer):
    """A network that always wants a certain piece says so first, and nothing of it depends on chance."""
    wanted = tokenizer.convert_tokens_to_ids(["soja", "milho", "trigo"])

    class Stubborn(torch.nn.Module):
        def forward(self, input_ids, attention_mask):
            logits = torch.zeros(*input_ids.shape, len(tokenizer))
            for place, piece in enumerate(wanted):
                logits[..., piece] = 10.0 - place
            for piece in ("[SEP]", ",", "##a"):  # no words
                logits[..., tokenizer.convert_tokens_to_ids(piece)] = 99.0
            return type("Output", (), {"logits": logits})

    from transformers import BertConfig

    network = Stubborn()
    network.config = BertConfig(vocab_size=len(tokenizer))
    gaps = gaps_of(["lavoura de café"], tokenizer, max_length=64)
    found = answers(network, tokenizer, gaps, pieces=pieces_of(tokenizer), device=torch.device("cpu"))
    assert found == [["soja", "milho", "trigo"]]
    assert ANSWERS == 3
