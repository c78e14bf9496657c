"""An adapted model in its folder: whole, by whatever it has learned, and refused where a number is another one."""

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

from finetune.commands.adapt import kept_model
from finetune.commands.adapt.kept_model import keep_model
from finetune.errors import ModelError
from finetune.model.domain_model import DomainModel
from finetune.model.language_network import load_language_network


@pytest.fixture(params=["pooler", "no_pooler"])
def base(request, tiny_model, tmp_path):
    """A model whose encoder has a trained pooler, or none, as the embedded one."""
    if request.param == "pooler":
        return tiny_model
    plain, _ = load_language_network(str(tiny_model), fills_gaps=True)
    plain.base_model.save_pretrained(tmp_path / "base")
    AutoTokenizer.from_pretrained(tiny_model).save_pretrained(tmp_path / "base")
    return tmp_path / "base"


def module_of(base, objective):
    module = DomainModel(str(base), objective=objective)
    module.configure_model()
    with torch.no_grad():
        for parameter in module.network.parameters():
            if parameter.requires_grad:
                parameter.add_(0.01)
    return module


@pytest.mark.parametrize("objective", ["masked_words", "two_views"])
def test_what_was_learned_is_kept_by_any_objective(base, objective, tmp_path):
    module, tokenizer = module_of(base, objective), AutoTokenizer.from_pretrained(base)
    keep_model(tmp_path / "model", module, tokenizer, module.network.state_dict())
    network, new = load_language_network(str(tmp_path / "model"), fills_gaps=module.objective.fills_gaps)
    assert all("pooler" in name for name in new)
    learned = dict(module.network.named_parameters())
    for name, parameter in network.named_parameters():
        assert name in new or torch.equal(parameter, learned[name]), name


@pytest.mark.parametrize("objective", ["masked_words", "two_views"])
def test_a_number_that_is_another_one_is_found(base, objective, tmp_path, monkeypatch):
    write = kept_model.write_language_network

    def damaged(target, *given, **more):
        found = write(target, *given, **more)
        file = target / "model.safetensors"
        weights = load_file(file)
        name = next(name for name in weights if "word_embeddings" in name)
        weights[name][3, 2] += 1
        save_file(weights, file, {"format": "pt"})
        return found

    monkeypatch.setattr(kept_model, "write_language_network", damaged)
    module, tokenizer = module_of(base, objective), AutoTokenizer.from_pretrained(base)
    with pytest.raises(ModelError, match="word_embeddings"):
        keep_model(tmp_path / "model", module, tokenizer, module.network.state_dict())
