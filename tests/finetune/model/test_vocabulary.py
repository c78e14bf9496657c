"""A network and the tokenizer that it is trained with: more pieces than it has rows for, and what fills a batch."""

import lightning.pytorch as pl
import pandas as pd
import pytest
import torch
from transformers import AutoTokenizer, GPT2Config, GPT2Model, LlamaConfig, LlamaModel

from finetune import TextClassifier, TextData
from finetune.errors import ModelError
from finetune.model.logits import logits_of
from finetune.model.network import load_network
from finetune.model.vocabulary import suit
from finetune.tasks.single_label import single_label

LABELS = ["Clima", "Pecuária"]


def decoder(kind, tiny_model, folder):
    """A tiny model that reads from left to right, whose configuration knows no padding."""
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    tokenizer.save_pretrained(folder)
    sizes = {"vocab_size": len(tokenizer), "pad_token_id": None, "bos_token_id": 2, "eos_token_id": 3}
    with torch.random.fork_rng(devices=[]):
        if kind == "gpt2":
            GPT2Model(GPT2Config(n_embd=32, n_layer=1, n_head=2, n_positions=64, **sizes)).save_pretrained(
                folder
            )
        else:
            LlamaModel(
                LlamaConfig(
                    hidden_size=32,
                    num_hidden_layers=1,
                    num_attention_heads=2,
                    num_key_value_heads=2,
                    intermediate_size=64,
                    max_position_embeddings=64,
                    **sizes,
                )
            ).save_pretrained(folder)
    return folder


def fit(model, **options):
    rows = [
        (f"{word} {number}", label)
        for number in range(15)
        for word, label in (("chuva e seca", "Clima"), ("boi", "Pecuária"))
    ]
    data = TextData(
        pd.DataFrame(rows, columns=["texto", "rotulo"]),
        effective_batch_size=4,
        on_findings="skip",
        **options,
    )
    module = TextClassifier(str(model), freeze_embeddings=False)
    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
    trainer = pl.Trainer(
        max_steps=2, accelerator="cpu", enable_checkpointing=False, num_sanity_val_steps=0, **quiet
    )
    trainer.fit(module, data)
    return module


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_a_padding_that_the_tokenizer_alone_knows_is_told_to_the_network(kind, tiny_model, tmp_path):
    folder = decoder(kind, tiny_model, tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    network, _ = load_network(str(folder), LABELS, single_label())
    assert network.config.pad_token_id is None
    suit(network, tokenizer, model="m")
    network.eval()
    texts = ["chuva e seca", "boi"]
    with torch.no_grad():
        both = logits_of(network, tokenizer(texts, padding=True, return_tensors="pt"))
        alone = [logits_of(network, tokenizer([text], return_tensors="pt")) for text in texts]
    assert torch.allclose(both, torch.cat(alone), atol=1e-5)


def test_such_a_model_is_trained_and_its_copy_knows_it_too(tiny_model, tmp_path):
    module = fit(decoder("gpt2", tiny_model, tmp_path))
    assert module.network.config.pad_token_id == 0
    assert module.network.config.to_dict()["pad_token_id"] == 0
    frozen = module.as_started()
    assert frozen is None or frozen.config.pad_token_id == 0


def test_one_that_is_known_stays(tiny_model, tmp_path):
    network, _ = load_network(str(tiny_model), LABELS, single_label())
    network.config.pad_token_id = 5
    suit(network, AutoTokenizer.from_pretrained(tiny_model), model="m")
    assert network.config.pad_token_id == 5


@pytest.mark.parametrize("more", [1, 300])
def test_a_tokenizer_of_more_pieces_than_the_model_knows_is_refused_before_training(
    tiny_model, tmp_path, more
):
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    known = len(tokenizer)
    tokenizer.add_tokens([f"palavra{number}" for number in range(more)])
    tokenizer.save_pretrained(tmp_path)
    # the size and the positions that the tokenizer is opened with
    (tmp_path / "config.json").write_bytes((tiny_model / "config.json").read_bytes())
    (tmp_path / "model.safetensors").write_bytes((tiny_model / "model.safetensors").read_bytes())
    with pytest.raises(
        ModelError, match=rf"has {known + more} pieces of words and the model .* knows {known}"
    ):
        fit(tiny_model, tokenizer=str(tmp_path))
    with pytest.raises(ModelError, match=r"Leave --data\.tokenizer away"):
        fit(tmp_path)
