"""What the folds of a cross-validation say together: means, deviations, intervals. Trains nothing, reads no file."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from finetune.evaluation.over_folds import Estimate, difference, estimate
from finetune.runs.folder import ranked_by

Metrics = Mapping[str, Any]
"""The content of a fold's `metrics.json`."""


def scalars(report: Metrics) -> dict[str, float | None]:
    """Returns the single numbers of a report, without counts; null, which JSON has for NaN, is one without a value."""
    return {name: value for name, value in report.items() if value is None or isinstance(value, float)}


def estimates(reports: Sequence[Metrics], *, ratio: float) -> dict[str, Estimate]:
    """Returns the estimate of each single number that some of the folds' reports have."""
    numbers = [scalars(report) for report in reports]
    names = dict.fromkeys(name for each in numbers for name in each)
    return {name: estimate([each.get(name) for each in numbers], ratio=ratio) for name in names}


def class_estimates(reports: Sequence[Metrics], *, ratio: float, once: int) -> dict[str, dict[str, Any]]:
    """Returns by class the estimates of its scores, and its rows.

    A fold without rows of a class has not measured it.

    Args:
        reports: Those of the folds.
        ratio: Rows tested for each row trained on.
        once: How many of the first reports hold out every row once: the rows of a class are those of these.
    """
    found: dict[str, dict[str, Any]] = {}
    labels = dict.fromkeys(label for report in reports for label in report.get("per_class", {}))
    for label in labels:
        rows = [report.get("per_class", {}).get(label, {"support": 0}) for report in reports]
        measured = [row if row["support"] else {} for row in rows]
        found[label] = {
            **{name: asdict(each) for name, each in estimates(measured, ratio=ratio).items()},
            "rows": sum(row["support"] for row in rows[:once]),
        }
    return found


def estimates_of(group: str, metrics: Sequence[Metrics], *, ratio: float) -> dict[str, dict[str, Estimate]]:
    """Returns the estimates of each model of a group (`baselines`, `alone`) that every fold has measured."""
    every = [each.get(group) or {} for each in metrics]
    names = [name for name in every[0] if all("test" in each.get(name, {}) for each in every)]
    return {name: estimates([each[name]["test"] for each in every], ratio=ratio) for name in names}


def best_of(baselines: Mapping[str, Mapping[str, Estimate]], score: str) -> str | None:
    """Returns the baseline of the highest mean score; None without any."""
    means = {name: each[score].mean for name, each in baselines.items() if score in each}
    ranked = {name: mean for name, mean in means.items() if mean is not None}
    return max(ranked, key=ranked.__getitem__) if ranked else None


def ratio_of(rows: Sequence[Mapping[str, int]]) -> float:
    """Returns the rows tested for each row trained on, from the sizes of the folds' parts."""
    return float(np.mean([each["test"] for each in rows]) / np.mean([each["train"] for each in rows]))


def averaged(repeats: Sequence[Any]) -> Any:
    """Returns the mean of numbers that stand at the same place in several reports; what is no float is the first's."""
    first = repeats[0]
    if isinstance(first, Mapping):
        return {key: averaged([each.get(key) for each in repeats]) for key in first}
    if first is None or isinstance(first, float):
        there = [value for value in repeats if value is not None]
        return float(np.mean(there)) if there else None
    return first


def summary(metrics: Sequence[Metrics], rows: Sequence[Mapping[str, int]], *, folds: int) -> dict[str, Any]:
    """Returns what all folds say together, as plain values for `crossval.json`.

    Args:
        metrics: Each fold's `metrics.json`, first those of the first repeat.
        rows: How many rows each fold's parts have.
        folds: How many of them hold out every row once.
    """
    if rows[0].get("ordered"):
        # time cuts each repeat alike: the same rows measured again are no further fold
        metrics = [averaged(metrics[fold::folds]) for fold in range(folds)]
        rows = rows[:folds]
    ratio = ratio_of(rows)
    reports = [each["test"] for each in metrics]
    found = estimates(reports, ratio=ratio)
    baselines = estimates_of("baselines", metrics, ratio=ratio)
    groups = {"baselines": baselines, "alone": estimates_of("alone", metrics, ratio=ratio)}
    content: dict[str, Any] = {
        "test_rows_per_training_row": ratio,
        "metrics": {name: asdict(each) for name, each in found.items()},
        "per_class": class_estimates(reports, ratio=ratio, once=folds),
        **{
            group: {
                name: {score: asdict(each) for score, each in scores.items()}
                for name, scores in models.items()
            }
            for group, models in groups.items()
        },
    }
    score = ranked_by(metrics[0])
    best = best_of(baselines, score)
    if best is not None:
        against = difference(found[score], baselines[best][score], ratio=ratio)
        content["difference"] = {"baseline": best, "metric": score, **asdict(against)}
    return content
