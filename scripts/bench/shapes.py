"""The models and batches that step.py measures: their shapes, parameters and operations. Builds nothing."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

VOCABULARY = 30_000
LABELS = [str(number) for number in range(8)]


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
    """Returns the floating-point operations of a step, as step.py's docstring counts them."""
    attention = 12 * cell["layers"] * cell["hidden"] * cell["length"]
    return float(cell["tokens"] * (6 * cell["parameters"] + attention))


def cells_of(name: str, batches: Sequence[str]) -> list[dict[str, Any]]:
    """Returns what is to be measured of one model."""
    shape = shape_of(name)
    shapes: dict[str, Any] = {"model": name, **asdict(shape)}
    shapes["parameters"] = parameters_of(shape)
    pairs = [pair(batch) for batch in batches]
    return [{**shapes, "rows": r, "length": t, "tokens": r * t} for r, t in pairs]
