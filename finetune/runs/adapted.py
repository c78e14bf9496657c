"""What a run that adapted a model says of itself: how well it knows texts it did not learn, before and after."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune.errors import ConfigError
from finetune.language.numbers import number
from finetune.language.say import Message
from finetune.runs.folder import CONFIG, RunFolder
from finetune.runs.kind import ADAPT, trained_by

LANGUAGE = "language"
"""Key of it in `metrics.json`, by part."""

GAPS = "gaps"
"""Key of the texts in which words were left out, and what was found likeliest there."""

TEXTS = "read"
"""Key of what was read: how many texts, what was left out of them, which words are many pieces."""

MEASURES = ("perplexity", "loss")
"""By which it is told, the first that there is."""

FORGETS = 0.05
"""Share by which the measure of general sentences may rise before it is told as forgetting."""

LARGE = 100
"""Measures from which on decimals tell nothing."""

UNTRAINED = "untrained"
"""Key in `metrics.json`: whether the layers that fill gaps were new when the run began."""


@dataclass(frozen=True)
class Known:
    """How well a model knows some texts; lower is better.

    Attributes:
        measure: What is measured, a row of `MEASURES`.
        before: Of the model as it came; None where it was not finite.
        after: Of the best of the training; likewise.
        texts: How many.
    """

    measure: str
    before: float | None
    after: float | None
    texts: int


def known(metrics: Mapping[str, Any], part: str) -> Known | None:
    """Returns how well the texts of a part are known; None where they were not measured."""
    found = (metrics.get(LANGUAGE) or {}).get(part)
    if not isinstance(found, Mapping):
        return None
    for measure in MEASURES:
        if isinstance(values := found.get(measure), Mapping):
            return Known(measure, values.get("before"), values.get("after"), int(found.get("texts") or 0))
    return None


def record_of(name: str) -> dict[str, Any] | None:
    """Returns what a training that begins from an adapted model keeps of it; None where the model is no such run.

    Args:
        name: Of the model, as it was asked for.
    """
    run = Path(name)
    if not (run / CONFIG).is_file():
        return None
    folder = RunFolder(run)
    try:
        if trained_by(folder.config()) != ADAPT:
            return None
        metrics = folder.metrics()
    except ConfigError:  # what was adapted is whole all the same: it was opened
        return {"run": name}
    kept = {key: metrics[key] for key in ("model", "objective", LANGUAGE, UNTRAINED) if key in metrics}
    return {"run": name, **kept}


def measured_by(found: Known) -> Message:
    """Returns what a measure is called where it is told."""
    return Message("perplexity") if found.measure == "perplexity" else Message("loss")


def shown(value: float | None) -> str:
    """Returns a measure as it is written: of a large one nobody reads the decimals."""
    return number(value, digits=2 if value is None or value < LARGE else 0)


def _told(found: Known) -> dict[str, Any]:
    """What sentences say of it."""
    before, after = (shown(value) for value in (found.before, found.after))
    return {"measure": measured_by(found), "before": before, "after": after}


def gained(found: Known) -> Message:
    """Returns in words how well held-out texts of the domain are known before and after."""
    if found.before is None or found.after is None:
        return Message("How well texts of the domain are known was not measured.")
    values = _told(found)
    if found.after < found.before:
        return Message(
            "On {n:,} text that was not learned from, {measure} fell from {before} to {after}: lower is better.",
            "On {n:,} texts that were not learned from, {measure} fell from {before} to {after}: lower is better.",
            n=found.texts,
            **values,
        )
    return Message(
        "On {n:,} text that was not learned from, {measure} was {before} and is {after}: nothing was gained.",
        "On {n:,} texts that were not learned from, {measure} was {before} and is {after}: nothing was gained.",
        n=found.texts,
        **values,
    )


def forgotten(found: Known) -> Message:
    """Returns in words whether general sentences are known worse than before."""
    if found.before is None or found.after is None:
        return Message("Whether anything was forgotten was not measured.")
    values = _told(found)
    if found.after <= found.before * (1 + FORGETS):
        return Message(
            "On {n:,} general sentence, {measure} was {before} and is {after}: nothing to speak of was forgotten.",
            "On {n:,} general sentences, {measure} was {before} and is {after}: nothing to speak of was forgotten.",
            n=found.texts,
            **values,
        )
    return Message(
        "On {n:,} general sentence, {measure} rose from {before} to {after}: it knows the language outside of these "
        "texts less well than before.",
        "On {n:,} general sentences, {measure} rose from {before} to {after}: it knows the language outside of these "
        "texts less well than before.",
        n=found.texts,
        **values,
    )


def sentences(metrics: Mapping[str, Any]) -> list[Message]:
    """Returns what a run reached, in words: what was gained, then what was forgotten; empty where nothing was measured.

    Args:
        metrics: Of the run.
    """
    held_out, general = known(metrics, "validation"), known(metrics, "general")
    if held_out is None:
        return []
    told = [gained(held_out)]
    if metrics.get(UNTRAINED):
        told.append(
            Message(
                "The model came without layers that fill gaps: before, new ones answered that had hardly learned yet, "
                "so that much of the gain is theirs, and what was forgotten does not show."
            )
        )
    elif general is not None:
        told.append(forgotten(general))
    return told
