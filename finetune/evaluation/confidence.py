"""What a model's confidence is worth: temperature and threshold by validation rows, and in words what they bring."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from finetune.evaluation.abstention import FEWEST, answered_at, choose_threshold
from finetune.language.say import Message, say
from finetune.tasks.calibration import ENOUGH_ROWS, Calibration

if TYPE_CHECKING:
    from finetune.evaluation.measured import (
        Measured,  # torch, which those who only read a run need not wait for
    )

CHANGED = ("ece", "brier", "log_loss")
"""What a temperature changes."""


def calibration_of(
    validation: "Measured", wanted_precision: float | None, known: Calibration | None = None
) -> Calibration:
    """Returns how logits become an answer, and from which confidence on, as validation rows ask for it.

    Args:
        validation: What is said of these rows.
        wanted_precision: Share of right answers that is wanted.
        known: What the training rows have told of it.
    """
    found = validation.task.calibrated(validation.logits, validation.truth, known or Calibration())
    return with_wish(found, validation, wanted_precision)


def with_wish(found: Calibration, validation: "Measured", wanted_precision: float | None) -> Calibration:
    """Returns a calibration with the confidence from which on validation rows have the wanted share of right answers.

    Args:
        found: How logits become an answer.
        validation: What is said of these rows.
        wanted_precision: Share of right answers that is wanted.
    """
    if wanted_precision is None or validation.task.right is None:
        return found
    threshold = choose_threshold(*confidence(validation, found), wanted_precision)
    return replace(found, abstain_below=threshold, wanted_precision=wanted_precision)


def confidence(of: "Measured", calibration: Calibration) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Returns the confidence of each answer, and whether it is right. [N], [N]"""
    answer = of.answer(calibration)
    assert of.task.right is not None
    return answer.confidence, of.task.right(of.truth, answer.predicted)


def record(calibration: Calibration, parts: Sequence["Measured"]) -> dict[str, Any]:
    """Returns what the temperature and the threshold bring, as plain values for `metrics.json`.

    What a temperature in the weights themselves brings is told like what one brings that is still to be applied.

    It is empty where there is neither: a model of a training without validation rows.

    Args:
        calibration: As it was found on the validation rows.
        parts: The parts that were measured.
    """

    def errors(part: "Measured", calibration: Calibration, *, before: bool = False) -> dict[str, float]:
        logits = calibration.as_trained(part.logits) if before else part.logits
        how = Calibration() if before else calibration
        values = part.task.report(part.truth, logits, how, part.labels)
        return {name: values[name] for name in CHANGED}

    validated = any(part.part == "validation" for part in parts)
    if (calibration == Calibration() and not validated) or any(part.task.right is None for part in parts):
        return {}
    content: dict[str, Any] = {
        "calibration": {
            "temperature": calibration.found,
            "rows": next((len(part.truth) for part in parts if part.part == "validation"), 0),
            "before": {part.part: errors(part, calibration, before=True) for part in parts},
            "after": {part.part: errors(part, calibration) for part in parts},
        },
    }
    threshold = calibration.abstain_below
    if calibration.wanted_precision is not None:
        brought = {
            part.part: asdict(answered_at(threshold or 0.0, *confidence(part, calibration))) for part in parts
        }
        content["abstention"] = {
            "wanted_precision": calibration.wanted_precision,
            "abstain_below": threshold,
            **brought,
        }
    return content


def sentences(content: dict[str, Any]) -> list[str]:
    """Returns in words what `record` gave: that, or all of `metrics.json`."""
    abstention = content.get("abstention")
    lines = [_of_temperature(content["calibration"])]
    if abstention is None:
        return lines
    if abstention["abstain_below"] is None:
        return [*lines, _never(abstention["wanted_precision"], content["calibration"])]
    threshold = abstention["abstain_below"]
    places = {
        "validation": Message("on the validation rows, by which it was chosen,")
        if threshold
        else Message("on the validation rows"),
        "test": Message("on the test rows"),
    }
    for part, place in places.items():
        if part in abstention:
            lines.append(_of_threshold(threshold, abstention[part], place))
    return lines


def _few(found: dict[str, Any]) -> bool:
    return bool(found["rows"] < ENOUGH_ROWS and "validation" in found["after"])


def each_label_corrected(found: dict[str, Any]) -> bool:
    """Returns whether confidence was corrected otherwise than by a temperature: that of each label by itself.

    Args:
        found: `calibration` of `metrics.json`.
    """
    return bool(found.get("temperature", 1) == 1 and found.get("before") != found.get("after"))


def _of_temperature(found: dict[str, Any]) -> str:
    if each_label_corrected(found):
        text = say("Confidence: corrected for each label by itself, as the validation rows ask for.")
        return f"{text} {_off(found)}".rstrip()
    if found["temperature"] == 1:
        if not _few(found):
            return say("Confidence: left as it is; the validation rows cannot tell a better one.")
        return say(
            "Confidence: left as it is; {n:,} validation row cannot tell a better one ({least} can).",
            "Confidence: left as it is; {n:,} validation rows cannot tell a better one ({least} can).",
            n=found["rows"],
            least=ENOUGH_ROWS,
        )
    text = say(
        "Confidence: corrected with a temperature of {temperature:.2f} (above 1 the model becomes more cautious), as "
        "rows ask for that it has not learned from.",
        temperature=found["temperature"],
    )
    return f"{text} {_off(found)}".rstrip()


def _off(found: dict[str, Any]) -> str:
    if "test" not in found["after"]:
        return ""
    before, after = (found[when]["test"]["ece"] for when in ("before", "after"))
    return say(
        "On the test rows it is off by {after:.3f} on average (calibration error; {before:.3f} without).",
        before=before,
        after=after,
    )


def _never(wanted_precision: float, found: dict[str, Any]) -> str:
    if _few(found):
        return say(
            '"Don\'t know" cannot be chosen by {n:,} validation row: at least {least} answers are needed. More rows, '
            "or a larger --data.validation_fraction, would do.",
            '"Don\'t know" cannot be chosen by {n:,} validation rows: at least {least} answers are needed. More rows, '
            "or a larger --data.validation_fraction, would do.",
            n=found["rows"],
            least=ENOUGH_ROWS,
        )
    return say(
        "No confidence brings {wanted:.1%} right answers on validation with at least {least} answers: it never says "
        '"don\'t know". Ask for less, or improve the model first.',
        wanted=wanted_precision,
        least=FEWEST,
    )


def _of_threshold(threshold: float, brought: dict[str, Any], place: Message) -> str:
    if threshold and not brought["answered"]:
        return say(
            '"Don\'t know" below a confidence of {threshold:.3f}: {place} it answers no row at all.',
            threshold=threshold,
            place=place,
        )
    low, high = brought["interval"]
    if not threshold:
        return say(
            'No "don\'t know": {place} {precision:.1%} of all answers are right (95% interval {low:.1%} to '
            "{high:.1%}).",
            place=place,
            precision=brought["precision"],
            low=low,
            high=high,
        )
    return say(
        '"Don\'t know" below a confidence of {threshold:.3f}: {place} it answers {coverage:.1%} of the rows, and '
        "{precision:.1%} of these answers are right (95% interval {low:.1%} to {high:.1%}).",
        threshold=threshold,
        place=place,
        coverage=brought["coverage"],
        precision=brought["precision"],
        low=low,
        high=high,
    )
