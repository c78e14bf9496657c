"""What the model is and how good, told by its run's own files: for the page, and for programs that ask."""

import json
from datetime import date
from math import isclose
from pathlib import Path
from typing import Any

from finetune.commands.serve.engine import Engine
from finetune.commands.serve.limits import MOST_TEXTS, Limits
from finetune.language.which import languages, speaking
from finetune.plugins import have
from finetune.runs.export_sums import PROOF, SUMS, sum_of
from finetune.runs.folder import DATA_REPORT, METRICS, WORDS, ranked_by
from finetune.runs.run_name import name_of

PARTS = ("test", "validation")
"""By which a model is judged: the first that was measured."""

AS_GOOD = 1e-3
"""How near the scores of one model are: the run was measured on another machine, maybe in half precision."""

SCORED = "accuracy"
"""Told beside the score that ranks runs, where a task has it: everybody understands it."""


def facts(engine: Engine, limits: Limits, *, contact: str | None = None) -> dict[str, Any]:
    """Returns what is known at once; the verdict comes later.

    Args:
        engine: What answers.
        limits: How much is taken.
        contact: Who answers for the model, in the words of whoever put it up.
    """
    metrics, described = metrics_of(engine), engine.model.described
    part: dict[str, Any] = next((metrics[name] for name in PARTS if isinstance(metrics.get(name), dict)), {})
    scores = {name: part[name] for name in (ranked_by(metrics), SCORED) if part.get(name) is not None}
    threshold = engine.model.calibration.get("abstain_below")
    return {
        "model": engine.identity,
        "run": (engine.run and name_of(engine.run)) or engine.name,
        "engine": engine.kind,
        "task": described["task"],
        "problem_type": described["problem_type"],
        "labels": engine.model.labels,
        "columns": engine.columns,
        "pair": described["pair"],
        "trained_on": day_of(engine),
        "rows": trained_rows(engine),
        "scores": scores or None,
        "verdict": None,
        "knows_when_unsure": bool(threshold) or "widest" in (engine.model.calibration.get("facts") or {}),
        "limits": {
            "texts": MOST_TEXTS,
            "characters": limits.characters,
            "file_bytes": limits.file_bytes,
        },
        "workbooks": have("openpyxl"),
        "contact": contact,
    }


def metrics_of(engine: Engine) -> dict[str, Any]:
    """Returns what was measured: by the run, or by the proof of an export that stands alone."""
    if engine.run is not None:
        return _mapping(engine.run / METRICS)
    proof = _mapping(engine.model.folder / PROOF)
    parts = {name: proof[name].get("run") for name in PARTS if isinstance(proof.get(name), dict)}
    return {
        "ranked_by": proof.get("score"),
        **{
            name: {proof.get("score"): said.get("score")}
            for name, said in parts.items()
            if isinstance(said, dict)
        },
    }


def is_proved_of(folder: Path, run: Path) -> bool:
    """Returns whether an export is of a run as it is now: one that was trained on since has scores of its own.

    Args:
        folder: The export.
        run: The run in whose folder it lies.
    """
    proof, metrics = _mapping(folder / PROOF), _mapping(run / METRICS)
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


def trained_rows(engine: Engine) -> int | None:
    """Returns from how many rows the run has learned; None where no file says it."""
    rows = _mapping(engine.run / DATA_REPORT).get("rows") if engine.run is not None else None
    found = rows.get("train") if isinstance(rows, dict) else None
    return found if isinstance(found, int) else None


def verdict(run: Path) -> dict[str, str]:
    """Returns the first sentences of the run's report, by the language: how good it is, and what is not proved."""
    from finetune.report.facts import gather
    from finetune.report.sections.opening import headline

    known, told = gather(run), {}
    for each in languages():
        with speaking(each):
            told[each] = headline(known)[0]
    return told


def day_of(engine: Engine) -> str | None:
    """Returns the day on which the run was measured, as 2026-11-30; None where no file says it."""
    folder, name = (engine.run, METRICS) if engine.run is not None else (engine.model.folder, PROOF)
    file = folder / name
    return date.fromtimestamp(file.stat().st_mtime).isoformat() if file.is_file() else None


def _mapping_in(content: Any, *names: str) -> dict[str, Any]:
    """What stands under names, one within the other; nothing where one of them is not there."""
    for name in names:
        content = content.get(name) if isinstance(content, dict) else None
    return content if isinstance(content, dict) else {}


def _as_good(one: Any, other: Any) -> bool:
    both = isinstance(one, int | float) and isinstance(other, int | float)
    return both and isclose(one, other, rel_tol=AS_GOOD, abs_tol=AS_GOOD)


def _mapping(file: Path) -> dict[str, Any]:
    """What a file of a run says; nothing where it is not there or damaged: it answers all the same."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
