"""The tables of docs/measured/scaling.md, from what step.py wrote to step_*.json there and published bandwidths.

    python scripts/bench/scaling_table.py
    python scripts/bench/scaling_table.py --write

The first prints them; the second puts each into the document, between `<!-- table: NAME -->` and `<!-- end -->`.
Where no GPU was measured yet, what follows from it is TODO-GPU.
"""

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from links import FLOAT, GPUS, LINKS, POSITIONS, Link, added_ms, embeddings_of, exchange_ms
from rule import Rule, measured, shown_rule
from shapes import SHAPES, VOCABULARY, Shape, cells_of, parameters_of
from step_table import HEADER, row, shown_machine

from callbacks.hardware.gpus import CONTEXT_BYTES
from callbacks.hardware.limits import GIB
from callbacks.hardware.plan import MARGIN

DOCS = Path(__file__).parents[2] / "docs" / "measured"
DOCUMENT = DOCS / "scaling.md"
TODO = "TODO-GPU"

MODELS = ("small", "base", "large", "xl", "xxl")
RUNS = (*((model, "ddp") for model in MODELS), ("large", "fsdp2"), ("xl", "fsdp2"), ("xxl", "fsdp2"))
BACKWARD = 2 / 3
"""Of the forward and the backward pass the second takes twice as long: two products for each one."""

STEPS = ("16x128", "64x128")
"""Batches of each GPU for which the share of the exchange is told."""

MOST_ROWS = 1_000_000
"""Of a step and GPU: none has more."""

ACTIVATIONS = 0.25
"""Share of a card's memory that is left for activations: our choice; micro-batches make them fit."""


# ---- what is worked out -------------------------------------------------------------------------------------


def step_of(gpu: dict[str, Any], model: str, batch: str) -> tuple[float, float, bool]:
    """Returns the milliseconds of a step and of its two passes, and whether it was measured, not by the rule."""
    rule = Rule(**gpu["rule"])
    (cell,) = cells_of(model, [batch])
    names = ("model", "rows", "length")
    same = [c for c in measured(gpu) if all(c[name] == cell[name] for name in names)]
    ms = same[0]["ms"] if same else rule.ms(cell)
    return ms, ms - rule.per_parameter * cell["parameters"], bool(same)


def hidden_from(gpu: dict[str, Any], model: str, link: Link) -> str:
    """Returns from how many tokens of a step and GPU, in texts of 128, the backward pass hides DDP's exchange.

    What it takes to start the kernels does not count: it is the host's, and another one is faster.
    """
    rule = Rule(**gpu["rule"])
    needed = exchange_ms(parameters_of(SHAPES[model]), link)
    rows = 1
    while BACKWARD * rule.computing(cells_of(model, [f"{rows}x128"])[0]) < needed:
        rows += max(1, rows // 50)
        if rows > MOST_ROWS:
            return "never"
    return number(rows * 128)


def ddp_bytes(parameters: int, embeddings: int, copies: int = 5) -> float:
    """Returns what stays in place with DDP: weights, gradients, AdamW's two averages, and buckets for the exchange."""
    return FLOAT * (copies * parameters + embeddings)


def fsdp_bytes(shape: Shape, gpus: int = GPUS) -> float:
    """Returns what stays in place with fsdp2: a share of all, and what it gathers at a time.

    That is, weights and gradients, the two largest of embeddings and layers, and what is neither.
    """
    parameters, embeddings = parameters_of(shape), embeddings_of(shape)
    layer = 12 * shape.hidden**2 + 13 * shape.hidden
    rest = parameters - shape.layers * layer
    weights = sum(sorted([layer, layer, VOCABULARY * shape.hidden])[1:]) + rest + POSITIONS * shape.hidden
    return FLOAT * ((4 * parameters + embeddings) / gpus + weights + 2 * layer + rest)


def number(value: float) -> str:
    """Returns three digits of a number."""
    if value >= 100:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}" if value >= 1 else f"{value:.2f}"


def titled(model: str) -> str:
    """Returns a model's name with its parameters that learn."""
    return f"{model}, {number(parameters_of(SHAPES[model]) / 1e6)} M"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Returns a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


# ---- the tables ---------------------------------------------------------------------------------------------

Found = list[dict[str, Any]]
"""What step.py wrote, the fastest machine first."""


def gpu_of(found: Found) -> dict[str, Any] | None:
    """Returns the fastest GPU that was measured."""
    return next((one for one in found if one["machine"]["device"] == "cuda"), None)


def steps(found: Found) -> str:
    """Every measurement, and the rule that each machine's give."""
    parts = [
        f"{shown_machine(one)}\n\n{HEADER}\n"
        + "\n".join(row(cell, one["machine"]["limit_tflops"]) for cell in one["cells"])
        + f"\n\n{shown_rule(one)}"
        for one in found
    ]
    return "\n\n".join(parts if gpu_of(found) else [TODO, *parts])


def links(_: Found) -> str:
    """The bandwidths that the others count with."""
    return table(
        ["link", "GB/s", "published"], [[link.name, f"{link.gb_s:g}", link.published] for link in LINKS]
    )


def exchange(_: Found) -> str:
    """Milliseconds of the exchange."""
    rows = [
        [f"{titled(model)}, {strategy}", *(number(added_ms(model, strategy, link)) for link in LINKS)]
        for model, strategy in RUNS
    ]
    return table(["ms", *(link.name for link in LINKS)], rows)


def share(found: Found) -> str:
    """Share of a step on 8 GPUs that the exchange takes in per cent: one after the other / at once with the passes."""
    gpu = gpu_of(found)
    if gpu is None:
        return TODO
    rows = []
    for model, strategy in RUNS:
        for batch in STEPS:
            ms, passes, was_measured = step_of(gpu, model, batch)
            hides = BACKWARD * passes if strategy == "ddp" else passes
            cells = []
            for link in LINKS:
                whole = added_ms(model, strategy, link)
                seen = max(0.0, whole - hides)
                cells.append(f"{100 * whole / (ms + whole):.0f} / {100 * seen / (ms + seen):.0f}")
            alone = f"{number(ms)}{'' if was_measured else ' (rule)'}"
            rows.append([f"{model}, {strategy}", batch.replace("x", " x "), alone, *cells])
    return table(["model", "rows x tokens", "ms alone", *(link.name for link in LINKS)], rows)


def tokens(found: Found) -> str:
    """Tokens of a step and GPU from which the backward pass hides the exchange."""
    gpu = gpu_of(found)
    if gpu is None:
        return TODO
    rows = [[titled(model), *(hidden_from(gpu, model, link) for link in LINKS)] for model in MODELS]
    return table(["tokens", *(link.name for link in LINKS)], rows)


def kept_bytes(model: str) -> tuple[float, float, float]:
    """Returns what stays in place on one GPU alone, on each with DDP, and on each with fsdp2."""
    shape = SHAPES[model]
    parameters, embeddings = parameters_of(shape), embeddings_of(shape)
    return ddp_bytes(parameters, embeddings, copies=4), ddp_bytes(parameters, embeddings), fsdp_bytes(shape)


def memory(_: Found) -> str:
    """What stays in place on each GPU, in GiB."""
    rows = []
    for model in MODELS:
        embeddings = f"{number(embeddings_of(SHAPES[model]) / 1e6)} M"
        rows.append([titled(model), embeddings, *(number(each / GIB) for each in kept_bytes(model))])
    return table(["GiB", "embeddings", "one GPU", "ddp", f"fsdp2, {GPUS} GPUs"], rows)


def cards(_: Found) -> str:
    """Parameters that learn, up to which each kind of training fits a card; each as many bytes as xxl takes."""
    sizes = {
        8: "RTX 4060",
        16: "RTX 4060 Ti 16 GB",
        24: "L4, RTX 4090",
        40: "A100",
        80: "A100, H100",
        141: "H200",
    }
    each = [kept / parameters_of(SHAPES["xxl"]) for kept in kept_bytes("xxl")]
    rows = []
    for size, names in sizes.items():
        free = (size * GIB - CONTEXT_BYTES) * (1 - MARGIN) * (1 - ACTIVATIONS)
        rows.append([f"{size} GB", names, *(f"{number(free / one / 1e6)} M" for one in each)])
    return table(["memory", "such as", "one GPU", "ddp", f"fsdp2, {GPUS} GPUs"], rows)


TABLES: dict[str, Callable[[Found], str]] = {
    each.__name__: each for each in (steps, links, exchange, share, tokens, memory, cards)
}


def measurements(folder: Path = DOCS) -> Found:
    """Returns what was measured, the fastest machine first."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("step_*.json"))]
    return sorted(found, key=lambda one: -one["machine"]["limit_tflops"])


def filled(text: str, found: Found) -> str:
    """Returns a document with each of its tables as it follows from what was found."""

    def new(match: re.Match[str]) -> str:
        return f"{match[1]}\n{TABLES[match[2]](found)}\n{match[3]}"

    return re.sub(r"(<!-- table: (\w+) -->)\n.*?(<!-- end -->)", new, text, flags=re.DOTALL)


def main() -> None:
    """Prints the tables, or writes them into the document."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help=f"into docs/measured/{DOCUMENT.name}")
    given = parser.parse_args()
    found = measurements()
    if given.write:
        DOCUMENT.write_text(filled(DOCUMENT.read_text(encoding="utf-8"), found), encoding="utf-8")
        return
    for name, make in TABLES.items():
        print(f"{name}: {make.__doc__}\n\n{make(found)}\n")


if __name__ == "__main__":
    main()
