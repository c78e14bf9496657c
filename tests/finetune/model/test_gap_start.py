"""Layers that fill gaps begin as a regression: better than by chance from the first step, the same in any batches."""

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer

from finetune.model import gap_start
from finetune.model.gap_start import SIZES, Gaps, loss_of, start_layers, start_of, untrained_layers
from finetune.model.language_network import load_language_network
from finetune.model.objectives.masked_words import masked_words
from finetune.model.objectives.pieces import pieces_of
from tests.finetune.model.objectives.test_masked_words import TEXTS, batch_of, write_encoder


def opened(folder):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network, new = load_language_network(str(folder), fills_gaps=True)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return network.eval(), tokenizer, untrained_layers(network, new)


def pairs(tokenizer, size, seed=3):
    for start in range(0, len(TEXTS), size):
        batch = batch_of(tokenizer, list(range(start, min(start + size, len(TEXTS)))))
        yield batch, masked_words(0.3).prepare(batch, pieces_of(tokenizer), seed=[seed])


def loss(network, tokenizer):
    """Of other gaps in these texts."""
    with torch.no_grad():
        found = [masked_words(0.3).losses(network, gaps) for _, gaps in pairs(tokenizer, 8, seed=9)]
    losses, counts = (torch.cat(each) for each in zip(*found, strict=True))
    return ((losses * counts).sum() / counts.sum()).item()


def start(network, layers, tokenizer, size=8):
    return start_layers(network, layers, pairs(tokenizer, size), from_first=lambda make: make())


def test_the_words_that_occur_are_likelier(tiny_model):
    network, tokenizer, layers = opened(tiny_model)
    at_random = loss(network, tokenizer)
    assert start(network, layers, tokenizer) > 50
    assert loss(network, tokenizer) < at_random - 0.5


def test_the_layers_compute_the_map_straight(tiny_model):
    network, tokenizer, layers = opened(tiny_model)
    start(network, layers, tokenizer)
    with torch.no_grad():
        layers.norm.weight.fill_(1.0)
    seen = {}
    layers.dense.register_forward_hook(lambda _, __, output: seen.update(mapped=output))
    layers.norm.register_forward_hook(lambda _, __, output: seen.update(normed=output))
    loss(network, tokenizer)
    straight = torch.nn.functional.layer_norm(seen["mapped"], seen["mapped"].shape[-1:])
    both = torch.stack([straight.flatten(), seen["normed"].flatten()])
    assert torch.corrcoef(both)[0, 1] > 0.999


def test_it_hangs_neither_on_the_batches_nor_on_chance(tiny_model):
    found = []
    for size in (8, 3):
        network, tokenizer, layers = opened(tiny_model)
        with torch.no_grad():
            layers.dense.weight.normal_()
        start(network, layers, tokenizer, size)
        found.append([layers.dense.weight, layers.dense.bias, layers.norm.weight, layers.bias])
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, atol=1e-4)


@pytest.mark.parametrize("kind", ["bert", "roberta", "distilbert", "electra", "modernbert", "deberta-v2"])
def test_trained_layers_are_left_alone_and_untrained_ones_found(kind, tmp_path):
    write_encoder(tmp_path / "whole", kind)
    network, _, layers = opened(tmp_path / "whole")
    assert layers is None
    network.base_model.save_pretrained(tmp_path / "encoder")
    AutoTokenizer.from_pretrained(tmp_path / "whole").save_pretrained(tmp_path / "encoder")
    network, tokenizer, layers = opened(tmp_path / "encoder")
    before = loss(network, tokenizer)
    assert layers is not None
    start(network, layers, tokenizer)
    assert loss(network, tokenizer) < before


def test_gaps_of_which_nothing_can_be_told_are_left_to_how_often_words_occur():
    random = np.random.default_rng(0)
    embeddings = torch.from_numpy(random.normal(size=(30, 4))).float()
    words = random.integers(0, 30, 400)
    noise = Gaps(random.normal(size=(400, 4)), words, np.bincount(words, minlength=30).astype(float))
    assert start_of(noise, embeddings, regress=True).size <= SIZES[1]
    told = Gaps(embeddings.numpy()[words] + 0.01 * random.normal(size=(400, 4)), words, noise.counts)
    made = start_of(told, embeddings, regress=True)
    assert made.size >= 0.8
    answers = told.features @ made.weight.T
    bias = np.log(noise.counts / noise.counts.sum() + 1e-9)
    assert (
        loss_of(answers, words, embeddings, bias, made.size)
        < loss_of(answers, words, embeddings, bias, 0.0) - 1
    )
    none = Gaps(np.zeros((0, 4)), np.zeros(0, dtype=np.int64), np.zeros(30))
    assert np.isfinite(start_of(none, embeddings, regress=True).bias).all()


def test_of_many_words_a_few_gaps_are_measured_at_once(monkeypatch):
    random = np.random.default_rng(0)
    embeddings, words = torch.from_numpy(random.normal(size=(30, 4))).float(), random.integers(0, 30, 100)
    answers, bias, together = random.normal(size=(100, 4)), random.normal(size=30), []
    at_once = loss_of(answers, words, embeddings, bias, 0.5)
    monkeypatch.setattr(gap_start, "LOGITS_TOGETHER", 7 * 30 + 1)
    measure = torch.nn.functional.cross_entropy

    def measured(logits, *rest, **options):
        together.append(len(logits))
        return measure(logits, *rest, **options)

    monkeypatch.setattr(torch.nn.functional, "cross_entropy", measured)
    assert loss_of(answers, words, embeddings, bias, 0.5) == pytest.approx(at_once)
    assert max(together) == 7
    assert sum(together) == 100
