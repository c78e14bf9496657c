"""A network that learns from texts alone: how it is opened, and that `fit` begins with what is written."""

import pytest
import torch
from transformers import AutoTokenizer, BertConfig, BertForPreTraining

from finetune.errors import ModelError
from finetune.model.language_network import load_language_network, write_language_network
from finetune.model.network import load_network
from finetune.tasks.single_label import single_label
from tests.decoders import byte_tokenizer, write_decoder

LABELS = ["a", "b"]


def written(folder, base, *, fills_gaps):
    """What is written of a network whose encoder has learned something."""
    network, _ = load_language_network(str(base), fills_gaps=fills_gaps)
    with torch.no_grad():
        for name, parameter in network.base_model.named_parameters():
            if "pooler" not in name:
                parameter.add_(0.01)
    tokenizer = AutoTokenizer.from_pretrained(base)
    folder.mkdir()
    write_language_network(folder, network, tokenizer, weights=network.state_dict(), base=str(base))
    return network


@pytest.mark.parametrize("fills_gaps", [True, False])
def test_fit_begins_with_what_was_learned_and_no_pooler_by_chance(fills_gaps, tiny_model, tmp_path):
    # that of the tiny model is trained; one drawn at random must not look as if it were
    base = tmp_path / "base"
    plain, _ = load_language_network(str(tiny_model), fills_gaps=True)
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    base.mkdir()
    plain.base_model.save_pretrained(base)
    tokenizer.save_pretrained(base)
    network = written(tmp_path / "adapted", base, fills_gaps=fills_gaps)
    found, new = load_network(str(tmp_path / "adapted"), LABELS, single_label())
    _, new_of_base = load_network(str(base), LABELS, single_label())
    assert (
        new
        == new_of_base
        == {f"{name}.{part}" for name in ("bert.pooler.dense", "classifier") for part in ("weight", "bias")}
    )
    learned = dict(network.base_model.named_parameters())
    for name, parameter in found.base_model.named_parameters():
        if "pooler" not in name:
            assert torch.equal(parameter, learned[name]), name


@pytest.mark.parametrize("fills_gaps", [True, False])
def test_a_pooler_that_the_base_has_is_kept(fills_gaps, tiny_model, tmp_path):
    config = BertConfig.from_pretrained(tiny_model)
    base = BertForPreTraining(config)
    base.save_pretrained(tmp_path / "base")
    AutoTokenizer.from_pretrained(tiny_model).save_pretrained(tmp_path / "base")
    written(tmp_path / "adapted", tmp_path / "base", fills_gaps=fills_gaps)
    found, new = load_network(str(tmp_path / "adapted"), LABELS, single_label())
    assert new == {"classifier.weight", "classifier.bias"}
    assert torch.equal(found.bert.pooler.dense.weight, base.bert.pooler.dense.weight)


def test_a_layer_that_fills_gaps_is_made_of_the_models_own_words(tiny_model):
    network, new = load_language_network(str(tiny_model), fills_gaps=True)
    assert {name.partition(".")[0] for name in new} == {"cls"}
    assert network.get_output_embeddings().weight is network.get_input_embeddings().weight


def test_what_reads_from_left_to_right_is_refused(tmp_path):
    folder = write_decoder(tmp_path / "m", "llama", byte_tokenizer())
    for fills_gaps in (True, False):
        with pytest.raises(ModelError, match=r"llama|LlamaConfig"):
            load_language_network(str(folder), fills_gaps=fills_gaps)


def test_without_content_it_has_the_same_shapes(tiny_model):
    whole, _ = load_language_network(str(tiny_model), fills_gaps=True)
    empty, _ = load_language_network(str(tiny_model), fills_gaps=True, weightless=True)
    assert {n: p.shape for n, p in empty.named_parameters()} == {
        n: p.shape for n, p in whole.named_parameters()
    }
    assert all(parameter.is_meta for parameter in empty.parameters())
