import copy
from types import SimpleNamespace

import lightning.pytorch as pl
import pytest
import torch
from lightning.pytorch.strategies import ModelParallelStrategy
from torch import nn

from finetune import plugins
from finetune.errors import ConfigError, UserError
from finetune.model.adapter_targets import target_names
from finetune.model.adapters import (
    Lora,
    adapt,
    adapted_layers,
    is_adapted,
    lora_of,
    merge_into,
    merged,
    whole_names,
)
from finetune.model.classifier import TextClassifier
from finetune.model.faster.attention import packable
from finetune.model.faster.dropout import Dropout
from finetune.model.optim import LORA_FACTOR, parameter_groups

LABELS = ["a", "b", "c"]
KINDS = [
    Lora(rank=4, kind=kind, base=base)
    for kind in ("lora", "dora", "rslora")
    for base in ("float32", "bfloat16")
]


def classifier(tiny_model, lora=None):
    pl.seed_everything(0)
    module = TextClassifier(str(tiny_model), labels=LABELS, lora=lora)
    module.configure_model()
    return module


def batch():
    made = torch.Generator().manual_seed(0)
    mask = torch.ones(4, 12, dtype=torch.long)
    mask[1, 7:] = 0
    return {"input_ids": torch.randint(5, 50, (4, 12), generator=made) * mask, "attention_mask": mask}


def answer(module):
    module.train(False)
    with torch.no_grad():
        return module(batch())


def learn(module):
    """Moves all that learns, as a training would."""
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.requires_grad:
                parameter.add_(0.05 * torch.randn_like(parameter))
    return module


@pytest.mark.parametrize("lora", KINDS, ids=lambda each: f"{each.kind}-{each.base}")
def test_it_begins_as_its_base_and_answers_the_same_once_merged(tiny_model, lora):
    plain, adapted = classifier(tiny_model), classifier(tiny_model, lora)
    rounding = 1e-6 if lora.base == "float32" else 5e-3
    assert torch.allclose(answer(adapted), answer(plain), atol=rounding)
    base = {name: each.clone() for name, each in adapted.network.state_dict().items()}
    learn(adapted)
    plain.network = adapted.merged_network()  # every weight, the head's too
    assert {each.dtype for each in plain.network.parameters()} == {torch.float32}
    assert torch.allclose(answer(plain), answer(adapted), atol=1e-5)
    assert not torch.allclose(
        answer(plain), answer(classifier(tiny_model)), atol=1e-2
    )  # there was something to lose
    now = adapted.network.state_dict()
    assert all(
        torch.equal(now[name], base[name]) for name in base if "base_layer" in name
    )  # not merged in place


def test_merging_again_gives_the_same_and_of_a_plain_network_its_own_weights(tiny_model):
    adapted = learn(classifier(tiny_model, Lora(rank=4)))
    once, again = (adapted.merged_network().state_dict() for _ in range(2))
    assert all(torch.equal(once[name], again[name]) for name in once)
    plain = classifier(tiny_model).network
    assert all(
        each is plain.state_dict()[name] or torch.equal(each, plain.state_dict()[name])
        for name, each in merged(plain)
    )


def test_networks_that_are_not_of_one_kind_are_not_merged(tiny_model):
    adapted = classifier(tiny_model, Lora(rank=4))
    other = classifier(tiny_model).network
    other.classifier = nn.Linear(32, 3, bias=False)
    with pytest.raises((RuntimeError, KeyError), match=r"classifier\.bias"):
        merge_into(other, adapted.network)


@pytest.mark.parametrize("kind", ["lora", "dora"])
@pytest.mark.parametrize("anew", [False, True])
def test_every_adapter_and_the_head_learn_and_nothing_else_changes(tiny_model, kind, anew):
    module = classifier(tiny_model, Lora(rank=4, kind=kind))
    module.checkpoint_activations(anew)
    before = copy.deepcopy(module.network.state_dict())
    groups = parameter_groups(
        module.network, new=(), learning_rate=0.01, head_learning_rate=0.01, layer_decay=1, weight_decay=0.01
    )
    optimizer = torch.optim.AdamW(groups)
    for _ in range(2):  # B is 0 at first, and so is what reaches A
        optimizer.zero_grad()
        nn.functional.cross_entropy(module(batch()), torch.tensor([0, 1, 2, 0])).backward()
        optimizer.step()
    learning = {name for name, each in module.network.named_parameters() if each.requires_grad}
    assert all(
        each.grad is not None and each.grad.any() for each in module.parameters() if each.requires_grad
    )
    moved = {
        name for name, each in module.network.state_dict().items() if not torch.equal(each, before[name])
    }
    assert moved == learning
    head = {name for name in moved if ".lora_" not in name}
    assert head == {
        "bert.pooler.dense.weight",
        "bert.pooler.dense.bias",
        "classifier.weight",
        "classifier.bias",
    }
    assert len(list(adapted_layers(module.network))) == 2 * 6


def test_its_dropout_is_ours_and_is_on_in_training(tiny_model):
    module = classifier(tiny_model, Lora(dropout=0.25))
    found = [each for name, each in module.named_modules() if "lora_dropout.default" in name]
    assert {type(each) for each in found} == {Dropout}
    assert {each.p for each in found} == {0.25}
    assert all(each.training for each in found)
    module.use_card_kernels()
    assert {type(each) for name, each in module.named_modules() if "lora_dropout.default" in name} == {
        nn.Dropout
    }


def test_adapters_are_never_put_on_twice(tiny_model):
    module = classifier(tiny_model, Lora(rank=4))
    with pytest.raises(ConfigError, match="BertForSequenceClassification has adapters already"):
        adapt(module.network, Lora(rank=4), new=module.new_parameters)
    assert not module.can_adapt


def test_a_network_that_was_built_can_be_adapted_as_if_it_had_been_asked_for(tiny_model, monkeypatch):
    module = classifier(tiny_model)
    assert module.can_adapt
    with monkeypatch.context() as patch:
        patch.setattr("finetune.model.classifier.have", lambda package: False)
        assert not module.can_adapt
    module.adapt()
    asked = classifier(tiny_model, lora=True)
    assert is_adapted(module.network)
    assert module.hparams["lora"] == asked.hparams["lora"] == vars(Lora())
    assert [name for name, _ in module.named_parameters()] == [name for name, _ in asked.named_parameters()]
    learning = [name for name, each in module.named_parameters() if each.requires_grad]
    assert learning == [name for name, each in asked.named_parameters() if each.requires_grad]


def test_texts_without_padding_and_short_attention_give_what_torch_gives(tiny_model):
    module = learn(classifier(tiny_model, Lora(rank=4)))
    assert packable(module.network, batch()["input_ids"])
    ours = answer(module)
    module.use_card_kernels()
    assert not packable(module.network, batch()["input_ids"])
    assert torch.allclose(answer(module), ours, atol=1e-5)


def test_each_adapter_learns_at_the_rate_of_its_layer_and_a_pooler_at_that_of_the_head(tiny_model):
    network = classifier(tiny_model, Lora(rank=4, kind="dora")).network
    groups = parameter_groups(
        network,
        new=whole_names(network, ()),
        learning_rate=1.0,
        head_learning_rate=0.1,
        layer_decay=0.5,
        weight_decay=0.01,
    )
    rates = {id(parameter): group["lr"] for group in groups for parameter in group["params"]}
    found = {name: rates[id(each)] for name, each in network.named_parameters() if each.requires_grad}
    assert {rate for name, rate in found.items() if ".layer.1." in name} == {1.0}
    assert {rate for name, rate in found.items() if ".layer.0." in name} == {0.5}
    assert {rate for name, rate in found.items() if ".layer." not in name} == {0.1}
    assert len(rates) == len(found)


def test_adapters_learn_ten_times_as_fast_and_the_head_as_in_full_training(tiny_model):
    plain, adapted = classifier(tiny_model), classifier(tiny_model, lora=True)
    assert adapted.rates() == pytest.approx((LORA_FACTOR * plain.rates()[0], plain.rates()[1]))


@pytest.mark.parametrize(
    ("targets", "found"),
    [(["query"], 2), (["query", "attention.self.value"], 4), (["dense"], 6), (["layer.0.output.dense"], 1)],
)
def test_targets_are_ends_of_names_within_the_layers(tiny_model, targets, found):
    names = target_names(classifier(tiny_model).network, targets)
    assert len(names) == found
    assert all(name.startswith("bert.encoder.layer.") for name in names)


BAD = {
    "rank": ({"rank": 0}, "--model.lora.rank is 0: it must be at least 1."),
    "negative": ({"rank": -3}, "--model.lora.rank is -3: it must be at least 1."),
    "alpha": ({"alpha": 0}, "--model.lora.alpha is 0: it must be above 0."),
    "dropout": ({"dropout": 1}, "--model.lora.dropout is 1: it must be at least 0 and below 1."),
    "kind": ({"kind": "vera"}, "--model.lora.kind is 'vera': there are lora, dora, rslora."),
    "base": ({"base": "int3"}, "--model.lora.base is 'int3': there are float32, bfloat16."),
    "none": ({"targets": []}, r"--model.lora.targets is \[\]: give a list"),
    "word": ({"targets": "query"}, "--model.lora.targets is 'query': give a list"),
    "name": (
        {"ranks": 3},
        "--model.lora has no ranks: there are rank, alpha, dropout, targets, kind and base.",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_refused_before_anything_is_read(name):
    given, said = BAD[name]
    with pytest.raises(ConfigError, match=said):
        TextClassifier("./nowhere", lora=given)


def test_what_does_not_go_together_is_refused():
    with pytest.raises(ConfigError, match=r"freeze_embeddings false does not go with --model\.lora"):
        TextClassifier(lora=True, freeze_embeddings=False)
    with pytest.raises(ConfigError, match=r"keep_adapter keeps what --model\.lora has learned"):
        TextClassifier(keep_adapter=True)


def test_a_layer_that_is_not_there_is_told_with_those_that_are(tiny_model):
    network = classifier(tiny_model).network
    with pytest.raises(
        ConfigError, match=r"targets q_proj: .* They have dense, key, query and value, and auto"
    ):
        target_names(network, ["query", "q_proj"])
    for of_the_head in ("classifier", "pooler.dense"):
        with pytest.raises(
            ConfigError, match=rf"targets {of_the_head}: that is a layer of the head, which is trained"
        ):
            target_names(network, [of_the_head])


def test_without_the_package_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(plugins, "have", lambda package: False)
    with pytest.raises(UserError, match='the package "peft" is not installed'):
        TextClassifier("./nowhere", lora=True)


def test_a_network_that_is_shared_out_has_none():
    module = TextClassifier(lora=True)
    module._trainer = SimpleNamespace(strategy=ModelParallelStrategy())
    with pytest.raises(ConfigError, match=r"--model\.lora does not go with --trainer\.strategy fsdp2"):
        module.setup("fit")


@pytest.mark.parametrize(
    ("given", "meant"), [(None, None), (False, None), (True, Lora()), ({"rank": 2}, Lora(rank=2))]
)
def test_it_is_written_in_several_ways(given, meant):
    assert lora_of(given) == meant
