"""What step.py found, as lines of a table in Markdown and as JSON. Measures nothing."""

import json
from typing import Any

from shapes import flop

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
