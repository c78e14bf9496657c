import pytest
import torch
from transformers import (
    AlbertConfig,
    AutoModelForSequenceClassification,
    BartConfig,
    BertConfig,
    DebertaV2Config,
    DistilBertConfig,
    ElectraConfig,
    FunnelConfig,
    GPT2Config,
    ModernBertConfig,
    RobertaConfig,
    XLNetConfig,
)

from finetune.model.export.folding import folded, last_layer, unfold
from finetune.model.network import fingerprint
from finetune.tasks.calibration import Calibration, read_calibration, write_calibration

SIZE = {
    "vocab_size": 60,
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "num_labels": 3,
    "pad_token_id": 0,
    "initializer_range": 0.5,
}
SHAPES = {
    "bert": BertConfig(**SIZE),
    "albert": AlbertConfig(**SIZE, embedding_size=16),
    "roberta": RobertaConfig(**SIZE),
    "electra": ElectraConfig(**SIZE, embedding_size=16),
    "distilbert": DistilBertConfig(
        vocab_size=60, dim=16, n_layers=1, n_heads=2, hidden_dim=32, num_labels=3, initializer_range=0.5
    ),
    "deberta-v2": DebertaV2Config(**SIZE, pooler_hidden_size=16),
    "modernbert": ModernBertConfig(
        **SIZE, bos_token_id=1, eos_token_id=2, cls_token_id=1, sep_token_id=2, reference_compile=False
    ),
    "xlnet": XLNetConfig(vocab_size=60, d_model=16, n_layer=1, n_head=2, d_inner=32, num_labels=3),
    "bart": BartConfig(
        vocab_size=60,
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        num_labels=3,
        pad_token_id=0,
        eos_token_id=2,
        init_std=0.5,
    ),
    "gpt2": GPT2Config(
        vocab_size=60, n_embd=16, n_layer=1, n_head=2, num_labels=3, pad_token_id=0, initializer_range=0.5
    ),
}
FOUND = Calibration(1.7, 0.8, 0.9)


def made(config):
    torch.manual_seed(1)
    return AutoModelForSequenceClassification.from_config(config).train(False)


def logits(network):
    ids = torch.tensor([[1, 7, 9, 11, 2], [1, 8, 2, 0, 0]])
    with torch.no_grad():
        # BART wants as many ends in each text, and both have one
        return network(input_ids=ids, attention_mask=(ids != 0).long()).logits


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_exported_divides_by_the_temperature_itself(shape):
    network = made(SHAPES[shape])
    own = logits(network)
    weights, left = folded(network.state_dict(), last_layer(network), FOUND)
    assert left == Calibration(1.0, 0.8, 0.9, folded=1.7)
    exported = made(SHAPES[shape])
    exported.load_state_dict(weights)
    torch.testing.assert_close(logits(exported), own / 1.7, rtol=1e-5, atol=1e-6)
    assert fingerprint(network, weights) == fingerprint(exported) != fingerprint(network)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_training_that_goes_on_from_it_takes_it_out_again(shape):
    network = made(SHAPES[shape])
    own = logits(network)
    weights, left = folded(network.state_dict(), last_layer(network), FOUND)
    network.load_state_dict(weights)
    write_calibration(network.config, left)
    for _ in range(2):  # once is enough
        unfold(network)
        torch.testing.assert_close(logits(network), own, rtol=1e-5, atol=1e-6)
        assert read_calibration(network.config) == FOUND


def test_a_layer_that_is_not_known_by_name_is_left_alone():
    network = made(
        FunnelConfig(vocab_size=60, block_sizes=[1], d_model=16, n_head=2, d_head=8, d_inner=32, num_labels=3)
    )
    assert last_layer(network) is None
    weights, left = folded(network.state_dict(), None, FOUND)
    assert left == FOUND
    assert all(torch.equal(weights[name], each) for name, each in network.state_dict().items())


def test_without_a_temperature_nothing_changes():
    network = made(SHAPES["bert"])
    weights, left = folded(network.state_dict(), last_layer(network), Calibration(1.0, 0.5, 0.9))
    assert left == Calibration(1.0, 0.5, 0.9)
    assert fingerprint(network, weights) == fingerprint(network)
