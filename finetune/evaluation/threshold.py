"""Which confidence a trained run is held against, its own or that of another wish: decided before it answers."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from finetune.errors import ConfigError
from finetune.evaluation.abstention import FEWEST, answered_at, check_precision, choose_threshold
from finetune.evaluation.answering import Answering
from finetune.evaluation.answers import Answers, kept_task, read_answers
from finetune.evaluation.wishes import check_wishes
from finetune.language.say import Message, note
from finetune.model.classifier import TextClassifier
from finetune.runs.folder import BEST, METRICS, PREDICTIONS, RunFolder
from finetune.tasks.calibration import Calibration
from finetune.tasks.task import Booleans, Floats


def look_at_confidence(
    model: TextClassifier,
    run: Path | None,
    checkpoint: str | None,
    *,
    wanted_precision: float | None,
    abstain_below: float | None = None,
    without_words: bool = False,
    simple: Answering | None = None,
) -> float | None:
    """Finds out, before anything is computed, what the confidence of the weights that will answer is held against.

    Args:
        model: The model; it answers without calibration where that is not of these weights.
        run: The run folder, where one is named.
        checkpoint: Path of the checkpoint whose weights answer.
        wanted_precision: The wish for right answers.
        abstain_below: A confidence in place of the run's own.
        without_words: Whether the network answers alone though the run answers with words, too.
        simple: How words answer alone, where they do.

    Returns:
        The confidence that was asked for in place of the run's own; None for its own.

    Raises:
        ConfigError: if a number is out of its range, or the wish cannot be granted.
    """
    why = why_not_calibrated(run, checkpoint) if simple is None else None
    with_words = Message("the answers to its validation rows that the run keeps are those with words")
    threshold = asked_threshold(
        run,
        wanted_precision=wanted_precision,
        abstain_below=abstain_below,
        unknown=why or (with_words if without_words else None),
        simple=simple,
    )
    if why is not None:
        model.calibrated = False
        note("{why}: it abstains only where --abstain_below says so", why=why)
    return threshold


def with_threshold(own: Calibration, threshold: float | None, wanted_precision: float | None) -> Calibration:
    """Returns how logits become an answer: as the model says, with the threshold where another was asked for."""
    if threshold is None:
        return own
    return replace(own, abstain_below=threshold, wanted_precision=wanted_precision)


def why_not_calibrated(run: Path | None, checkpoint: str | None) -> Message | None:
    """Returns why the calibration that a run has kept is not that of a checkpoint's weights; None where it is.

    Args:
        run: The run folder, where one is named.
        checkpoint: Path of the checkpoint whose weights answer.
    """
    if run is None or checkpoint is None:
        return None
    if Path(checkpoint).absolute() != (run / BEST).absolute():
        return Message(
            "{checkpoint} is not the run's best checkpoint, and its confidence is not calibrated",
            checkpoint=checkpoint,
        )
    if not (run / METRICS).is_file():
        return Message("{run} has not finished, and its confidence is not calibrated", run=run)
    return None


def asked_threshold(
    run: Path | None,
    *,
    wanted_precision: float | None,
    abstain_below: float | None,
    unknown: Message | None,
    simple: Answering | None = None,
) -> float | None:
    """Returns the confidence that was asked for in place of the run's own; None for its own.

    Args:
        run: The run folder, where one is named.
        wanted_precision: The wish for right answers; the run's own wish asks for nothing new.
        abstain_below: The confidence itself.
        unknown: Why what the run says of its validation rows is not what will answer now, if it is not.
        simple: How words answer alone, where they do.

    Raises:
        ConfigError: if a number is out of its range, or the wish cannot be granted.
    """
    if wanted_precision is not None:
        check_precision(wanted_precision)
    if run is not None and (run / METRICS).is_file():
        task = kept_task(RunFolder(run).metrics())
        check_wishes(task, wanted_precision=wanted_precision, abstain_below=abstain_below)
    if abstain_below is not None:
        if not 0 <= abstain_below <= 1:
            raise ConfigError(
                "--abstain_below {given}: a confidence is from 0 to 1.", given=f"{abstain_below:g}"
            )
        return abstain_below
    own = None if run is None else RunFolder(run).config().get("wanted_precision")
    if simple is not None:
        own = simple.calibration.wanted_precision
    if wanted_precision in (None, own):
        return None
    assert wanted_precision is not None
    if unknown is not None:
        raise ConfigError(
            "--wanted_precision {wanted}: {why}. Give --abstain_below.",
            wanted=f"{wanted_precision:g}",
            why=unknown,
        )
    return threshold_for(wanted_precision, run, simple=simple)


def threshold_for(wanted_precision: float, run: Path | None, *, simple: Answering | None = None) -> float:
    """Returns the confidence for another wish than a run was trained with.

    Args:
        wanted_precision: The wish.
        run: The run folder, where the answers to the validation rows are.
        simple: How words answer alone, where they do: they are asked anew, as the run keeps other answers.

    Raises:
        ConfigError: These are not there, or reach the wish at no confidence.
    """
    wanted = f"{wanted_precision:g}"
    path = None if run is None else run / PREDICTIONS
    if path is None or not path.is_file():
        raise ConfigError(
            "--wanted_precision {wanted}: the threshold is chosen by the answers to the run's validation rows, and "
            "there is no {missing}. Add --run with a run's folder, or give --abstain_below.",
            wanted=wanted,
            missing=path or Message("run"),
        )
    rows = read_answers(path).part("validation")
    if not len(rows.frame):
        raise ConfigError(
            "--wanted_precision {wanted}: the run has no validation rows to choose a threshold by. Give "
            "--abstain_below, or train anew with --data.validation_fraction above 0.",
            wanted=wanted,
        )
    if simple is None:
        right, confidence = rows.right, rows.frame["confidence"].to_numpy(dtype=np.float64)
    else:
        right, confidence = _of_words(simple, rows)
    threshold = choose_threshold(confidence, right, wanted_precision)
    if threshold is None:
        raise ConfigError(
            "--wanted_precision {wanted}: no confidence reaches it on the {n:,} validation row with at least {least} "
            "answers; {share:.1%} of all answers are right. Ask for less, give --abstain_below, or improve the model "
            "first.",
            "--wanted_precision {wanted}: no confidence reaches it on the {n:,} validation rows with at least {least} "
            "answers; {share:.1%} of all answers are right. Ask for less, give --abstain_below, or improve the model "
            "first.",
            wanted=wanted,
            n=len(right),
            least=FEWEST,
            share=right.mean(),
        )
    brought = answered_at(threshold, confidence, right)
    low, high = brought.interval
    note(
        "confidence {threshold:.3g} for --wanted_precision {wanted}: on {validation} it leaves {n:,} answer, "
        "{share:.1%} right (95% interval {low:.1%} to {high:.1%})",
        "confidence {threshold:.3g} for --wanted_precision {wanted}: on {validation} it leaves {n:,} answers, "
        "{share:.1%} of them right (95% interval {low:.1%} to {high:.1%})",
        threshold=threshold,
        wanted=wanted,
        validation=Message("{n:,} validation row", "{n:,} validation rows", n=brought.rows),
        n=brought.answered,
        share=brought.precision,
        low=low,
        high=high,
    )
    return threshold


def _of_words(simple: Answering, rows: Answers) -> tuple[Booleans, Floats]:
    """Which of a run's rows words alone answer rightly, and how sure they are. [N], [N]"""
    task, said = rows.task, simple.said(rows.frame["text"].tolist())
    assert said is not None
    assert task.right is not None
    probabilities = task.probabilities(simple.logits(np.zeros_like(said), said), simple.calibration)
    answer = task.answer(probabilities, simple.calibration)
    return task.right(rows.truth, answer.predicted), answer.confidence
