"""What an optimizer step costs by model size and tokens: forward, backward, clipping and AdamW, on this machine.

    python scripts/bench/step.py
    python scripts/bench/step.py --sizes base 6x512 --tokens 16x128 8x512 --json step.json

The network, loss, parameter groups and precision are those of `finetune fit`; weights and batches are random, so
nothing is downloaded. No data is read, no metric counted and nothing logged. Each step is waited for. Prints one table
in Markdown and a rule that tells the cost of other models:

    ms = max(a x layers,
             b x TFLOP + c x layers x hidden x tokens + d x layers x heads x length x tokens)
         + e x parameters

a is what it takes to start a layer's kernels, for which a GPU waits where there is little to compute; b the matrix
products; c what is read and written between them; d the scores of attention; e clipping and AdamW. TFLOP: 6 for each
parameter outside the embeddings and each token, and 12 x layers x hidden x length for each token's attention (Chowdhery
et al. 2022, arXiv 2204.02311, appendix B; Kaplan et al. 2020, arXiv 2001.08361, leave attention out). That is a
plain BERT's work: ours leaves out what the last layer computes for all but the first token, up to 3/4 of one layer.
The limit is what products of large square matrices alone reach in the same precision. On a GPU all sizes take some
minutes, on a CPU three of them; what does not fit is reported. Nothing else should run on the machine meanwhile.
"""

import argparse
import gc
import statistics
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from device import best_precision, machine_of, timed
from rule import fit_rule, measured, shown_rule
from shapes import (
    LABELS,
    ON_A_CPU,
    SHAPES,
    TOKENS,
    TOKENS_ON_A_CPU,
    VOCABULARY,
    Shape,
    cells_of,
    shape_of,
)
from step_table import HEADER, as_json, row, shown_machine
from torch import nn
from transformers import AutoModelForSequenceClassification, BertConfig

from callbacks.hardware.limits import GIB
from callbacks.hardware.measured_peak import measured_peak, reset_peak, tensor_peak_bytes
from callbacks.hardware.precision import precision_plugin
from callbacks.keep_memory import keep_freed_memory
from finetune import TextClassifier
from finetune.model.network import quicken
from finetune.model.optim import freeze_embeddings, parameter_groups

CLIP = 1.0
"""The norm to which `fit` clips gradients."""


# ---- the step -----------------------------------------------------------------------------------------------


def build(shape: Shape, device: torch.device, longest: int) -> TextClassifier:
    """Returns a classifier of random weights as `fit` trains it: its embeddings do not learn."""
    config = BertConfig(
        vocab_size=VOCABULARY,
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=4 * shape.hidden,
        max_position_embeddings=max(512, longest),
        num_labels=len(LABELS),
    )
    model = TextClassifier(labels=LABELS)
    with torch.device(device):  # a billion random numbers are quickly drawn on a GPU
        network = AutoModelForSequenceClassification.from_config(config, dtype=torch.float32)
    quicken(network)
    freeze_embeddings(network)
    model.network = network
    return model.to(device).train()


def optimizer_of(model: TextClassifier) -> torch.optim.Optimizer:
    """Returns AdamW with the groups that `fit` gives it."""
    head = {name for name, _ in model.network.named_parameters() if name.startswith("classifier")}
    groups = parameter_groups(
        model.network,
        new=head,
        learning_rate=5e-5,
        head_learning_rate=35e-5,
        layer_decay=0.9,
        weight_decay=0.01,
    )
    return torch.optim.AdamW(groups, fused=True)


def batch_of(rows: int, length: int, device: torch.device) -> dict[str, torch.Tensor]:
    """Returns a batch with one place of padding, so that there is a mask, as in most batches."""
    ids = torch.randint(5, VOCABULARY, (rows, length))
    mask = torch.ones_like(ids)
    mask[-1, -1] = 0
    batch = {"input_ids": ids, "attention_mask": mask, "row": torch.arange(rows)}
    batch["labels"] = torch.arange(rows) % len(LABELS)
    return {name: tensor.to(device) for name, tensor in batch.items()}


def measure(
    model: TextClassifier,
    optimizer: torch.optim.Optimizer,
    batch: dict[str, torch.Tensor],
    precision: str,
    seconds: float,
) -> dict[str, float]:
    """Returns milliseconds and peak memory of the steps on one batch."""
    device = batch["input_ids"].device
    plugin = precision_plugin(precision, device.type)

    def passes() -> None:
        with plugin.train_step_context():
            loss = model.training_loss(batch)
        loss.backward()  # type: ignore[no-untyped-call]

    def update() -> None:
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()

    def step() -> None:
        passes()
        update()
        optimizer.zero_grad()

    reset_peak(device)
    took = timed(step, device, seconds)
    passes()
    updates = timed(update, device, seconds / 4)
    optimizer.zero_grad()
    if device.type == "cuda":
        peak = measured_peak(device)["tensors_gib"]
    else:
        states = [value for state in optimizer.state.values() for value in state.values()]
        kept = sum(tensor.nbytes for tensor in [*model.parameters(), *model.buffers(), *states])
        peak = (kept + tensor_peak_bytes(step)) / GIB
    return {
        "ms": statistics.median(took),
        "ms_min": min(took),
        "ms_max": max(took),
        "ms_update": statistics.median(updates),
        "steps": len(took),
        "peak_gib": peak,
    }


def forget(model: TextClassifier, optimizer: torch.optim.Optimizer) -> None:
    """Gives back what a step that broke off left behind; AdamW's averages may be half made."""
    optimizer.zero_grad()
    optimizer.state.clear()
    gc.collect()
    if next(model.parameters()).is_cuda:
        torch.cuda.empty_cache()


def reason(error: RuntimeError) -> str:
    """Returns why a step could not be taken, in a few words that do not break a table."""
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if isinstance(error, torch.OutOfMemoryError) or "not enough memory" in text:
        return "does not fit"
    return "failed: " + text.replace("|", "/")[:100]


# ---- the run ------------------------------------------------------------------------------------------------


def measure_model(
    cells: list[dict[str, Any]], device: torch.device, precision: str, seconds: float, limit: float
) -> None:
    """Measures one model, fills in its cells and prints their lines."""
    model = optimizer = None
    failed = None
    try:
        model = build(shape_of(cells[0]["model"]), device, max(cell["length"] for cell in cells))
        optimizer = optimizer_of(model)
    except RuntimeError as error:
        failed = reason(error)
    for cell in cells:
        if model is None or optimizer is None:
            cell["failed"] = failed
        else:
            try:
                batch = batch_of(cell["rows"], cell["length"], device)
                cell |= measure(model, optimizer, batch, precision, seconds)
            except RuntimeError as error:
                cell["failed"] = reason(error)
            if "failed" in cell:  # outside of `except`, where the error still holds what is to be given back
                forget(model, optimizer)
        print(row(cell, limit), flush=True)


def main(argv: Sequence[str] | None = None) -> None:
    """Measures each model on each batch; prints the table and the rule."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", help="cuda, cuda:1 or cpu; a GPU where there is one")
    parser.add_argument(
        "--sizes", nargs="+", help=f"of {', '.join(SHAPES)}, or layers x hidden such as 6x512"
    )
    parser.add_argument("--tokens", nargs="+", help=f"rows x length of the batches, such as {TOKENS[0]}")
    parser.add_argument("--precision", choices=["bf16-mixed", "32-true"], help="what the hardware does best")
    parser.add_argument("--seconds", type=float, default=1.5, help="for which each is measured, at least")
    parser.add_argument("--json", type=Path, help="file to write what was found to")
    given = parser.parse_args(argv)
    device = torch.device(given.device or ("cuda" if torch.cuda.is_available() else "cpu"))
    cpu = device.type == "cpu"
    sizes = given.sizes or (ON_A_CPU if cpu else tuple(SHAPES))
    batches = given.tokens or (TOKENS_ON_A_CPU if cpu else TOKENS)
    precision = given.precision or best_precision(device)
    plan = [cells_of(name, batches) for name in sizes]  # a misspelt one is told before anything is measured
    if cpu:
        keep_freed_memory()
    torch.manual_seed(0)
    found: dict[str, Any] = {"machine": machine_of(device, precision), "cells": []}
    print(f"{shown_machine(found)}\n\n{HEADER}", flush=True)
    for cells in plan:
        measure_model(cells, device, precision, given.seconds, found["machine"]["limit_tflops"])
        gc.collect()
        if not cpu:
            torch.cuda.empty_cache()
        found["cells"] += cells
        if measured(found):
            found["rule"] = asdict(fit_rule(measured(found)))
        if given.json:  # after each model: what was measured stays where a later one takes too long
            given.json.write_text(as_json(found), encoding="utf-8")
    if "rule" in found:
        print(f"\n{shown_rule(found)}")


if __name__ == "__main__":
    main()
