import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score, r2_score, roc_auc_score
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    DebertaV2Config,
    DistilBertConfig,
    ElectraConfig,
    EuroBertConfig,
    GPT2Config,
    ModernBertConfig,
    RobertaConfig,
)

from finetune.model.head_start import (
    Started,
    read_by_hidden,
    read_by_output,
    start_head,
    straightness,
    untrained_head,
)
from finetune.model.logits import logits_of
from finetune.model.network import quicken
from finetune.model.optim import encoder_layers
from finetune.model.regression import fit_regression
from finetune.model.ridge import fit_ridge
from finetune.tasks.calibration import Calibration

SIZE = {
    "vocab_size": 60,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "num_labels": 4,
    "pad_token_id": 0,
    "initializer_range": 0.2,
}
ROWS = 120

# how each head goes: dense and tanh; the same outside the encoder; GELU; ReLU; GELU after a pooler; norm; GELU of every
# token, whose answers are averaged; nothing
SHAPES = {
    "bert": BertConfig(**SIZE),
    "roberta": RobertaConfig(**SIZE),
    "electra": ElectraConfig(**SIZE, embedding_size=32),
    "distilbert": DistilBertConfig(
        vocab_size=60, dim=32, n_layers=2, n_heads=2, hidden_dim=64, num_labels=4, initializer_range=0.2
    ),
    "deberta-v2": DebertaV2Config(**SIZE, pooler_hidden_size=32),
    "modernbert": ModernBertConfig(
        **SIZE, bos_token_id=1, eos_token_id=2, cls_token_id=1, sep_token_id=2, reference_compile=False
    ),
    "eurobert": EuroBertConfig(**SIZE, num_key_value_heads=2, bos_token_id=1, eos_token_id=2),
    "gpt2": GPT2Config(
        vocab_size=60, n_embd=32, n_layer=2, n_head=2, num_labels=4, pad_token_id=0, initializer_range=0.2
    ),
}


def made(name, *, trained=()):
    """A network of random weights, and its parameters outside the encoder but those that are called trained."""
    torch.manual_seed(1)
    network = AutoModelForSequenceClassification.from_config(SHAPES[name])
    quicken(network)
    prefix = f"{network.base_model_prefix}."
    names = {key for key, _ in network.named_parameters() if not key.startswith(prefix) or ".pooler." in key}
    return network, {key for key in names if not any(part in key for part in trained)}


def batches(rows=ROWS):
    """Rows of four classes that a few of their tokens tell apart, in batches of 16, the last of a filler."""
    random = np.random.default_rng(0)
    labels = np.arange(rows) % 4
    ids = random.integers(20, 60, size=(rows, 9))
    ids[:, 0] = 1
    telling = random.random((rows, 9)) < 0.6
    telling[:, 0] = False
    ids = np.where(telling, 5 + labels[:, None] * 3 + random.integers(0, 3, (rows, 9)), ids)
    mask = np.ones_like(ids)
    mask[::3, 7:] = 0
    ids[mask == 0] = 0
    for start in range(0, rows, 16):
        some = slice(start, start + 16)
        yield {
            "input_ids": torch.from_numpy(ids[some]),
            "attention_mask": torch.from_numpy(mask[some]),
            "labels": torch.from_numpy(labels[some]),
            "row": torch.arange(rows)[some],
        }
    yield {
        "input_ids": torch.ones(1, 4, dtype=torch.int64),
        "attention_mask": torch.ones(1, 4, dtype=torch.int64),
        "labels": torch.tensor([-100]),
        "row": torch.tensor([-1]),
    }


def read(network, by):
    network.eval()
    with torch.no_grad():
        return torch.cat([by(batch) for batch in batches()])[:ROWS].double().numpy()


TRUTH = np.arange(ROWS) % 4


def macro_f1(logits):
    return f1_score(TRUTH, logits.argmax(axis=1), average="macro")


def started(network, new, **settings):
    head = untrained_head(network, new)
    given = {"most": 1_000, "seed": 0, "from_first": lambda make: make()}
    return start_head(network, head, lambda most: batches(), **(given | settings))


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_a_started_head_answers_as_the_probe_on_the_frozen_encoder(name):
    network, new = made(name)
    head = untrained_head(network, new)
    by = read_by_output if head.hidden is None else read_by_hidden
    features = read(network, lambda batch: by(network, head, batch))
    probe = fit_regression(
        features, TRUTH, num_classes=4, seed=0, with_bias=head.output.bias is not None
    ).logits(features)
    encoder = {key: value.clone() for key, value in network.state_dict().items() if key not in new}
    assert started(network, new).rows == ROWS
    found = read(network, lambda batch: logits_of(network, batch))
    assert macro_f1(probe) > 0.5  # there is something to tell
    assert macro_f1(found) == pytest.approx(macro_f1(probe), abs=0.01)
    # it is as sure as would leave something to learn
    assert np.std(found - found.mean(axis=1, keepdims=True)) < 0.75 * np.std(
        probe - probe.mean(axis=1, keepdims=True)
    )
    assert all(torch.equal(network.state_dict()[key], value) for key, value in encoder.items())


@pytest.mark.parametrize("name", ["bert", "roberta", "electra", "distilbert", "deberta-v2"])
def test_what_the_hidden_layer_reads_comes_out_straight(name):
    network, new = made(name)
    started(network, new)
    head = untrained_head(network, new)
    inputs, outputs = (
        read(network, lambda batch, by=by: by(network, head, batch))
        for by in (read_by_hidden, read_by_output)
    )
    assert straightness(inputs, outputs) > 0.99


@pytest.mark.parametrize("name", ["bert", "modernbert"])
def test_a_hidden_layer_that_the_pretrained_model_brings_is_kept(name):
    network, new = made(name, trained=["pooler", "head."])
    kept = {key: value.clone() for key, value in network.state_dict().items() if key not in new}
    assert len(new) == 2
    assert isinstance(started(network, new), Started)
    assert all(torch.equal(network.state_dict()[key], value) for key, value in kept.items())


def test_a_head_that_is_trained_is_not_started():
    network, new = made("bert", trained=["classifier"])
    assert new
    assert untrained_head(network, new) is None


def test_two_classes_get_half_of_their_difference_each():
    random = np.random.default_rng(0)
    features = random.normal(size=(80, 5)) * 4 + 7
    labels = (features[:, 0] > 7).astype(np.int64)
    found = fit_regression(features, labels, num_classes=2, seed=0)
    assert (found.logits(features).argmax(axis=1) == labels).mean() > 0.95
    assert found.weight[0] == pytest.approx(-found.weight[1])


def test_a_class_without_rows_is_never_the_answer():
    random = np.random.default_rng(0)
    labels = np.repeat([0, 2], 20)
    features = random.normal(size=(40, 3)) + labels[:, None]
    found = fit_regression(features, labels, num_classes=3, seed=0)
    probabilities = np.exp(found.logits(features))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    assert probabilities[:, 1].max() < 0.01


def test_a_class_with_a_single_row_is_learned():
    features = np.random.default_rng(0).normal(size=(21, 8))
    labels = np.array([0, 1] * 10 + [2])
    features[20] += 30
    assert fit_regression(features, labels, num_classes=3, seed=0).logits(features)[20].argmax() == 2


@pytest.mark.parametrize("labels", [[0] * 9 + [1], [0, 1], [0, 1, 2], [0, 0, 1], [0] * 40 + [1, 2]])
def test_a_class_of_one_row_or_all_of_them_are_learned_from(labels):
    features = np.random.default_rng(0).normal(size=(len(labels), 8)) + 3 * np.eye(8)[labels]
    found = fit_regression(features, np.array(labels), num_classes=3, seed=0)
    assert found.logits(features).argmax(axis=1).tolist() == labels


def test_rows_of_one_class_start_nothing():
    network, new = made("bert")
    before = {key: value.clone() for key, value in network.classifier.state_dict().items()}
    one = [batch | {"labels": batch["labels"] * 0} for batch in batches()]
    head = untrained_head(network, new)
    assert (
        start_head(network, head, lambda most: one, most=100, seed=0, from_first=lambda make: make()) is None
    )
    assert all(torch.equal(network.classifier.state_dict()[key], value) for key, value in before.items())


def test_an_encoder_that_gives_no_numbers_starts_nothing():
    network, new = made("bert")
    with torch.no_grad():
        encoder_layers(network)[0].attention.self.query.weight.fill_(torch.nan)
    assert started(network, new) is None


@pytest.mark.parametrize("training", [True, False])
def test_the_network_trains_afterwards_as_before(training):
    network, new = made("bert")
    network.train(training)
    started(network, new)
    assert network.training == training
    assert network(torch.ones(1, 3, dtype=torch.int64)).logits.shape == (1, 4)  # no hook is left


@pytest.mark.parametrize("name", ["bert", "roberta", "gpt2"])
def test_a_head_of_labels_that_stand_together_begins_as_a_regression_for_each(name):
    network, new = made(name)
    given = np.stack([TRUTH < 2, TRUTH == 1, TRUTH == 9, TRUTH % 2 == 0], axis=1).astype(np.float32)

    def passes(most):
        for batch in batches():
            rows = batch["row"].clamp(min=0)
            yield batch | {"labels": torch.from_numpy(given)[rows]}

    head = untrained_head(network, new)
    found = start_head(network, head, passes, most=1_000, seed=0, from_first=lambda make: make())
    assert found.rows == ROWS
    logits = read(network, lambda batch: logits_of(network, batch))
    for label in (0, 1, 3):
        assert roc_auc_score(given[:, label], logits[:, label]) > 0.75
    said = 1 / (1 + np.exp(-logits))
    if head.output.bias is not None:
        assert said.mean(axis=0) == pytest.approx(given.mean(axis=0), abs=0.02)


def test_rows_of_the_same_labels_start_nothing():
    network, new = made("bert")
    same = [
        batch | {"labels": torch.tensor([[1.0, 0, 1, 0]]).expand(len(batch["row"]), 4)} for batch in batches()
    ]
    head = untrained_head(network, new)
    assert (
        start_head(network, head, lambda most: same, most=100, seed=0, from_first=lambda make: make()) is None
    )


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_a_head_of_one_number_begins_as_a_ridge_regression_in_deviations(name):
    torch.manual_seed(1)
    config = type(SHAPES[name]).from_dict(SHAPES[name].to_dict() | {"num_labels": 1})
    network = AutoModelForSequenceClassification.from_config(config)
    quicken(network)
    prefix = f"{network.base_model_prefix}."
    new = {key for key, _ in network.named_parameters() if not key.startswith(prefix) or ".pooler." in key}
    prices = 1000 + 200 * TRUTH.astype(float)
    known = Calibration(scale=[200.0], shift=[1300.0])

    def passes(most):
        for batch in batches():
            yield {**batch, "labels": 1000 + 200 * batch["labels"].float()}

    head = untrained_head(network, new)
    found = start_head(network, head, passes, most=1000, seed=0, from_first=lambda make: make(), known=known)
    assert found.rows == ROWS
    answered = known.applied(read(network, lambda batch: logits_of(network, batch)))[:, 0]
    assert r2_score(prices, answered) > 0.4
    assert np.mean(answered) == pytest.approx(1300, abs=40)


def test_the_penalty_of_a_ridge_regression_is_chosen_by_rows_left_out():
    draw = np.random.default_rng(0)
    features = draw.normal(size=(60, 40)) * 3 + 1
    signal = (features[:, 0] - 1) / 3
    noise = fit_ridge(features, draw.normal(size=60))
    told = fit_ridge(features, signal + 0.05 * draw.normal(size=60))
    assert noise.strength < told.strength
    assert np.std(noise.logits(features)) < 0.5
    assert np.corrcoef(told.logits(features)[:, 0], signal)[0, 1] > 0.99
    assert fit_ridge(features[:2], signal[:2]).logits(features[:2]).shape == (2, 1)
    assert fit_ridge(features, signal, with_bias=False).bias.tolist() == [0]
