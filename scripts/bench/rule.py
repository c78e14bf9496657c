"""The rule that tells a step's milliseconds from a model's shape and tokens, as step.py's docstring states it.

Finds it from what was measured, and shows it with its errors. Measures nothing.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import nnls
from shapes import flop

LEAST_WAITING = 3
"""Measurements that have to wait for kernels to start before the rule says so: one would always fit exactly."""


@dataclass(frozen=True)
class Rule:
    """Milliseconds of a step from a model's shape and the tokens; see step.py's docstring."""

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


def measured(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the measurements that did not fail."""
    return [cell for cell in found["cells"] if "failed" not in cell]


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
