"""What each way to make a training step faster is worth on a CPU: steps with it and without it in turn, in one process.

    OMP_NUM_THREADS=1 taskset -c 1 python scripts/bench/levers.py TRAIN.csv

Whole steps of the embedded model (forward, backward, clipping, AdamW) on real batches, as `fit` takes them, in the
precision that the processor does best. Each batch is trained on twice in a row, with a lever and without it, the other
one first each time; the times are CPU seconds of this process. Told are the median of the ratios, their quartiles, and
the ratio of the sums: a lever pays where all of them are below 1. Other work on the machine widens the quartiles.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from device import best_precision
from torch import nn

from callbacks.hardware.precision import precision_plugin
from callbacks.keep_memory import keep_freed_memory
from finetune import TextClassifier, TextData
from finetune.model.faster.dropout import replace_dropout, restore_dropout
from finetune.model.network import load_network
from finetune.model.optim import adamw, encoder_layers, freeze_embeddings
from finetune.pretrained.folder import model_folder

Switch = Callable[[Any, bool], None]
"""Sets a lever of a network."""

WARM_UP = 5
"""Steps before the clock starts."""

ROWS = 2000
"""First rows of the table that the batches are made of."""


def whole_layer(network: Any, on: bool) -> None:
    """Each layer as one operation."""
    for layer in encoder_layers(network):
        kept = layer.__dict__.setdefault("_whole", type(layer))
        layer.__class__ = kept if on else kept.__mro__[1]


def cheap_dropout(network: Any, on: bool) -> None:
    """Dropout with cheap random bits, where a layer is computed by single operations."""
    (replace_dropout if on else restore_dropout)(network)


LEVERS: dict[str, Switch] = {"whole_layer": whole_layer, "cheap_dropout": cheap_dropout}


def batches_of(table: Path, most: int) -> tuple[list[Any], list[str]]:
    """Returns the first batches of an epoch, and the classes."""
    data = TextData(pd.read_csv(table)[:ROWS], tokenizer="embedded", test_fraction=0.0, order_seed=0)
    data.prepare_data()
    data.setup("fit")
    assert data.labels is not None
    return [batch for batch, _ in zip(data.train_dataloader(), range(most), strict=False)], data.labels


def stepping(labels: list[str]) -> tuple[Any, Callable[[Any], float]]:
    """Returns the network, and what takes a step on a batch and returns its CPU seconds."""
    torch.manual_seed(0)
    model = TextClassifier(labels=labels)
    network, new = load_network(model_folder("embedded"), labels, model.task)
    freeze_embeddings(network)
    model.network = network.train()
    # a rate at which the network stays nearly the same
    optimizer = adamw(network, new=new, rates=(1e-6, 1e-6), layer_decay=0.9, weight_decay=0.01, fused=True)
    plugin = precision_plugin(best_precision(torch.device("cpu")), "cpu")

    def step(batch: Any) -> float:
        start = time.process_time()
        with plugin.train_step_context():
            loss = model.training_loss(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return time.process_time() - start

    return network, step


def measure(
    network: Any, step: Callable[[Any], float], batches: list[Any], switch: Switch
) -> list[list[float]]:
    """Returns the seconds of each batch with a lever, and without it."""
    took: list[list[float]] = [[], []]
    for number, batch in enumerate(batches):
        for without in (0, 1) if number % 2 else (1, 0):
            switch(network, not without)
            took[without].append(step(batch))
    switch(network, True)
    return took


def main() -> None:
    """Measures each lever and prints what it is worth."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("train", type=Path, help="table with the columns texto and rotulo")
    parser.add_argument("--batches", type=int, default=60)
    parser.add_argument("--levers", nargs="+", default=["whole_layer"], choices=sorted(LEVERS))
    given = parser.parse_args()
    keep_freed_memory()
    batches, labels = batches_of(given.train, given.batches)
    network, step = stepping(labels)
    for batch in batches[:WARM_UP]:
        step(batch)
    print("| lever | with it, ms | without | median of the ratios | quartiles | of the sums |")
    print("|---|---|---|---|---|---|")
    for name in given.levers:
        took = measure(network, step, batches, LEVERS[name])
        ratios = [a / b for a, b in zip(*took, strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        shown = " | ".join(f"{1000 * statistics.median(each):.0f}" for each in took)
        sums = sum(took[0]) / sum(took[1])
        print(f"| {name} | {shown} | {middle:.3f} | {low:.3f} to {high:.3f} | {sums:.3f} |", flush=True)


if __name__ == "__main__":
    main()
