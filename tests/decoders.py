"""Tiny random networks that read from left to right, and a tokenizer of bytes made in memory, as such models have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.journeys.conftest import sentences

KINDS = ("gpt2", "llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text", "modernbert-decoder")
"""Their `model_type`."""

END, BEGIN = "<|endoftext|>", "<s>"


def byte_tokenizer(
    *, pad: str | None = None, begins: bool = False, ends: bool = False, side: str = "right"
) -> Any:
    """A byte-level BPE that knows some Portuguese.

    Args:
        pad: What fills batches; None where it does not know.
        begins: Whether a text begins with a token of its own.
        ends: Whether one stands behind it.
        side: Where it pads.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    special = [END, BEGIN, *([pad] if pad and pad != END else [])]
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    made.train_from_iterator([text for text, _ in sentences(60)], trainer)
    if begins or ends:
        before, after = f"{BEGIN} " * begins, f" {END}" * ends
        made.post_processor = processors.TemplateProcessing(
            single=f"{before}$A{after}",
            pair=f"{before}$A{after} {before}$B{after}",
            special_tokens=[(END, 0), (BEGIN, 1)],
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token=END, bos_token=BEGIN, pad_token=pad, padding_side=side
    )


def decoder_config(kind: str, pieces: int, **more: Any) -> Any:
    """The configuration of a network of a kind: 2 layers, 32 wide, of queries more heads than of keys where it can."""
    from transformers import AutoConfig

    sizes: dict[str, Any] = {
        "vocab_size": pieces,
        "bos_token_id": 1,
        "eos_token_id": 0,
        "initializer_range": 0.2,
    }
    if kind == "gpt2":
        sizes |= {"n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 128, "pad_token_id": None}
    else:
        sizes |= {
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "intermediate_size": 64,
            "max_position_embeddings": 128,
        }
        if kind == "modernbert-decoder":  # its configuration takes no padding for none
            sizes |= {"pad_token_id": 0, "cls_token_id": 0, "sep_token_id": 0, "local_attention": 8}
        else:
            sizes |= {"num_key_value_heads": 2, "head_dim": 8, "pad_token_id": None}
    return AutoConfig.for_model(kind, **sizes | more)


def write_decoder(folder: Path, kind: str, tokenizer: Any, *, spare: int = 0, **more: Any) -> Path:
    """Writes a pretrained network of random weights and its tokenizer, the same each time.

    Args:
        folder: Where.
        kind: A row of `KINDS`.
        tokenizer: Whose pieces it knows.
        spare: Rows of its embeddings beyond these.
        more: Settings of its configuration.
    """
    import torch
    from transformers import AutoModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = AutoModel.from_config(decoder_config(kind, len(tokenizer) + spare, **more))
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
