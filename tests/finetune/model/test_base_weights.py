import lightning.pytorch as pl
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from finetune.data.batching.tokenizer import load_tokenizer
from finetune.errors import ConfigError
from finetune.model.adapters import Lora
from finetune.model.classifier import TextClassifier
from finetune.model.vocabulary import suit
from tests.decoders import byte_tokenizer, write_decoder
from tests.finetune.model.test_adapters import LABELS, answer, classifier, learn


def kept(module):
    """A checkpoint of a module, as Lightning has it made."""
    checkpoint = {"hyper_parameters": dict(module.hparams), "state_dict": module.state_dict()}
    module.on_save_checkpoint(checkpoint)
    return checkpoint


def opened(checkpoint, **settings):
    module = TextClassifier(**{**checkpoint["hyper_parameters"], **settings})
    module.on_load_checkpoint(checkpoint)
    module.load_state_dict(checkpoint["state_dict"])
    return module


def test_a_checkpoint_holds_what_learned_alone_and_opens_beside_its_base(tiny_model, tmp_path):
    module = learn(classifier(tiny_model, Lora(rank=4)))
    torch.save(kept(module), tmp_path / "kept.ckpt")
    checkpoint = torch.load(tmp_path / "kept.ckpt", weights_only=True)
    learning = {name for name, each in module.named_parameters() if each.requires_grad}
    assert {name for name in checkpoint["state_dict"] if name.startswith("network.")} == learning
    assert checkpoint["base"]["name"] == str(tiny_model)
    again = opened(checkpoint)
    assert torch.equal(answer(again), answer(module))
    assert kept(again)["base"] == checkpoint["base"]


def test_a_plain_network_is_kept_whole(tiny_model):
    module = classifier(tiny_model)
    checkpoint = kept(module)
    assert "base" not in checkpoint
    assert checkpoint["state_dict"].keys() == module.state_dict().keys()


def test_adapters_that_a_callback_has_chosen_come_with_the_checkpoint(tiny_model):
    module = classifier(tiny_model)
    module.adapt()
    checkpoint = kept(learn(module))
    fresh = TextClassifier(str(tiny_model), labels=LABELS)
    fresh.configure_model()  # as a Trainer does, before it looks into the checkpoint
    fresh.on_load_checkpoint(checkpoint)
    fresh.load_state_dict(checkpoint["state_dict"])
    assert torch.equal(answer(fresh), answer(module))
    assert fresh.hparams["lora"] == module.hparams["lora"]


def test_another_base_is_named_with_both_sums(tiny_model, tmp_path):
    pl.seed_everything(1)
    other = AutoModel.from_pretrained(tiny_model)
    learn(other)
    other.save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(tiny_model).save_pretrained(tmp_path)
    checkpoint = kept(classifier(tiny_model, Lora(rank=4)))
    was = checkpoint["base"]["sum"][:16]
    with pytest.raises(ConfigError) as raised:
        opened(checkpoint, name=str(tmp_path))
    said = str(raised.value)
    assert (
        f"for the weights of {tiny_model} (SHA-256 {was}), and those of {tmp_path} are others (SHA-256 "
        in said
    )
    assert said.count(was) == 1
    # no command takes another --model.name beside a checkpoint: it is not advised
    assert said.endswith("the very model that it was trained from, wherever it lies now, or train anew.")


def test_a_checkpoint_is_opened_with_the_adapters_that_it_has(tiny_model):
    checkpoint = kept(classifier(tiny_model, Lora(rank=4)))
    with pytest.raises(ConfigError, match=r"was trained with --model\.lora {rank: 4.*here it is {rank: 8"):
        opened(checkpoint, lora=Lora(rank=8))
    with pytest.raises(ConfigError, match=r"was trained with --model\.lora false, and here it is {rank: 16"):
        opened(kept(classifier(tiny_model)), lora=True)


def test_a_padding_that_was_added_is_known_again_without_the_tokenizer(tmp_path):
    folder = write_decoder(tmp_path / "rede", "qwen2", byte_tokenizer())
    module = TextClassifier(str(folder), labels=LABELS, lora=Lora(rank=4))
    module.configure_model()
    suit(module.network, load_tokenizer(str(folder)), model="rede")
    checkpoint = kept(module)
    assert "network.model.embed_tokens.weight" not in checkpoint["state_dict"]
    again = opened(checkpoint)
    assert again.network.config.pad_token_id == module.network.config.pad_token_id
    assert torch.equal(
        again.network.get_input_embeddings().weight, module.network.get_input_embeddings().weight
    )
