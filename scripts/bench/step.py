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
import json
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.optimize import nnls
from torch import nn
from transformers import AutoModelForSequenceClassification, BertConfig
from transformers import __version__ as transformers_version

from callbacks.hardware.limits import GIB
from callbacks.hardware.measured_peak import measured_peak, reset_peak, tensor_peak_bytes
from callbacks.hardware.precision import cpu_has_bf16, precision_plugin
from callbacks.keep_memory import keep_freed_memory
from finetune import TextClassifier
from finetune.model.network import quicken
from finetune.model.optim import freeze_embeddings, parameter_groups

VOCABULARY = 30_000
LABELS = [str(number) for number in range(8)]
CLIP = 1.0
"""The norm to which `fit` clips gradients."""

WARM_UP = 3
LEAST_STEPS = 5

LEAST_WAITING = 3
"""Measurements that have to wait for kernels to start before the rule says so: one would always fit exactly."""


@dataclass(frozen=True)
class Shape:
    """A BERT by its layers, width and attention heads; its feed-forward layers are four times as wide."""

    layers: int
    hidden: int
    heads: int


SHAPES: dict[str, Shape] = {
    "mini": Shape(4, 256, 4),  # Turc et al. 2019, arXiv 1908.08962
    "small": Shape(12, 384, 12),  # multilingual-e5-small, MiniLM; `embedded`
    "base": Shape(12, 768, 12),  # Devlin et al. 2019, arXiv 1810.04805
    "large": Shape(24, 1024, 16),  # the same
    "xl": Shape(24, 2048, 32),  # Megatron's BERT of 1.3 billion: Shoeybi et al. 2019, arXiv 1909.08053
    "xxl": Shape(36, 2560, 32),  # XLM-RoBERTa XL: Goyal et al. 2021, arXiv 2105.00572
}
ON_A_CPU = ("mini", "small", "base")

TOKENS = ("16x32", "16x128", "32x128", "8x512", "64x128")
"""Rows x length of the batches."""

TOKENS_ON_A_CPU = TOKENS[:-1]


def parameters_of(shape: Shape) -> int:
    """Returns the parameters outside the embeddings: those of the layers, the pooler and the head."""
    layer = 12 * shape.hidden**2 + 13 * shape.hidden
    return shape.layers * layer + (shape.hidden + 1) * shape.hidden + (shape.hidden + 1) * len(LABELS)


def shape_of(name: str) -> Shape:
    """Returns a shape by its name, or as layers x hidden, such as 6x512, with heads 64 wide."""
    if name in SHAPES:
        return SHAPES[name]
    layers, hidden = pair(name)
    return Shape(layers, hidden, max(1, hidden // 64))


def pair(text: str) -> tuple[int, int]:
    """Returns the two numbers of `16x128`."""
    first, separator, second = text.partition("x")
    if not (separator and first.isdigit() and second.isdigit()):
        raise SystemExit(f'"{text}" is neither one of {", ".join(SHAPES)} nor two numbers such as 16x128')
    return int(first), int(second)


def flop(cell: dict[str, Any]) -> float:
    """Returns the floating-point operations of a step, as the module's docstring counts them."""
    attention = 12 * cell["layers"] * cell["hidden"] * cell["length"]
    return float(cell["tokens"] * (6 * cell["parameters"] + attention))


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
    batch = {"input_ids": ids, "attention_mask": mask, "labels": torch.arange(rows) % len(LABELS)}
    return {name: tensor.to(device) for name, tensor in batch.items()}


def wait(device: torch.device) -> None:
    """Waits until the device has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def timed(work: Callable[[], Any], device: torch.device, seconds: float) -> list[float]:
    """Returns the milliseconds of each of many calls, after some that are not counted."""
    for _ in range(WARM_UP):
        work()
    wait(device)
    found: list[float] = []
    while len(found) < LEAST_STEPS or sum(found) < 1000 * seconds:
        start = time.perf_counter()
        work()
        wait(device)
        found.append(1000 * (time.perf_counter() - start))
    return found


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


def matmul_limit(device: torch.device, precision: str) -> float:
    """Returns the best rate that products of large square matrices keep up, in TFLOP/s."""
    kind = torch.bfloat16 if precision == "bf16-mixed" else torch.float32
    best = 0.0
    for size in (4096, 8192) if device.type == "cuda" else (1024, 2048):
        a, b = (torch.randn(size, size, device=device, dtype=kind) for _ in range(2))
        ms = statistics.median(timed(lambda a=a, b=b: torch.mm(a, b), device, 0.5))
        best = max(best, 2 * size**3 / ms / 1e9)
    return best


# ---- the rule -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """Milliseconds of a step from a model's shape and the tokens; see the module's docstring."""

    per_layer: float
    per_parameter: float
    per_tflop: float
    per_activation: float
    per_score: float

    def computing(self, cell: dict[str, Any]) -> float:
        """Returns the milliseconds of the forward and the backward pass where nothing waits for kernels to start."""
        between = self.per_activation * activations(cell) + self.per_score * scores(cell)
        return self.per_tflop * flop(cell) / 1e12 + between

    def passes(self, cell: dict[str, Any]) -> float:
        """Returns the milliseconds of the forward and the backward pass."""
        return max(self.per_layer * cell["layers"], self.computing(cell))

    def ms(self, cell: dict[str, Any]) -> float:
        """Returns the milliseconds of a step; `cell` has layers, hidden, heads, parameters, tokens and length."""
        return self.passes(cell) + self.per_parameter * cell["parameters"]


def activations(cell: dict[str, Any]) -> float:
    """Returns layers x hidden x tokens: what is read and written beside the products grows with it."""
    return float(cell["layers"] * cell["hidden"] * cell["tokens"])


def scores(cell: dict[str, Any]) -> float:
    """Returns how many scores attention gives: one for each pair of tokens of a text, in each head."""
    return float(cell["layers"] * cell["heads"] * cell["length"] * cell["tokens"])


def fit_rule(cells: Sequence[dict[str, Any]]) -> Rule:
    """Finds the rule whose relative errors on these measurements have the smallest sum of squares.

    What a parameter costs is that of clipping and AdamW, which were timed by themselves. The rest, for a given choice
    of the steps that wait for kernels to start, is a linear problem without negative solutions.
    Tried are the steps with the least work a layer as that choice, any number of them, each put right by what it found.
    """
    ms = np.array([cell["ms"] for cell in cells])
    per_parameter = parameter_cost(cells)
    passes = ms - per_parameter * np.array([cell["parameters"] for cell in cells])
    facts = np.array(
        [[c["layers"], flop(c) / 1e12, activations(c), scores(c)] for c in cells], dtype=np.float64
    )
    scale = facts.max(axis=0)
    by_work = np.argsort([flop(cell) / cell["layers"] for cell in cells], kind="stable")
    best, least = Rule(0.0, 0.0, 0.0, 0.0, 0.0), np.inf
    for waiting in range(len(cells)):
        waits = np.zeros(len(cells), dtype=bool)
        waits[by_work[:waiting]] = True
        for _ in range(20):
            used = facts / scale
            used[waits, 1:] = 0
            used[~waits, 0] = 0
            found, _ = nnls(used / ms[:, None], passes / ms)
            per_layer, *others = (float(each) for each in found / scale)
            rule = Rule(per_layer, per_parameter, *others)
            error = sum((rule.ms(cell) / cell["ms"] - 1) ** 2 for cell in cells)
            fewer_will_do = error >= least - 1e-12
            if not fewer_will_do and not 0 < waits.sum() < LEAST_WAITING:
                best, least = rule, error
            now = np.array([rule.per_layer * cell["layers"] > rule.computing(cell) for cell in cells])
            if (now == waits).all():
                break
            waits = now
    return best


def parameter_cost(cells: Sequence[dict[str, Any]]) -> float:
    """Returns the milliseconds that clipping and AdamW take for a parameter, beside what they take for a layer.

    A small model's kernels wait to be started, so many for each layer.
    """
    facts = np.array([[cell["layers"], cell["parameters"]] for cell in cells], dtype=np.float64)
    ms, scale = np.array([cell["ms_update"] for cell in cells]), facts.max(axis=0)
    found, _ = nnls(facts / scale / ms[:, None], np.ones(len(cells)))
    return float(found[1] / scale[1])


def errors(rule: Rule, cells: Sequence[dict[str, Any]]) -> list[float]:
    """Returns the relative error of the rule for each measurement."""
    return [rule.ms(cell) / cell["ms"] - 1 for cell in cells]


def shown_rule(found: dict[str, Any]) -> str:
    """Returns the rule in words and numbers, with its errors."""
    rule, cells = Rule(**found["rule"]), measured(found)
    off = [abs(error) for error in errors(rule, cells)]
    return (
        f"    ms = max({rule.per_layer:.3g} x layers,\n"
        f"             {rule.per_tflop:.3g} x TFLOP\n"
        f"             + {1e9 * rule.per_activation:.3g} x layers x hidden x tokens / 1e9\n"
        f"             + {1e9 * rule.per_score:.3g} x layers x heads x length x tokens / 1e9)\n"
        f"         + {1e6 * rule.per_parameter:.3g} x parameters / 1e6\n\n"
        f"It is off by {100 * statistics.median(off):.0f} % in the median of the {len(cells)} measurements, by "
        f"{100 * max(off):.0f} % at most."
    )


# ---- the table ----------------------------------------------------------------------------------------------

HEADER = (
    "| model | layers x hidden | parameters outside the embeddings | rows x tokens | ms/step (min to max) | tokens/s "
    "| TFLOP/s | of the limit | peak GiB |\n|---|---|---|---|---|---|---|---|---|"
)


def row(cell: dict[str, Any], limit_tflops: float) -> str:
    """Returns a line of the table."""
    start = (
        f"| {cell['model']} | {cell['layers']} x {cell['hidden']} | {cell['parameters'] / 1e6:,.1f} M | "
        f"{cell['rows']} x {cell['length']} |"
    )
    if "failed" in cell:
        return f"{start} {cell['failed']} | | | | |"
    rate = flop(cell) / cell["ms"] / 1e9
    return (
        f"{start} {cell['ms']:,.1f} ({cell['ms_min']:,.1f} to {cell['ms_max']:,.1f}) | "
        f"{1000 * cell['tokens'] / cell['ms']:,.0f} | {rate:,.3g} | {100 * rate / limit_tflops:.0f} % | "
        f"{cell['peak_gib']:.2f} |"
    )


def measured(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the measurements that did not fail."""
    return [cell for cell in found["cells"] if "failed" not in cell]


def shown_machine(found: dict[str, Any]) -> str:
    """Returns in a line what was measured on."""
    machine = found["machine"]
    return (
        f"{machine['name']}, {machine['precision']}, torch {machine['torch']}, transformers {machine['transformers']}; "
        f"products of large matrices reach {machine['limit_tflops']:,.3g} TFLOP/s."
    )


def as_json(found: dict[str, Any]) -> str:
    """Returns what was found as JSON, a measurement a line."""
    rounded = [
        {key: round(value, 4) if isinstance(value, float) else value for key, value in cell.items()}
        for cell in found["cells"]
    ]
    cells = ",\n".join(f"  {json.dumps(cell)}" for cell in rounded)
    others = [f' "{key}": {json.dumps(value)}' for key, value in found.items() if key != "cells"]
    return "{\n" + ",\n".join([*others, f' "cells": [\n{cells}\n ]']) + "\n}\n"


def reason(error: RuntimeError) -> str:
    """Returns why a step could not be taken, in a few words that do not break a table."""
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if isinstance(error, torch.OutOfMemoryError) or "not enough memory" in text:
        return "does not fit"
    return "failed: " + text.replace("|", "/")[:100]


# ---- the run ------------------------------------------------------------------------------------------------


def device_name(device: torch.device) -> str:
    """Returns what the device is called."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor() or "a CPU"
    return f"{name}, threads: {torch.get_num_threads()}"


def best_precision(device: torch.device) -> str:
    """Returns bf16-mixed where the hardware multiplies bf16 itself, else 32-true."""
    on_a_card = device.type == "cuda"
    has = torch.cuda.is_bf16_supported(including_emulation=False) if on_a_card else cpu_has_bf16()
    return "bf16-mixed" if has else "32-true"


def cells_of(name: str, batches: Sequence[str]) -> list[dict[str, Any]]:
    """Returns what is to be measured of one model."""
    shape = shape_of(name)
    shapes: dict[str, Any] = {"model": name, **asdict(shape)}
    shapes["parameters"] = parameters_of(shape)
    pairs = [pair(batch) for batch in batches]
    return [{**shapes, "rows": r, "length": t, "tokens": r * t} for r, t in pairs]


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
    found: dict[str, Any] = {
        "machine": {
            "device": device.type,
            "name": device_name(device),
            "precision": precision,
            "torch": torch.__version__,
            "transformers": transformers_version,
            "limit_tflops": matmul_limit(device, precision),
        },
        "cells": [],
    }
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
