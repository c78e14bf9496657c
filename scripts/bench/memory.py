"""Holds the memory estimate against the real thing: models, three lengths, two precisions, on this CPU.

Predicted is what HardwareTier counts without allocating; measured is the peak of what torch's allocator gave out in
two real steps, by its profiler. One row of each batch is half padding, which the estimate counts and packed texts do
not compute. Prints a table in Markdown. Takes some minutes and 12 GiB of memory; the models besides the embedded one
have random weights, which changes no size. Two of them have adapters (LoRA, which needs peft).

    python scripts/bench/memory.py
    python scripts/bench/memory.py LoRA     # those whose name has this in it
"""

import sys
import time
from collections.abc import Callable
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification, BertConfig, DistilBertConfig

from callbacks.hardware.measured_peak import tensor_peak_bytes
from callbacks.hardware.memory_estimate import estimate_training
from callbacks.hardware.precision import precision_plugin
from finetune import TextClassifier
from finetune.model.adapters import Lora, adapt
from finetune.model.network import quicken

GIB = 2**30
LABELS = [str(number) for number in range(8)]
SHAPES = [(16, 64), (8, 128), (4, 512)]  # rows, tokens


def random_model(config: Any) -> TextClassifier:
    """Returns a classifier of an architecture, without the weights of the hub."""
    model = TextClassifier("embedded", labels=LABELS)
    model.configure_model()
    config.num_labels = len(LABELS)
    model.network = AutoModelForSequenceClassification.from_config(config)
    quicken(model.network)
    return model


def embedded() -> TextClassifier:
    """Returns the embedded model, its embeddings frozen as in training."""
    model = TextClassifier("embedded", labels=LABELS)
    model.configure_model()
    return model


def adapted(model: TextClassifier, lora: Lora) -> TextClassifier:
    """Returns a classifier with adapters; the default ones are what HardwareTier puts in."""
    assert model.network is not None
    adapt(model.network, lora, new=model.new_parameters)
    return model


MODELS: dict[str, Callable[[], TextClassifier]] = {
    "embedded": embedded,
    "BERT base (BERTimbau's shape)": lambda: random_model(BertConfig(vocab_size=29794)),
    "DistilBERT base": lambda: random_model(DistilBertConfig()),
    "BERT base, LoRA": lambda: adapted(random_model(BertConfig(vocab_size=29794)), Lora()),
    "BERT base, LoRA, base in bf16": lambda: adapted(
        random_model(BertConfig(vocab_size=29794)), Lora(base="bfloat16")
    ),
}


def batch_of(rows: int, tokens: int) -> dict[str, torch.Tensor]:
    """Returns a batch with one row of half the length, so that there is a mask as in most batches."""
    mask = torch.ones(rows, tokens, dtype=torch.int64)
    mask[-1, tokens // 2 :] = 0
    ids = torch.randint(5, 1000, (rows, tokens))
    labels, row = torch.zeros(rows, dtype=torch.int64), torch.arange(rows)
    return {"input_ids": ids, "attention_mask": mask, "labels": labels, "row": row}


def measured(model: TextClassifier, batch: dict[str, torch.Tensor], precision: Any) -> int:
    """Returns the peak of two real steps in bytes, the weights included."""
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], fused=True)
    model.train()

    def steps() -> None:
        for _ in range(2):
            with precision.train_step_context():
                loss = model.training_loss(batch)
            loss.backward()  # type: ignore[no-untyped-call]
            del loss
            optimizer.step()
            optimizer.zero_grad()

    return tensor_peak_bytes(steps) + sum(t.nbytes for t in [*model.parameters(), *model.buffers()])


def main(wanted: str = "") -> None:
    """Prints the table of the models whose name has something in it."""
    print("| model | rows x tokens | precision | predicted GiB | measured GiB | difference | seconds |")
    print("|---|---|---|---|---|---|---|")
    for name, build in MODELS.items():
        if wanted not in name:
            continue
        model = build()
        for rows, tokens in SHAPES:
            for precision in ("32-true", "bf16-mixed"):
                plugin, batch = precision_plugin(precision, "cpu"), batch_of(rows, tokens)
                start = time.perf_counter()
                predicted = estimate_training(model, batch, plugin, accumulates=False).peak_bytes
                seconds = time.perf_counter() - start
                real = measured(model, batch, plugin)
                print(
                    f"| {name} | {rows} x {tokens} | {precision} | {predicted / GIB:.3f} | {real / GIB:.3f} | "
                    f"{100 * (predicted / real - 1):+.3f} % | {seconds:.1f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main(*sys.argv[1:])
