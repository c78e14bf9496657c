"""Whether an export is of a run as it is now, told by the files of both. Opens no model."""

import json
from math import isclose
from pathlib import Path
from typing import Any

from finetune.runs.export_sums import MEASURED, PROOF, SUMS, sum_of
from finetune.runs.folder import METRICS, WORDS

PARTS = ("test", "validation")
"""By which a model is judged: the first that was measured."""

AS_GOOD = 1e-3
"""How near the scores of one model are, where an export of before says no more of its run."""


def is_proved_of(folder: Path, run: Path) -> bool:
    """Returns whether an export is of a run as it is now: one that was trained on since has scores of its own.

    Args:
        folder: The export.
        run: The run in whose folder it lies.
    """
    proof, metrics = mapping(folder / PROOF), mapping(run / METRICS)
    if MEASURED in proof:
        return (run / METRICS).is_file() and sum_of(run / METRICS) == proof[MEASURED]
    score = str(proof.get("score"))
    pairs = [
        (_mapping_in(proof, part, "run").get("score"), _mapping_in(metrics, part).get(score))
        for part in PARTS
        if part in proof and part in metrics
    ]
    if not pairs:  # words alone prove each answer, and no score
        sums = _mapping_in(proof, SUMS)
        return WORDS in sums and (run / WORDS).is_file() and sum_of(run / WORDS) == sums[WORDS]
    return all(_as_good(was, now) for was, now in pairs)


def mapping(file: Path) -> dict[str, Any]:
    """Returns what a file of a run says; nothing where it is not there or damaged: it answers all the same."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _mapping_in(content: Any, *names: str) -> dict[str, Any]:
    """What stands under names, one within the other; nothing where one of them is not there."""
    for name in names:
        content = content.get(name) if isinstance(content, dict) else None
    return content if isinstance(content, dict) else {}


def _as_good(one: Any, other: Any) -> bool:
    both = isinstance(one, int | float) and isinstance(other, int | float)
    return both and isclose(one, other, rel_tol=AS_GOOD, abs_tol=AS_GOOD)
