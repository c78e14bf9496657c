"""Tiny random networks of the architectures that people fine-tune, with a tokenizer of bytes. Trains nothing."""

from pathlib import Path
from typing import Any

from made_up import WORDS

LONGEST = 128

SIZES: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": LONGEST,
    "initializer_range": 0.1,
}
RELATIVE: dict[str, Any] = {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]}
LOCAL: dict[str, Any] = {"local_attention": 8, "num_hidden_layers": 3}
SHARED: dict[str, Any] = {"num_key_value_heads": 2, "head_dim": 8}

ENCODERS: dict[str, dict[str, Any]] = {
    "bert": {},
    "roberta": {"type_vocab_size": 1, "max_position_embeddings": LONGEST + 4},
    "xlm-roberta": {"type_vocab_size": 1, "max_position_embeddings": LONGEST + 4},
    "deberta": RELATIVE,
    "deberta-v2": RELATIVE | {"position_buckets": 8},
    "modernbert": LOCAL,
    "eurobert": SHARED,
}
DECODERS: dict[str, dict[str, Any]] = {
    "gpt2": {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": LONGEST, "initializer_range": 0.1},
    "llama": SHARED,
    "mistral": SHARED,
    "qwen2": SHARED,
    "qwen3": SHARED,
    "gemma3_text": SHARED,
    "modernbert-decoder": LOCAL,
}
"""What each architecture is told besides SIZES, by its `model_type`."""

BEGIN, END, PAD, UNKNOWN, MASK = "<s>", "</s>", "<pad>", "<unk>", "<mask>"


def byte_tokenizer(*, encloses: bool) -> Any:
    """Returns a tokenizer of bytes and of some words.

    Args:
        encloses: Whether it puts a token before and behind a text and pads, as those of encoders do.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    special = [BEGIN, END, UNKNOWN, MASK, *([PAD] if encloses else [])]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=special, initial_alphabet=alphabet)
    made.train_from_iterator(WORDS.values(), trainer)
    if not encloses:
        return PreTrainedTokenizerFast(tokenizer_object=made, bos_token=BEGIN, eos_token=END)
    made.post_processor = processors.TemplateProcessing(
        single=f"{BEGIN} $A {END}", pair=f"{BEGIN} $A {END} $B {END}", special_tokens=[(BEGIN, 0), (END, 1)]
    )
    names = {"bos_token": BEGIN, "eos_token": END, "cls_token": BEGIN, "sep_token": END}
    return PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token=PAD, unk_token=UNKNOWN, mask_token=MASK, **names
    )


def config_of(kind: str, tokenizer: Any) -> Any:
    """Returns the configuration of a tiny network, a row of `ENCODERS` or `DECODERS`, for this tokenizer."""
    from transformers import AutoConfig

    numbers: dict[str, Any] = {"vocab_size": len(tokenizer), "bos_token_id": 0, "eos_token_id": 1}
    if kind in ENCODERS:
        numbers |= {"cls_token_id": 0, "sep_token_id": 1, "pad_token_id": tokenizer.pad_token_id}
    elif kind == "modernbert-decoder":  # its configuration does not take none for a padding
        numbers |= {"cls_token_id": 0, "sep_token_id": 1, "pad_token_id": 1}
    own = ENCODERS.get(kind) if kind in ENCODERS else DECODERS[kind]
    usual = {} if kind == "gpt2" else SIZES
    return AutoConfig.for_model(kind, **numbers | usual | (own or {}))


def write_tiny(folder: Path, kind: str) -> None:
    """Writes a random network of an architecture and its tokenizer, the same each time."""
    import torch
    from transformers import AutoModel

    tokenizer = byte_tokenizer(encloses=kind in ENCODERS)
    tokenizer.save_pretrained(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        AutoModel.from_config(config_of(kind, tokenizer)).save_pretrained(folder)
