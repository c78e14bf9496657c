import numpy as np
import pytest
import torch
from scipy.special import expit, softmax
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    DistilBertConfig,
    GPT2Config,
    RobertaConfig,
)

from callbacks.language.which import speaking
from finetune.model.export.folding import folded, last_layer
from finetune.model.head_start import regression_of
from finetune.model.held_rows import Held, fit_beside
from finetune.model.known_classes import KnownClasses, held_classes, told
from finetune.model.network import load_network, open_classifier
from finetune.model.output_layer import output_layer
from finetune.model.regression import fit_regression
from finetune.tasks.calibration import Calibration, is_calibrated, write_calibration
from finetune.tasks.multi_label import multi_label
from finetune.tasks.number import number
from finetune.tasks.ordinal import ordinal
from finetune.tasks.single_label import single_label

STORED = ["1", "2", "3"]
SIZE = {
    "vocab_size": 50,
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "initializer_range": 0.3,
}
# pooler within the encoder; a hidden layer of the head; one beside the output; none, and no bias
HEADS = {
    "bert": BertConfig(**SIZE),
    "roberta": RobertaConfig(**SIZE),
    "distilbert": DistilBertConfig(
        vocab_size=50, dim=16, n_layers=1, n_heads=2, hidden_dim=32, initializer_range=0.3
    ),
    "gpt2": GPT2Config(vocab_size=50, n_embd=16, n_layer=1, n_head=2, pad_token_id=0, initializer_range=0.3),
}
CLASSES = {"single_label": single_label, "multi_label": multi_label, "ordinal": ordinal}
IDS = torch.tensor([[5, 6, 7, 8, 9], [9, 3, 2, 20, 4]])


@pytest.fixture
def trained(tmp_path):
    """A function that makes a folder of a head that was trained for `STORED`."""

    def make(head="bert", task="single_label", *, calibration=None, stored=STORED):
        torch.manual_seed(0)
        network = AutoModelForSequenceClassification.from_config(HEADS[head])
        network = type(network)(
            type(network.config).from_dict(
                network.config.to_dict()
                | {
                    "id2label": dict(enumerate(stored)),
                    "problem_type": "regression" if task == "number" else CLASSES[task]().problem_type,
                    "finetune_task": task,
                }
            )
        )
        _, layer = output_layer(network)
        if layer.bias is not None:
            torch.nn.init.normal_(layer.bias)
        weights = network.state_dict()
        if calibration is not None:
            weights, left = folded(weights, last_layer(network), calibration)
            write_calibration(network.config, left)
        network.save_pretrained(tmp_path / "trained", state_dict=weights)
        return str(tmp_path / "trained")

    return make


@torch.no_grad()
def logits(network):
    network.eval()
    return network(input_ids=IDS, attention_mask=torch.ones_like(IDS)).logits


def same(found, expected):
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)


def before(folder, task="single_label", stored=STORED):
    network, new = load_network(folder, stored, CLASSES[task]())
    assert new == set()
    return network


@pytest.mark.parametrize("task", ["single_label", "multi_label"])
@pytest.mark.parametrize("head", sorted(HEADS))
def test_known_classes_are_told_as_before_beside_new_ones_wherever_they_stand(trained, head, task):
    folder = trained(head, task)
    network, new, known = open_classifier(folder, ["3", "4", "1"], CLASSES[task]())
    assert (known.kept, known.new, known.gone) == (("3", "1"), ("4",), ("2",))
    name, layer = output_layer(network)
    assert new == {f"{name}.{part}" for part, _ in layer.named_parameters()}
    assert layer.out_features == 3 == network.num_labels == network.config.num_labels
    old = before(folder, task)
    same(logits(network)[:, [0, 2]], logits(old)[:, [2, 0]])
    assert logits(network)[:, 1].abs().sum() > 0
    assert network.config.id2label == {0: "3", 1: "4", 2: "1"}
    assert network.config.label2id == {"3": 0, "4": 1, "1": 2}
    others = {key: each for key, each in old.state_dict().items() if not key.startswith(f"{name}.")}
    assert all(torch.equal(network.state_dict()[key], each) for key, each in others.items())


@pytest.mark.parametrize("task", sorted(CLASSES))
@pytest.mark.parametrize("head", ["bert", "gpt2"])
def test_the_same_classes_in_another_order_are_all_kept(trained, head, task):
    folder = trained(head, task)
    network, new, known = open_classifier(folder, ["2", "3", "1"], CLASSES[task]())
    assert new == set()
    assert (known.kept, known.new, known.gone) == (("2", "3", "1"), (), ())
    same(logits(network), logits(before(folder, task))[:, [1, 2, 0]])


@pytest.mark.parametrize("task", ["single_label", "multi_label"])
def test_fewer_classes_leave_nothing_to_start(trained, task):
    folder = trained("roberta", task)
    network, new, known = open_classifier(folder, ["3"], CLASSES[task]())
    assert (new, known.gone) == (set(), ("1", "2"))
    same(logits(network), logits(before(folder, task))[:, [2]])


@pytest.mark.parametrize("labels", [["1", "2"], ["1", "2", "3", "4"], ["1", "2", "4"]])
def test_an_order_of_other_grades_starts_anew_and_that_is_told(trained, labels):
    folder = trained("bert", "ordinal")
    network, new, known = open_classifier(folder, labels, ordinal())
    assert new == {"classifier.weight", "classifier.bias"}
    assert known.kept == ()
    assert "the order has other grades than the head was trained for" in str(told(known))
    assert not torch.isclose(logits(network)[:, :2], logits(before(folder, "ordinal"))[:, :2]).any()


@pytest.mark.parametrize(
    ("stored", "task", "labels"),
    [
        ("single_label", multi_label, ["1", "2", "4"]),
        ("multi_label", single_label, ["1", "2", "3"]),
        ("single_label", number, ["1"]),
        ("single_label", single_label, ["um", "dois", "três"]),
        ("single_label", single_label, ["1 ", "b"]),
    ],
)
def test_a_head_for_another_problem_or_other_names_starts_anew_as_ever(trained, stored, task, labels):
    folder = trained("bert", stored)
    _, new, known = open_classifier(folder, labels, task())
    assert new == {"classifier.weight", "classifier.bias"}
    assert known is None


def test_a_head_without_weights_of_its_own_keeps_nothing(trained, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = trained("bert")
    file = tmp_path / "trained" / "model.safetensors"
    for left_out in ("classifier", "pooler"):
        weights = {key: each for key, each in load_file(file).items() if left_out not in key}
        save_file(weights, file, {"format": "pt"})
        network, new, known = open_classifier(folder, ["1", "4"], single_label())
        assert {"classifier.weight", "classifier.bias"} <= new
        assert known is None
        assert network.classifier.out_features == 2


@pytest.mark.parametrize("task", ["single_label", "multi_label"])
def test_what_was_folded_into_an_export_is_taken_out_of_the_rows(trained, task):
    plain = logits(load_network(trained("bert", task), STORED, CLASSES[task]())[0])
    folder = trained("bert", task, calibration=Calibration(temperature=2.0))
    same(logits(before(folder, task)), plain / 2)
    network, _ = load_network(folder, ["4", "2"], CLASSES[task]())
    same(logits(network)[:, 1], plain[:, 1])
    assert not is_calibrated(network.config)


def test_a_plan_without_content_has_the_shapes_of_all_classes(trained):
    network, new, known = open_classifier(trained("bert"), ["1", "4"], single_label(), weightless=True)
    assert network.classifier.weight.shape == (2, 16)
    assert all(each.is_meta for each in network.parameters())
    assert {"classifier.weight", "classifier.bias"} <= new
    assert known is None


def test_new_rows_are_drawn_the_same_from_the_same_seed(trained):
    folder = trained("bert")
    drawn = []
    for _ in range(2):
        torch.manual_seed(3)
        drawn.append(load_network(folder, ["1", "4", "5"], single_label())[0].classifier.weight)
    assert torch.equal(*drawn)
    assert not torch.equal(drawn[0][1], drawn[0][2])


def test_a_saved_network_with_moved_rows_opens_again(trained, tmp_path):
    network, _ = load_network(trained("bert"), ["4", "1"], single_label())
    network.save_pretrained(tmp_path / "again")
    found, new, known = open_classifier(str(tmp_path / "again"), ["4", "1"], single_label())
    assert (new, known) == (set(), None)
    same(logits(found), logits(network))


# ---- what is said ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (("b", "c", "d"), 'the head knows "b" already; new: "c", "d"; no longer asked for: "a"'),
        (("a", "b", "c"), 'the head knows "a", "b" already; new: "c"'),
        (("b",), 'the head knows "b" already; no longer asked for: "a"'),
        (("b", "a"), 'the head knows "b", "a" already; they stood in another order'),
    ],
)
def test_it_is_told_which_classes_are_kept_which_are_new_and_which_are_gone(labels, sentence):
    with speaking("en"):
        assert str(told(KnownClasses(labels, ("a", "b"), is_kept=True))) == sentence


# ---- the start of the new ones ---------------------------------------------------------------------------------


def points(counts, *, seed=0):
    """Features about a place for each class, and their classes."""
    draw = np.random.default_rng(seed)
    places = draw.normal(size=(len(counts), 12)) * 2
    labels = np.repeat(np.arange(len(counts)), counts)
    return draw.normal(size=(len(labels), 12)) + places[labels] + 5, labels, places + 5


@pytest.mark.parametrize("with_bias", [True, False])
def test_new_classes_fit_in_beside_rows_that_are_held(with_bias):
    features, labels, places = points([2, 2, 20, 20])
    weight, bias = 3 * (places - places.mean(axis=0)), np.zeros(4)
    bias -= weight @ places.mean(axis=0) if with_bias else 0
    held = [0, 1]
    found = fit_beside(features, labels, held=Held(held, weight, bias), seed=0, with_bias=with_bias)
    assert (found.weight[held] == weight[held]).all()
    assert (found.bias[held] == bias[held]).all()
    fresh, truth, _ = points([50, 50, 50, 50])
    assert (found.logits(fresh).argmax(axis=1) == truth).mean() > (0.9 if with_bias else 0.8)
    if not with_bias:
        assert not found.bias.any()


def test_where_nothing_is_held_it_is_the_regression_of_all_classes():
    features, labels, _ = points([12, 20, 30, 9])
    nothing = Held([], np.zeros((4, 12)), np.zeros(4))
    found = fit_beside(features, labels, held=nothing, seed=0)
    expected = fit_regression(features, labels, num_classes=4, seed=0)
    assert found.strength == expected.strength
    assert softmax(found.logits(features), axis=1) == pytest.approx(
        softmax(expected.logits(features), axis=1), abs=0.02
    )


def test_a_new_class_without_rows_is_improbable_beside_rows_that_are_held():
    features, labels, places = points([3, 0, 20])
    weight = places - places.mean(axis=0)
    bias = -weight @ places.mean(axis=0)
    found = fit_beside(features, labels, held=Held([0], weight, bias), seed=0)
    assert softmax(found.logits(features), axis=1)[:, 1].max() < 0.01


def test_labels_that_stand_together_fit_in_beside_rows_that_are_held():
    features, labels, _ = points([30, 30])
    targets = np.stack([labels == 0, labels == 1], axis=1).astype(np.float64)
    weight, bias = np.full((2, 12), 0.25), np.array([1.0, 2.0])
    output = torch.nn.Linear(12, 2)
    found = regression_of(output, features, targets, seed=0, held=Held([0], weight, bias))
    assert (found.weight[0] == 0.25).all()
    assert found.bias[0] == 1.0
    assert ((expit(found.logits(features)[:, 1]) > 0.5) == (labels == 1)).mean() > 0.9


@pytest.mark.parametrize("task", ["single_label", "multi_label"])
def test_known_classes_of_few_rows_are_held_and_those_of_enough_are_learned_with_the_new(task):
    known = KnownClasses(("new", "rare", "none", "often"), ("often", "rare", "none"), is_kept=True)
    labels = np.repeat([0, 1, 3], [2, 4, 5])
    targets = labels if task == "single_label" else np.eye(4)[labels]
    assert held_classes(known, targets) == [1, 2]
    assert held_classes(None, targets) == []
