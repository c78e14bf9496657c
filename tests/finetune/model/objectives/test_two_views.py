"""Two readings of a text beside other texts: what is told apart does not hang on how a step is cut."""

import pytest
import torch
from transformers import AutoTokenizer

from finetune.model.language_network import load_language_network
from finetune.model.objectives.two_views import TEMPERATURE, TOGETHER, first_states, two_views
from tests.finetune.model.objectives.test_masked_words import batch_of


def opened(folder):
    """A network without dropout, so that what is computed can be told."""
    network, _ = load_language_network(str(folder), fills_gaps=False)
    for module in network.modules():
        if hasattr(module, "p"):
            module.p = 0.0
        if hasattr(module, "dropout_prob"):
            module.dropout_prob = 0.0
    return network.eval(), AutoTokenizer.from_pretrained(folder)


def test_rows_are_told_from_those_of_their_group_alone(tiny_model):
    network, tokenizer = opened(tiny_model)
    rows = list(range(20))
    with torch.no_grad():
        together, counts = two_views(0.15).losses(network, batch_of(tokenizer, rows))
        first, _ = two_views(0.15).losses(network, batch_of(tokenizer, rows[:TOGETHER]))
        rest, _ = two_views(0.15).losses(network, batch_of(tokenizer, rows[TOGETHER:]))
    assert torch.cat([first, rest]).tolist() == pytest.approx(together.tolist(), abs=1e-5)
    assert counts.tolist() == [1.0] * 20


def test_the_loss_is_the_cross_entropy_of_cosines(tiny_model):
    network, tokenizer = opened(tiny_model)
    batch = batch_of(tokenizer, [1, 2, 3])
    with torch.no_grad():
        losses, _ = two_views(0.15).losses(network, batch)
        states = first_states(network, batch)
    cosines = torch.nn.functional.cosine_similarity(states[:, None], states[None], dim=2) / TEMPERATURE
    expected = -cosines.log_softmax(dim=1).diagonal()
    assert losses.tolist() == pytest.approx(expected.tolist(), abs=1e-5)


def test_what_stands_for_no_row_counts_nothing_and_is_no_other_text(tiny_model):
    network, tokenizer = opened(tiny_model)
    with torch.no_grad():
        with_filler, counts = two_views(0.15).losses(network, batch_of(tokenizer, [1, 2, -1]))
        without, _ = two_views(0.15).losses(network, batch_of(tokenizer, [1, 2]))
        alone, _ = two_views(0.15).losses(network, batch_of(tokenizer, [4]))
    assert with_filler.tolist() == pytest.approx([*without.tolist(), 0.0], abs=1e-5)
    assert counts.tolist() == [1, 1, 0]
    assert alone.tolist() == [0.0]  # nothing to tell it from


def test_dropout_makes_the_readings_differ_in_an_evaluation_too_the_same_each_time(tiny_model):
    network, _ = load_language_network(str(tiny_model), fills_gaps=False)
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    without, _ = opened(tiny_model)
    batch = batch_of(tokenizer, [1, 2, 3])
    with torch.no_grad():
        network.eval()
        before = torch.get_rng_state()
        found = [two_views(0.15).losses(network, batch)[0] for _ in range(2)]
        assert torch.equal(torch.get_rng_state(), before)
        assert not network.training
        assert torch.equal(*found)
        assert not torch.allclose(found[0], two_views(0.15).losses(without, batch)[0], atol=0.01)
        network.train()
        assert not torch.equal(*(two_views(0.15).losses(network, batch)[0] for _ in range(2)))
