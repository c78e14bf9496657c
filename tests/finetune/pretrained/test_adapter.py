import json
import shutil

import pytest
import torch
from transformers import AutoModelForSequenceClassification, BertConfig, BertModel

from finetune import plugins
from finetune.errors import ModelError, UserError
from finetune.pretrained.adapter import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from finetune.pretrained.folder import model_folder


@pytest.fixture
def alone(tiny_model, tmp_path):
    """Adapters as peft writes them: without tokenizer or the names of the classes."""
    import peft

    network = AutoModelForSequenceClassification.from_pretrained(tiny_model, num_labels=4)
    config = peft.LoraConfig(
        r=2, target_modules=["query", "value"], task_type="SEQ_CLS", init_lora_weights=False
    )
    adapted = peft.get_peft_model(network, config)
    adapted.save_pretrained(tmp_path / "alone")
    return adapted, tmp_path / "alone"


def rewritten(folder, **values):
    file = folder / ADAPTER_CONFIG
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | values), encoding="utf-8")


def test_it_is_merged_with_its_base_once_and_answers_as_peft_does(alone, tiny_model):
    adapted, folder = alone
    before = torch.random.get_rng_state()
    found = model_folder(str(folder))
    assert torch.equal(
        torch.random.get_rng_state(), before
    )  # nothing is drawn differently because it was made
    assert model_folder(str(folder)) == found
    tokens = {"input_ids": torch.tensor([[2, 40, 41, 3]])}
    with torch.no_grad():
        said = AutoModelForSequenceClassification.from_pretrained(found)(**tokens).logits
        assert torch.allclose(said, adapted.train(False)(**tokens).logits, atol=1e-6)
    assert said.shape == (1, 4)
    tokenizer = "tokenizer.json"
    assert (folder.parent / found / tokenizer).read_bytes() == (tiny_model / tokenizer).read_bytes()


def test_a_base_is_found_beside_it_where_it_was_written_as_a_path(alone, tiny_model):
    _, folder = alone
    shutil.copytree(tiny_model, folder.parent / "base")
    rewritten(folder, base_model_name_or_path="../base")
    assert model_folder(str(folder))


def test_a_base_that_is_missing_is_named_with_where_to_say_where_it_is(alone):
    _, folder = alone
    rewritten(folder, base_model_name_or_path="/nowhere/base")
    with pytest.raises(ModelError) as raised:
        model_folder(str(folder))
    said = str(raised.value)
    assert (
        "holds adapters alone, which go with the model /nowhere/base, and that cannot be used here:" in said
    )
    assert "there is no such folder" in said
    assert f"write where it is in {folder / ADAPTER_CONFIG}, as base_model_name_or_path." in said


@pytest.mark.parametrize("changed", [{"hidden_size": 48}, {"num_hidden_layers": 1}, {"num_hidden_layers": 3}])
def test_adapters_of_another_base_are_refused(alone, tiny_model, tmp_path, changed):
    _, folder = alone
    other = shutil.copytree(tiny_model, tmp_path / "other")
    config = BertConfig.from_pretrained(tiny_model)
    config.update(changed)
    BertModel(config).save_pretrained(other)
    rewritten(folder, base_model_name_or_path=str(other))
    with pytest.raises(
        ModelError, match=rf"its adapters are not for the model {other}, which adapter_config.json names"
    ):
        model_folder(str(folder))


def test_a_padding_that_the_tokenizer_was_given_has_a_row(alone, tiny_model):
    _, folder = alone
    config = BertConfig.from_pretrained(tiny_model, num_labels=4)
    config.vocab_size += 1
    config.pad_token_id = config.vocab_size - 1
    config.save_pretrained(folder)
    network, info = AutoModelForSequenceClassification.from_pretrained(
        model_folder(str(folder)), output_loading_info=True, ignore_mismatched_sizes=True
    )
    assert not info["mismatched_keys"]
    rows = network.get_input_embeddings().weight
    assert len(rows) == config.vocab_size
    assert not rows[-1].any()
    assert rows[1:-1].any(dim=1).all()  # the first is the padding of BERT


@pytest.mark.parametrize("name", [".", None])
def test_adapters_that_name_their_own_folder_as_base_are_told(alone, name):
    _, folder = alone
    rewritten(folder, base_model_name_or_path=name or str(folder))
    with pytest.raises(ModelError, match="names that folder itself as the model that they go with"):
        model_folder(str(folder))


def test_adapters_of_another_kind_are_refused(alone):
    _, folder = alone
    rewritten(folder, peft_type="PROMPT_TUNING")
    with pytest.raises(
        ModelError, match="holds adapters of the kind PROMPT_TUNING, and only LORA can be merged"
    ):
        model_folder(str(folder))


def test_a_folder_that_lacks_something_or_is_damaged_is_told(alone):
    _, folder = alone
    (folder / ADAPTER_WEIGHTS).write_bytes(b"nothing")
    with pytest.raises(ModelError, match=r"adapter_model\.safetensors is damaged"):
        model_folder(str(folder))
    (folder / ADAPTER_WEIGHTS).unlink()
    with pytest.raises(
        ModelError, match=r"holds adapters alone and cannot be used: it needs adapter_model\.safetensors"
    ):
        model_folder(str(folder))
    (folder / ADAPTER_CONFIG).write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match=r"adapter_config\.json is damaged"):
        model_folder(str(folder))


def test_without_the_package_it_says_how_to_get_it(alone, monkeypatch):
    _, folder = alone
    monkeypatch.setattr(plugins, "have", lambda package: False)
    rewritten(folder, inference_mode=False)  # not what another test has merged already
    with pytest.raises(UserError, match='the package "peft" is not installed'):
        model_folder(str(folder))
