import json
import logging
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    DistilBertConfig,
    ElectraConfig,
    Gemma3Config,
    RobertaConfig,
    T5Config,
    XLMRobertaConfig,
)

from finetune.data.batching.tokenizer import load_tokenizer
from finetune.errors import ModelError
from finetune.model.logits import logits_of
from finetune.model.network import load_network, quicken
from finetune.tasks.single_label import single_label

LABELS = ["Clima", "Pecuária", "Preços"]
HEAD = {"classifier.weight", "classifier.bias"}
# what a run with these classes would have left
TRAINED = 0.25


@pytest.fixture
def trained(tiny_model, tmp_path):
    """A folder with a trained head for LABELS."""
    network, _ = load_network(str(tiny_model), LABELS, single_label())
    torch.nn.init.constant_(network.classifier.weight, TRAINED)
    network.save_pretrained(tmp_path / "trained")
    return tmp_path / "trained"


def test_the_head_alone_starts_untrained(tiny_model):
    network, new = load_network(str(tiny_model), LABELS, single_label())
    assert new == HEAD
    stored = load_file(tiny_model / "model.safetensors")
    assert torch.equal(
        network.bert.embeddings.word_embeddings.weight, stored["embeddings.word_embeddings.weight"]
    )


def test_a_missing_pooler_belongs_to_the_head(tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    stored = load_file(folder / "model.safetensors")
    save_file(
        {k: v for k, v in stored.items() if "pooler" not in k}, folder / "model.safetensors", {"format": "pt"}
    )
    _, new = load_network(str(folder), LABELS, single_label())
    assert new == HEAD | {"bert.pooler.dense.weight", "bert.pooler.dense.bias"}


def test_labels_are_in_the_configuration(tiny_model):
    network, _ = load_network(str(tiny_model), LABELS, single_label())
    assert network.config.id2label == {0: "Clima", 1: "Pecuária", 2: "Preços"}
    assert network.config.label2id == {"Clima": 0, "Pecuária": 1, "Preços": 2}
    assert network.classifier.out_features == 3


@pytest.mark.parametrize("stored", [torch.float16, torch.bfloat16])
def test_every_parameter_is_float32_whatever_is_stored(tiny_model, tmp_path, stored):
    network = AutoModelForSequenceClassification.from_pretrained(tiny_model, num_labels=3)
    network.to(stored).save_pretrained(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["dtype"] == str(stored).removeprefix("torch.")
    loaded, _ = load_network(str(tmp_path), LABELS, single_label())
    assert {parameter.dtype for parameter in loaded.parameters()} == {torch.float32}


def test_a_head_for_the_same_classes_is_kept(trained):
    network, new = load_network(str(trained), LABELS, single_label())
    assert new == set()
    assert (network.classifier.weight == TRAINED).all()


@pytest.mark.parametrize("labels", [["bom", "ruim", "neutro"], ["bom", "ruim", "neutro", "misto"]])
def test_a_head_for_other_classes_starts_anew(trained, labels):
    network, new = load_network(str(trained), labels, single_label())
    assert new == HEAD
    assert not (network.classifier.weight == TRAINED).any()
    assert network.config.id2label == dict(enumerate(labels))


def test_weights_of_another_network_are_refused(tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    stored = load_file(folder / "model.safetensors")
    save_file(
        {f"other.{key}": value for key, value in stored.items()},
        folder / "model.safetensors",
        {"format": "pt"},
    )
    with pytest.raises(
        ModelError, match=r"are not those of the BertForSequenceClassification.*encoder parameters"
    ):
        load_network(str(folder), LABELS, single_label())


def test_weights_of_another_size_are_refused(tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": config["vocab_size"] + 8}))
    with pytest.raises(
        ModelError, match=r"have other shapes than.*1 of \d+ encoder parameters.*word_embeddings"
    ):
        load_network(str(folder), LABELS, single_label())


@pytest.mark.parametrize("weights", [b"", b"no safetensors at all"])
def test_broken_weights_are_said(tiny_model, tmp_path, weights):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    (folder / "model.safetensors").write_bytes(weights)
    with pytest.raises(ModelError, match=r"cannot be opened as a text classifier.*save_pretrained"):
        load_network(str(folder), LABELS, single_label())


def test_a_network_that_is_no_text_classifier_is_said(tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    (folder / "config.json").write_text('{"model_type": "vit"}')
    with pytest.raises(
        ModelError, match=r"cannot be opened as a text classifier.*transformers said: .*ViTConfig"
    ):
        load_network(str(folder), LABELS, single_label())


def test_old_weights_open(tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    stored = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    # as a masked language model was saved in 2020: a prefix, and a head that is not ours
    old = {f"bert.{key}": value for key, value in stored.items()} | {"cls.predictions.bias": torch.zeros(4)}
    torch.save(old, folder / "pytorch_model.bin")
    network, new = load_network(str(folder), LABELS, single_label())
    assert new == HEAD
    assert torch.equal(network.bert.pooler.dense.weight, stored["pooler.dense.weight"])


def test_nothing_is_printed(tiny_model, caplog, capfd):
    with caplog.at_level(logging.INFO):
        load_network(str(tiny_model), LABELS, single_label())
    assert caplog.messages == []
    assert capfd.readouterr() == ("", "")


def test_transformers_says_again_what_it_says_afterwards(tiny_model):
    from transformers.utils import logging as transformers_logging

    before = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    load_network(str(tiny_model), LABELS, single_label())
    assert (transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()) == before


# ---- of someone else -------------------------------------------------------------------------------------------


class Evil:
    def __reduce__(self):
        return print, ("ran",)


@pytest.fixture
def stranger(tiny_model, tmp_path):
    """A folder that names code of its own for all that is loaded from it."""
    folder = shutil.copytree(tiny_model, tmp_path / "stranger")
    (folder / "evil.py").write_text("print('ran')\nclass C: ...\n")
    for name in ("config.json", "tokenizer_config.json"):
        content = json.loads((folder / name).read_text())
        kinds = ("AutoConfig", "AutoModelForSequenceClassification")
        content["auto_map"] = dict.fromkeys(kinds, "evil.C") | {"AutoTokenizer": ["evil.C", "evil.C"]}
        (folder / name).write_text(json.dumps(content))
    return folder


def test_code_that_a_model_folder_names_is_not_run(stranger, capsys):
    network, *_ = load_network(str(stranger), ["a", "b"], single_label())
    assert type(network).__module__.startswith("transformers.")
    assert load_tokenizer(str(stranger))("boi")["input_ids"]
    assert "ran" not in capsys.readouterr().out


def test_a_pickle_in_the_place_of_weights_is_not_opened_and_nobody_is_told_how(stranger, capsys):
    for file in stranger.glob("*.safetensors"):
        file.unlink()
    torch.save({"weight": Evil()}, stranger / "pytorch_model.bin")
    with pytest.raises(ModelError, match="more than numbers and text") as refused:
        load_network(str(stranger), ["a", "b"], single_label())
    assert "weights_only" not in str(refused.value)
    assert "ran" not in capsys.readouterr().out


SMALL = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "initializer_range": 0.2,
}
TWO_TEXTS = {
    config.model_type: config
    for config in (
        BertConfig(vocab_size=50, **SMALL),
        ElectraConfig(vocab_size=50, embedding_size=16, **SMALL),
        XLMRobertaConfig(vocab_size=50, type_vocab_size=1, **SMALL),
        RobertaConfig(vocab_size=50, type_vocab_size=2, **SMALL),
        DistilBertConfig(vocab_size=50, dim=16, n_layers=2, n_heads=2, hidden_dim=32),
    )
}
OF_ONE_KIND = {"distilbert", "xlm-roberta"}


@pytest.mark.parametrize("name", sorted(TWO_TEXTS))
def test_of_two_texts_the_logits_are_those_of_plain_transformers(name):
    torch.manual_seed(0)
    plain = AutoModelForSequenceClassification.from_config(TWO_TEXTS[name]).eval()
    quick = AutoModelForSequenceClassification.from_config(TWO_TEXTS[name]).eval()
    quick.load_state_dict(plain.state_dict())
    quicken(quick)
    ids, mask = torch.randint(5, 50, (3, 9)), torch.ones(3, 9, dtype=torch.int64)
    mask[1, 5:], mask[2, 3:] = 0, 0
    ids[mask == 0] = plain.config.pad_token_id
    types = torch.tensor([[0] * 4 + [1] * 5, [0, 0, 1, 1, 1, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0, 0, 0, 0]])
    told = {} if name in OF_ONE_KIND else {"token_type_ids": types}
    expected = plain(input_ids=ids, attention_mask=mask, **told).logits
    batch = {"input_ids": ids, "attention_mask": mask}
    torch.testing.assert_close(
        logits_of(quick, batch | {"token_type_ids": types}), expected, atol=1e-5, rtol=0
    )
    if told:
        assert not torch.allclose(logits_of(quick, batch), expected, atol=1e-5)  # it is no idle difference
    else:
        assert torch.equal(logits_of(quick, batch), logits_of(quick, batch | {"token_type_ids": types}))


def test_a_network_without_content_is_like_the_one_that_is_opened(tiny_model, tmp_path):
    shutil.copy(tiny_model / "config.json", tmp_path)
    network, new = load_network(str(tmp_path), ["a", "b", "c"], single_label(), weightless=True)
    whole, _ = load_network(str(tiny_model), ["a", "b", "c"], single_label())
    shapes = {name: (each.shape, each.dtype) for name, each in network.named_parameters()}
    assert shapes == {name: (each.shape, each.dtype) for name, each in whole.named_parameters()}
    assert all(each.is_meta for each in network.parameters())
    assert {"classifier.weight", "classifier.bias"} <= new
    assert network.config.to_dict() == whole.config.to_dict() | {"_name_or_path": str(tmp_path)}


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (Gemma3Config(), "is a gemma3, which reads images or sounds beside texts"),
        (T5Config(), "is a t5, which reads a text to write another one"),
    ],
    ids=["sees", "translates"],
)
def test_what_reads_more_than_texts_or_writes_others_is_refused_by_its_name(config, told, tmp_path):
    config.save_pretrained(tmp_path)
    with pytest.raises(ModelError, match=told):
        load_network(str(tmp_path), LABELS, single_label())
