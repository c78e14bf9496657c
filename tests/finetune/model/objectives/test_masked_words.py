"""Gaps of whole words: the same of a row wherever it is read, and the loss that plain transformers has of them."""

import numpy as np
import pytest
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer

from finetune.data.batching.batches import MicroBatch
from finetune.data.batching.loader import Collated
from finetune.data.batching.pairs import tokenize_rows
from finetune.data.batching.part import Part
from finetune.model.language_network import load_language_network
from finetune.model.objectives.masked_words import NO_GAP, TARGETS, gaps, masked_words
from finetune.model.objectives.pieces import pieces_of
from tests.journeys.conftest import sentences

TEXTS = [text for text, _ in sentences(30)] + ["boi", "sojacaqui ferrugemxyz, a"]
SHARE = 0.15


def batch_of(tokenizer, rows, *, pad_to=4, max_length=64):
    tokens, _ = tokenize_rows([TEXTS], tokenizer, cache=None)
    everything = np.arange(len(TEXTS))
    return Collated(Part(tokens, everything, everything, None), max_length, pad_to)[
        MicroBatch(np.array(rows), len(rows))
    ]


def prepared(tokenizer, rows, seed=(1,), **options):
    return masked_words(SHARE).prepare(batch_of(tokenizer, rows, **options), pieces_of(tokenizer), seed=seed)


def test_whole_words_are_left_out_and_about_the_share(tiny_model):
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    pieces = pieces_of(tokenizer)
    ids = np.array(tokenizer(" ".join(TEXTS * 3))["input_ids"])
    words = pieces.words(ids)
    read, targets = gaps(ids, pieces, share=SHARE, seed=[5])
    chosen = targets != NO_GAP
    assert (targets[chosen] == ids[chosen]).all()
    assert (read[~chosen] == ids[~chosen]).all()
    assert not chosen[words < 0].any()
    for word in set(words[words >= 0]):
        assert len(set(chosen[words == word])) == 1
    assert chosen.sum() / (words >= 0).sum() == pytest.approx(SHARE, abs=0.03)
    assert (read[chosen] == pieces.mask).mean() == pytest.approx(0.8, abs=0.1)
    assert (read[chosen] == ids[chosen]).mean() == pytest.approx(0.1, abs=0.08)
    assert not pieces.special[read[chosen & (read != pieces.mask)]].any()


def test_a_text_of_a_word_or_of_none(tiny_model):
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    pieces = pieces_of(tokenizer)
    _, targets = gaps(np.array(tokenizer("boi")["input_ids"]), pieces, share=SHARE, seed=[0])
    assert (targets != NO_GAP).tolist() == [False, True, False]
    _, targets = gaps(np.array(tokenizer("")["input_ids"]), pieces, share=SHARE, seed=[0])
    assert (targets == NO_GAP).all()


def test_a_row_has_the_same_gaps_in_any_batch_and_others_by_another_seed(tiny_model):
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    together = prepared(tokenizer, [3, 0, 7])
    alone = prepared(tokenizer, [7])
    length = int(alone["attention_mask"].sum())
    assert torch.equal(together[TARGETS][2, :length], alone[TARGETS][0, :length])
    assert torch.equal(together["input_ids"][2, :length], alone["input_ids"][0, :length])
    assert not torch.equal(together[TARGETS], prepared(tokenizer, [3, 0, 7], seed=(2,))[TARGETS])
    filler = prepared(tokenizer, [-1])
    assert (filler[TARGETS] == NO_GAP).all()


KINDS = ["bert", "roberta", "distilbert", "electra", "deberta-v2", "modernbert"]


def write_encoder(folder, kind):
    """A tiny random network of a kind with its layer that fills gaps, and a tokenizer of bytes with a mask."""
    from transformers import AutoConfig

    from tests.decoders import byte_tokenizer

    tokenizer = byte_tokenizer(pad="<pad>", begins=True, ends=True)
    tokenizer.add_special_tokens({"mask_token": "<mask>"})
    tokenizer.save_pretrained(folder)
    sizes = {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64} if kind == "distilbert" else {
        "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64,
    }  # fmt: skip
    more = {"embedding_size": 16} if kind == "electra" else {}
    config = AutoConfig.for_model(
        kind,
        vocab_size=len(tokenizer),
        pad_token_id=tokenizer.pad_token_id,
        max_position_embeddings=80,
        **sizes,
        **more,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        AutoModelForMaskedLM.from_config(config).save_pretrained(folder)
    return tokenizer


@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_is_that_of_plain_transformers(kind, tmp_path):
    """Of uneven rows, though ours computes the gaps alone, and no padding where it can be left out."""
    tokenizer = write_encoder(tmp_path, kind)
    network, new = load_language_network(str(tmp_path), fills_gaps=True)
    assert not new
    plain = AutoModelForMaskedLM.from_pretrained(tmp_path, dtype=torch.float32).eval()
    batch = prepared(tokenizer, [0, 30, 31, 5])
    objective = masked_words(SHARE)
    with torch.no_grad():
        losses, counts = objective.losses(network.eval(), batch)
        theirs = plain(batch["input_ids"], attention_mask=batch["attention_mask"], labels=batch[TARGETS]).loss
    assert counts.sum() == (batch[TARGETS] != NO_GAP).sum()
    assert ((losses * counts).sum() / counts.sum()).item() == pytest.approx(theirs.item(), abs=1e-5)
    alone = [objective.losses(network, prepared(tokenizer, [row]))[0] for row in (0, 30, 31, 5)]
    assert torch.cat(alone).tolist() == pytest.approx(losses.tolist(), abs=1e-5)


def test_every_parameter_that_learns_is_reached(tmp_path):
    tokenizer = write_encoder(tmp_path, "bert")
    network, _ = load_language_network(str(tmp_path), fills_gaps=True)
    losses, _ = masked_words(SHARE).losses(network, prepared(tokenizer, [0, 1]))
    losses.mean().backward()
    assert all(each.grad is not None for each in network.parameters() if each.requires_grad)
