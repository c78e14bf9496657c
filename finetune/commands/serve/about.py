"""What the model is and how good, told by its run's own files: for the page, and for programs that ask."""

from datetime import date
from pathlib import Path
from typing import Any

from finetune.engines.engine import Engine
from finetune.engines.proved import PARTS, mapping
from finetune.language.which import languages, speaking
from finetune.plugins import have
from finetune.runs.export_sums import PROOF
from finetune.runs.folder import DATA_REPORT, METRICS, ranked_by
from finetune.runs.run_name import name_of
from finetune.web.limits import MOST_TEXTS, Limits

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
        return mapping(engine.run / METRICS)
    proof = mapping(engine.model.folder / PROOF)
    parts = {name: proof[name].get("run") for name in PARTS if isinstance(proof.get(name), dict)}
    return {
        "ranked_by": proof.get("score"),
        **{
            name: {proof.get("score"): said.get("score")}
            for name, said in parts.items()
            if isinstance(said, dict)
        },
    }


def trained_rows(engine: Engine) -> int | None:
    """Returns from how many rows the run has learned; None where no file says it."""
    rows = mapping(engine.run / DATA_REPORT).get("rows") if engine.run is not None else None
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
