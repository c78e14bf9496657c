import copy

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, RobertaConfig, RobertaModel

from finetune.errors import ModelError
from finetune.model.adapters import Lora, whole_names
from finetune.model.classifier import TextClassifier
from finetune.model.export.adapter import export_adapter
from finetune.model.export.hugging_face import export
from finetune.model.export.reopened import check_reopened
from finetune.pretrained.adapter import ADAPTER_CONFIG
from finetune.pretrained.folder import model_folder
from finetune.tasks.calibration import Calibration
from tests.finetune.model.test_adapters import LABELS, answer, batch, learn


@pytest.fixture(scope="module")
def roberta(tiny_model, tmp_path_factory):
    """A base whose head has two layers, and no pooler."""
    folder = tmp_path_factory.mktemp("roberta")
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    RobertaModel(
        RobertaConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=66,
            pad_token_id=0,
            type_vocab_size=1,
        ),
        add_pooling_layer=False,
    ).save_pretrained(folder)
    return folder


def kept(base, folder, lora):
    """A network that has learned, its merged export and its adapters by themselves."""
    module = TextClassifier(str(base), labels=LABELS, lora=lora)
    module.configure_model()
    learn(module)
    tokenizer, weights = AutoTokenizer.from_pretrained(base), dict(module.merged_network().state_dict())
    export(folder / "model", module.network, tokenizer, weights=weights, calibration=Calibration())
    export_adapter(
        folder / "adapter",
        module.network,
        tokenizer,
        lora=lora,
        base=str(base),
        weights=weights,
        whole=whole_names(module.network, module.new_parameters),
        calibration=Calibration(),
        max_length=None,
    )
    return module, weights


def logits(network):
    with torch.no_grad():
        return network.train(False)(**batch()).logits


@pytest.mark.parametrize("kind", ["lora", "dora", "rslora"])
@pytest.mark.parametrize("base", ["tiny_model", "roberta"])
def test_peft_opens_it_beside_its_base_head_and_all(request, tmp_path, base, kind):
    from peft import PeftModel

    folder = request.getfixturevalue(base)
    module, _ = kept(folder, tmp_path, Lora(rank=4, kind=kind))
    plain = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=3)
    opened = logits(PeftModel.from_pretrained(plain, tmp_path / "adapter"))
    assert torch.allclose(opened, answer(module), atol=1e-5)
    again = AutoModelForSequenceClassification.from_pretrained(model_folder(str(tmp_path / "adapter")))
    written = AutoModelForSequenceClassification.from_pretrained(tmp_path / "model")
    assert torch.equal(logits(again), logits(written))  # merged by peft, and by us
    assert again.config.id2label == dict(enumerate(LABELS))


def test_a_model_folder_gives_back_every_number(tiny_model, tmp_path):
    module, weights = kept(tiny_model, tmp_path, Lora(rank=4))
    check_reopened(tmp_path / "model", weights, labels=LABELS, task=module.task)
    other = copy.deepcopy(weights)
    other["classifier.weight"][0, 0] += 1e-6
    with pytest.raises(ModelError, match=r"1 of its 41 weights are other ones, such as classifier\.weight\."):
        check_reopened(tmp_path / "model", other, labels=LABELS, task=module.task)


def test_it_names_its_base_as_it_was_given(tiny_model, tmp_path):
    kept(tiny_model, tmp_path, Lora(rank=4))
    assert f'"base_model_name_or_path": "{tiny_model}"' in (tmp_path / "adapter" / ADAPTER_CONFIG).read_text()
