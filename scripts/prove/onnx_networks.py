"""Each architecture that is known to be written as ONNX: a tiny random one answers there as it does in torch.

    python scripts/prove/onnx_networks.py [NAME ...]

Batches are of sizes and lengths that the file was not written by: one text, one token, as many as it may have, and
texts of different lengths. Ends with status 1 if one is written wrongly, or not at all. Needs
`pip install -e '.[onnx]'`; a network takes some seconds.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForSequenceClassification, PreTrainedModel

from finetune.model.export.onnx import EXPORTED, LOGITS, inputs_of, write_onnx

LIMIT = 1e-4
"""The largest difference of two logits that are the same."""

LONGEST, WORDS, PAD = 40, 120, 1
SHAPES = [(1, 1), (1, 5), (3, LONGEST), (2, 2), (9, 17)]
"""Texts and tokens; the file was written by others."""

SIZES: dict[str, Any] = {
    "vocab_size": WORDS,
    "num_labels": 3,
    "pad_token_id": PAD,
    "initializer_range": 0.3,  # with the usual 0.02 all answers are nearly alike, right or wrong
}
USUAL: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": LONGEST + 2,  # of RoBERTa and its kin the first two are for padding
}
WRITES: dict[str, Any] = {"bos_token_id": 2, "eos_token_id": 3}
SHARED: dict[str, Any] = {"num_key_value_heads": 1, "head_dim": 16, **WRITES}
"""Of those that read from left to right: several heads of queries look at one of keys."""

OWN: dict[str, dict[str, Any]] = {
    "albert": {"embedding_size": 16},
    "deberta": {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
    "deberta-v2": {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 8},
    "distilbert": {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64},
    "electra": {"embedding_size": 16},
    "gpt2": {"n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": LONGEST, **WRITES},
    # every third layer sees all, the others 8 tokens: more than that have to be told apart
    "modernbert": {"local_attention": 8, "num_hidden_layers": 3, "cls_token_id": 2, "sep_token_id": 3},
    "modernbert-decoder": {
        "local_attention": 8,
        "num_hidden_layers": 3,
        "cls_token_id": 2,
        "sep_token_id": 3,
        **WRITES,
    },
    **dict.fromkeys(
        ("eurobert", "gemma", "gemma2", "gemma3_text", "llama", "mistral", "qwen2", "qwen3"), SHARED
    ),
    **{name: {"type_vocab_size": 1} for name in ("roberta", "xlm-roberta", "camembert")},
}


def tiny(name: str) -> PreTrainedModel:
    """Returns a tiny classifier of an architecture, the same each time."""
    usual = {} if name in ("distilbert", "gpt2") else USUAL
    options = SIZES | usual | OWN.get(name, {})
    if name == "distilbert":
        options["max_position_embeddings"] = LONGEST
    config = AutoConfig.for_model(name, **options)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network: PreTrainedModel = AutoModelForSequenceClassification.from_config(
            config, attn_implementation="eager"
        )
    return network.train(False)


def batches(inputs: list[str]) -> list[dict[str, Any]]:
    """Returns texts of random tokens, every second of them padded to the length of the others."""
    random, found = np.random.default_rng(0), []
    for rows, length in SHAPES:
        ids = random.integers(4, WORDS, (rows, length))
        mask = np.ones_like(ids)
        mask[1::2, (length + 1) // 2 :] = 0
        types = np.zeros_like(ids)
        types[:, length // 2 :] = 1
        all_of = {
            "input_ids": np.where(mask == 1, ids, PAD),
            "attention_mask": mask,
            "token_type_ids": types * mask,
        }
        found.append({name: all_of[name] for name in inputs})
    return found


def session(file: Path) -> Any:
    """Opens an ONNX file, to be answered by on one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def largest_difference(file: Path, network: PreTrainedModel, inputs: list[str]) -> float:
    """Returns how far the logits of the file are from those of the network at most."""
    written, worst = session(file), 0.0
    for batch in batches(inputs):
        with torch.no_grad():
            expected = network(**{name: torch.from_numpy(values) for name, values in batch.items()}).logits
        worst = max(worst, float(np.abs(written.run([LOGITS], batch)[0] - expected.numpy()).max()))
    return worst


def main() -> int:
    """Writes and compares each, prints what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", default=list(EXPORTED), help=f"of {', '.join(EXPORTED)}")
    wrong = []
    for name in parser.parse_args().names:
        network = tiny(name)
        inputs = inputs_of(network, ["input_ids", "attention_mask", "token_type_ids"])
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "model.onnx")
            write_onnx(file, network, inputs=inputs, longest=LONGEST)
            worst = largest_difference(file, network, inputs)
        print(f"{name} ({', '.join(inputs)}): the logits differ by {worst:.1e} at most", flush=True)
        if not worst <= LIMIT:
            wrong.append(name)
    if wrong:
        print(f"written wrongly: {', '.join(wrong)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
