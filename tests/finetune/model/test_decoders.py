"""Networks that read from left to right as classifiers: they answer a batch as plain transformers does each text."""

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

from finetune.data.batching.batches import LengthSampler
from finetune.data.batching.loader import Collated
from finetune.data.batching.pairs import tokenize_rows
from finetune.data.batching.part import Part
from finetune.data.batching.tokenizer import load_tokenizer
from finetune.model.activations import checkpoint_activations
from finetune.model.export.hugging_face import write_model
from finetune.model.logits import knows_types, logits_of
from finetune.model.network import load_network
from finetune.model.optim import freeze_embeddings
from finetune.model.vocabulary import suit, suit_as, suit_saved
from finetune.tasks.single_label import single_label
from tests.decoders import END, KINDS, byte_tokenizer, decoder_config, write_decoder
from tests.journeys.conftest import sentences

LABELS = ["Clima", "Pecuária", "Preços"]
TEXTS = [text for text, _ in sentences(9)] + ["boi", "a"]


def opened(folder):
    """Network and tokenizer as a fit opens them, in evaluation mode."""
    tokenizer = load_tokenizer(str(folder))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        network, _ = load_network(str(folder), LABELS, single_label())
    suit(network, tokenizer, model="m")
    return network.eval(), tokenizer


def batches(tokenizer, *texts, max_length=128):
    """The batches of our loader: uneven ones, padded to a multiple of 8."""
    tokens, _ = tokenize_rows(texts, tokenizer, cache=None)
    rows = np.arange(len(texts[0]))
    data = Collated(Part(tokens, rows, rows, None), max_length, 8)
    for cut in LengthSampler(data.lengths, max_tokens=200, pad_to=8):
        yield data[cut]


def answers(network, tokenizer, *texts, **options):
    """The logits of each text, in order. [N, C]"""
    found = torch.zeros(len(texts[0]), len(LABELS))
    with torch.no_grad():
        for batch in batches(tokenizer, *texts, **options):
            found[batch["row"]] = logits_of(network, batch)
    return found


def plain(folder, network, tokenizer):
    """The same as plain transformers opens it once it was written."""
    write_model(folder, network, tokenizer, weights=network.state_dict())
    written = AutoTokenizer.from_pretrained(folder)
    return AutoModelForSequenceClassification.from_pretrained(folder, dtype="auto").eval(), written


def alone(network, tokenizer, *texts, **options):
    """The logits of each text, or pair of texts, asked for by itself. [N, C]"""
    with torch.no_grad():
        asked = [tokenizer(*each, return_tensors="pt", **options) for each in zip(*texts, strict=True)]
        for each in asked:
            each.pop("token_type_ids", None)
        return torch.cat([network(**each).logits for each in asked])


@pytest.mark.parametrize("kind", KINDS)
def test_uneven_batches_are_answered_as_each_text_alone(kind, tmp_path):
    network, tokenizer = opened(write_decoder(tmp_path / "m", kind, byte_tokenizer()))
    assert len({batch["input_ids"].shape for batch in batches(tokenizer, TEXTS)}) > 1
    found = answers(network, tokenizer, TEXTS)
    other, its_tokenizer = plain(tmp_path / "w", network, tokenizer)
    assert torch.allclose(found, alone(other, its_tokenizer, TEXTS), atol=1e-5)
    together = its_tokenizer(TEXTS, padding=True, return_tensors="pt", return_token_type_ids=False)
    with torch.no_grad():
        assert torch.allclose(found, other(**together).logits, atol=1e-5)
    assert found.std(dim=0).min() > 0.01  # they are answered differently
    # GPT-2 would take the types of two texts for words, and what answers keeps nothing to write on by
    assert not knows_types(network)
    assert network.config.use_cache is False
    with torch.no_grad():
        assert network(**together).past_key_values is None


@pytest.mark.parametrize(
    "options",
    [
        {"begins": True},
        {"ends": True},  # and what stands behind is what fills a batch
        {"begins": True, "ends": True, "pad": "<pad>"},
        {},
    ],
    ids=["begins", "ends_with_the_padding", "both", "neither"],
)
@pytest.mark.parametrize("max_length", [128, 6])
def test_texts_and_pairs_are_cut_at_the_right(options, max_length, tmp_path):
    pad = {"pad": END} if options == {"ends": True} else {}
    made = byte_tokenizer(**options | pad, side="left")  # as those have it that write on
    network, tokenizer = opened(write_decoder(tmp_path / "m", "gpt2", made))
    assert tokenizer.padding_side == "right"
    other, its_tokenizer = plain(tmp_path / "w", network, tokenizer)
    assert (its_tokenizer.padding_side, its_tokenizer.pad_token_id) == ("right", tokenizer.pad_token_id)
    cut = {"truncation": True, "max_length": max_length}
    found = answers(network, tokenizer, TEXTS, max_length=max_length)
    assert torch.allclose(found, alone(other, its_tokenizer, TEXTS, **cut), atol=1e-5)
    pairs = TEXTS, TEXTS[::-1]
    found = answers(network, tokenizer, *pairs, max_length=max_length)
    assert torch.allclose(found, alone(other, its_tokenizer, *pairs, **cut), atol=1e-5)


def test_a_padding_that_is_added_gets_a_row_of_zeros_the_same_each_time(tmp_path):
    folder = write_decoder(tmp_path / "m", "llama", byte_tokenizer())
    before = load_network(str(folder), LABELS, single_label())[0].get_input_embeddings().weight
    network, tokenizer = opened(folder)
    weight = network.get_input_embeddings().weight
    assert tokenizer.pad_token_id == len(before) == len(weight) - 1 == network.config.pad_token_id
    assert torch.equal(weight[:-1], before)
    assert not weight[-1].any()
    other, _ = plain(tmp_path / "w", network, tokenizer)
    assert torch.equal(other.get_input_embeddings().weight, weight)
    assert other.config.vocab_size == len(weight)
    again = load_network(str(folder), LABELS, single_label())[0]
    suit_as(again, network)
    assert torch.equal(again.get_input_embeddings().weight, weight)
    assert again.config.pad_token_id == network.config.pad_token_id
    saved = load_network(str(folder), LABELS, single_label())[0]
    suit_saved(
        saved, {f"network.{name}": each for name, each in network.state_dict().items()}, prefix="network."
    )
    saved.load_state_dict(network.state_dict())
    assert saved.config.pad_token_id == network.config.pad_token_id


def test_a_spare_row_is_taken_and_one_that_is_kept_for_padding_first(tmp_path):
    network, tokenizer = opened(write_decoder(tmp_path / "spare", "qwen2", byte_tokenizer(), spare=7))
    assert network.get_input_embeddings().num_embeddings == tokenizer.pad_token_id + 7
    made = byte_tokenizer()
    made.add_special_tokens({"additional_special_tokens": ["<|finetune_right_pad_id|>", "<|other|>"]})
    network, tokenizer = opened(write_decoder(tmp_path / "kept", "llama", made))
    assert tokenizer.pad_token == "<|finetune_right_pad_id|>"
    assert network.get_input_embeddings().num_embeddings == tokenizer.pad_token_id + 2


def test_the_padding_of_the_batches_counts_whatever_the_configuration_says(tmp_path):
    folder = write_decoder(tmp_path / "m", "llama", byte_tokenizer(pad="<pad>"), pad_token_id=1)
    network, tokenizer = opened(folder)
    assert network.config.pad_token_id == tokenizer.pad_token_id == 2
    other, its_tokenizer = plain(tmp_path / "w", network, tokenizer)
    assert torch.allclose(answers(network, tokenizer, TEXTS), alone(other, its_tokenizer, TEXTS), atol=1e-5)


def test_a_text_without_a_token_is_answered_whatever_stands_beside_it(tmp_path):
    network, tokenizer = opened(write_decoder(tmp_path / "m", "qwen2", byte_tokenizer()))
    found = answers(network, tokenizer, ["", *TEXTS])
    assert torch.isfinite(found).all()
    assert torch.allclose(found[1:], answers(network, tokenizer, TEXTS), atol=1e-5)
    assert torch.allclose(found[:1], answers(network, tokenizer, [""]), atol=1e-5)


def test_what_writes_and_shares_its_embeddings_is_opened_without_the_layer_that_writes(tmp_path):
    tokenizer = byte_tokenizer()
    tokenizer.save_pretrained(tmp_path / "m")
    config = decoder_config("qwen2", len(tokenizer), tie_word_embeddings=True)
    with torch.random.fork_rng(devices=[]):
        writer = AutoModelForCausalLM.from_config(config)
    writer.save_pretrained(tmp_path / "m")
    network, new = load_network(str(tmp_path / "m"), LABELS, single_label())
    assert new == {"score.weight"}
    assert torch.equal(network.get_input_embeddings().weight, writer.get_input_embeddings().weight)
    assert not [name for name, _ in network.named_parameters() if "lm_head" in name]


@pytest.mark.parametrize("kind", ["gpt2", "qwen3", "modernbert-decoder"])
def test_activations_computed_anew_give_the_same_gradients(kind, tmp_path):
    network, tokenizer = opened(write_decoder(tmp_path / "m", kind, byte_tokenizer()))
    freeze_embeddings(network)
    embeddings = network.get_input_embeddings().weight
    assert not embeddings.requires_grad
    found = []
    for on in (False, True):
        network.train()
        checkpoint_activations(network, on)
        torch.manual_seed(3)
        network.zero_grad()
        logits_of(network, next(batches(tokenizer, TEXTS))).square().sum().backward()
        found.append([each.grad.clone() for each in network.parameters() if each.requires_grad])
    assert all(torch.allclose(one, other, atol=1e-5) for one, other in zip(*found, strict=True))
    assert embeddings.grad is None
