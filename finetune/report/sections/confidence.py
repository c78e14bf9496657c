"""What the model's confidence is worth: calibration, and when it would rather not answer."""

from typing import Any

import numpy as np

from finetune.evaluation.answers import Answers
from finetune.evaluation.confidence import each_label_corrected
from finetune.evaluation.score_names import score_name
from finetune.language.numbers import number, percent, rows, span
from finetune.language.say import Message, say
from finetune.report.blocks import Block, Columns, Grid, Pictures, Section, Text
from finetune.report.facts import Facts
from finetune.report.figures import coverage_curve, reliability
from finetune.report.figures.drawing import to_svg
from finetune.report.figures.measures import uncalibrated
from finetune.report.names import NO_ANSWERS, NO_METRICS, points, rows_name, rows_of
from finetune.tasks.task import MULTI

FAIR, ROUGH = 0.05, 0.10
"""ECE up to which it is called little, and noticeable (our choice)."""

FEW_ROWS = 300

ENOUGH_ROWS = 100
"""Test rows below which nothing is said to be good: our choice, as in the check of the data."""


def calibration_section(facts: Facts) -> Section:
    """Returns reliability before and after the temperature, the measures, and what they mean."""
    title, part = say("Can its confidence be trusted?"), facts.last_part
    if part is None:
        return Section("calibration", title, "", [Text(str(NO_METRICS), "quiet")])
    calibration: dict[str, Any] = facts.metrics.get("calibration") or {}
    before = (calibration.get("before") or {}).get(part)
    after = (calibration.get("after") or {}).get(part)
    blocks: list[Block] = []
    if before and after:
        blocks.append(Text(_correction(calibration, before, after, part=part)))
    elif facts.answers is not None:
        blocks.append(Text(say("The confidence was not corrected by a temperature in this run.")))
    error = (after or facts.parts[part]).get("ece")
    if error is not None:
        several = facts.task.problem_type == MULTI
        blocks.append(_distance(error, part, int(facts.parts[part]["rows"]), several=several))
    if facts.answers is None:
        blocks.append(Text(str(NO_ANSWERS), "quiet"))
    else:
        blocks.append(Pictures(_reliabilities(facts, part)))
        measured = int(facts.parts[part]["rows"])
        if measured < FEW_ROWS:
            few = say(
                "With {rows} each bar rests on few of them: do not read much into single bars.",
                rows=rows(measured),
            )
            blocks.append(Text(few, "quiet"))
    if before and after:
        values = [
            [score_name(name), number(before.get(name)), number(after.get(name))]
            for name in ("ece", "brier", "log_loss")
        ]
        blocks.append(Grid((say("measure"), say("before"), say("after")), values, numbers=(1, 2)))
    how = say(
        "A confidence of 80% should mean: right in 80 of 100 cases. Where bars end on the dashed line, that is so; "
        "where they end below it the model is too sure, above it too modest."
    )
    return Section("calibration", title, how, blocks)


def _correction(
    calibration: dict[str, Any], before: dict[str, Any], after: dict[str, Any], *, part: str
) -> str:
    temperature = float(calibration.get("temperature") or 1.0)
    if each_label_corrected(calibration):
        return say(
            "The confidence of each label was corrected by itself, on {rows}. The distance between probabilities and "
            "frequencies (ECE) went from {before} to {after} on the {part}.",
            rows=rows_of("validation", int(calibration.get("rows") or 0)),
            before=number(before.get("ece")),
            after=number(after.get("ece")),
            part=rows_name(part),
        )
    if temperature == 1:
        return say("The confidence was left as it is: the validation rows could not tell a better one.")
    return say(
        "Before the correction the model was {side}. What corrects it is one number, the temperature (above 1 makes "
        "less sure, below 1 surer): {temperature:.2f}, found on {rows}. The distance between confidence and accuracy "
        "(ECE) went from {before} to {after} on the {part}.",
        side=Message("too sure of itself")
        if temperature > 1.05
        else Message("too modest")
        if temperature < 0.95
        else Message("already about right"),
        temperature=temperature,
        rows=rows_of("validation", int(calibration.get("rows") or 0)),
        before=number(before.get("ece")),
        after=number(after.get("ece")),
        part=rows_name(part),
    )


def _distance(error: float, part: str, measured: int, *, several: bool) -> Block:
    """How far confidence and accuracy lie apart, and what to make of it."""
    told = [
        say(
            "On the {part}, probabilities of labels and how often they are there lie {error} apart on average.",
            part=rows_name(part),
            error=points(error),
        )
        if several
        else say(
            "On the {part}, confidence and accuracy lie {error} apart on average.",
            part=rows_name(part),
            error=points(error),
        )
    ]
    if error <= FAIR:
        told.append(say("That is little: the confidence can be read as a chance of being right."))
    elif error <= ROUGH:
        told.append(say("That is noticeable: read the confidence as a rough hint."))
    else:
        told.append(say("That is much: do not read the confidence as a chance of being right."))
    if part == "validation":
        told.append(
            say("But the temperature was found on these very rows: on new ones expect a larger distance.")
        )
    good = error <= FAIR and part == "test" and measured >= ENOUGH_ROWS
    return Text(" ".join(told), "good" if good else "warning")


def _reliabilities(facts: Facts, part: str) -> list[tuple[Any, str]]:
    assert facts.answers is not None
    answers = facts.answers.part(part)
    probabilities, right = answers.probabilities, answers.right
    if facts.task.problem_type == MULTI:
        return [_of_labels(answers), _of_rows(answers)]
    versions = [("only", say("As it is"), probabilities)]
    if facts.temperature != 1:
        versions = [
            ("before", say("Before the correction"), uncalibrated(probabilities, facts.temperature)),
            ("after", say("After the correction"), probabilities),
        ]
    found = []
    for name, title, shown in versions:
        figure = reliability(shown.max(axis=1), right, title=title)
        found.append((to_svg(figure, f"reliability-{name}", alt=title), ""))
    return found


def _of_labels(answers: Answers) -> tuple[Any, str]:
    """How often a label is there for each height of its probability."""
    title = say("Single labels")
    there = answers.truth.ravel() > 0
    figure = reliability(
        answers.probabilities.ravel(),
        there,
        title=title,
        x=say("probability of the label"),
        y=say("share that has it"),
    )
    return to_svg(figure, "reliability-labels", alt=title), say("Each label of each row is one case.")


def _of_rows(answers: Answers) -> tuple[Any, str]:
    """How often all labels of a row are right for each height of the confidence in them."""
    title = say("All labels of a row")
    figure = reliability(answers.frame["confidence"].to_numpy(dtype=np.float64), answers.right, title=title)
    return to_svg(figure, "reliability-rows", alt=title), say("Right is a row whose labels are all right.")


def section(facts: Facts) -> Section:
    """Returns the curve of answers against accuracy, and what the threshold brings."""
    title, part = say("When it should say “don't know”"), facts.last_part
    if part is None:
        return Section("abstention", title, "", [Text(str(NO_METRICS), "quiet")])
    abstention: dict[str, Any] = facts.metrics.get("abstention") or {}
    blocks: list[Block] = [threshold(abstention, part), *_missed(abstention, part)]
    if facts.answers is None:
        blocks.append(Text(str(NO_ANSWERS), "quiet"))
    else:
        answers = facts.answers.part(part)
        figure = coverage_curve(
            answers.frame["confidence"].to_numpy(dtype=np.float64),
            answers.right,
            threshold=abstention.get("abstain_below") or None,
        )
        line = say("Accuracy among the answered rows, {part}.", part=rows_name(part))
        picture = Pictures([(to_svg(figure, "coverage", alt=line), line)])
        blocks = [Columns([[picture], blocks])]
    how = say(
        "Answers of low confidence can be left to a human. The curve shows how accurate the rest gets, from right (all "
        "rows are answered) to left (only the surest)."
    )
    return Section("abstention", title, how, blocks)


def _missed(abstention: dict[str, Any], part: str) -> list[Block]:
    """What there is to say where fewer answers are right than was wanted."""
    brought, wanted = abstention.get(part), abstention.get("wanted_precision")
    if not brought or not abstention.get("abstain_below") or wanted is None:
        return []
    reached = brought.get("precision")
    if reached is None or reached >= wanted:
        return []
    _, high = brought.get("interval") or (0.0, 0.0)
    if wanted <= high:
        return [Text(say("That is a little less than was wanted, which may be chance."))]
    return [
        Text(say("That is less than was wanted: on new rows, expect this rather than the wish."), "warning")
    ]


def threshold(abstention: dict[str, Any], part: str) -> Text:
    """Returns what the chosen threshold brings, or why there is none."""
    below, wanted, brought = (abstention.get(key) for key in ("abstain_below", "wanted_precision", part))
    if abstention and below is None:
        never = say(
            "No threshold was set: on the validation rows no confidence brought {wanted} of right answers. Ask for "
            "less, or improve the model first.",
            wanted=percent(wanted, digits=0),
        )
        return Text(never, "warning")
    if not brought:
        return Text(say("No threshold was chosen in this run: the model always answers."))
    edges = span(brought.get("interval"), of_hundred=True)
    interval = Message(" (95% interval {span})", span=edges) if edges else ""
    if below == 0:
        always = say(
            "No threshold: on the validation rows all answers together were already right often enough. On the {part} "
            "{precision} of all answers are right{interval}.",
            part=rows_name(part),
            precision=percent(brought.get("precision")),
            interval=interval,
        )
        return Text(always, "lead")
    if not brought.get("answered"):
        nothing = say(
            "Below a confidence of {threshold:.1%} it does not answer; on the {part} it then answers no row.",
            threshold=below,
            part=rows_name(part),
        )
        return Text(nothing, "warning")
    chosen = say(
        "Threshold: a confidence of {threshold:.1%}, chosen on the validation rows so that {wanted} of the answers are "
        "right. It then answers {answered:,} of {rows} ({coverage:.0%}), and {precision} of these are right{interval}.",
        threshold=below,
        wanted=percent(wanted, digits=0),
        answered=int(brought["answered"]),
        rows=rows_of(part, int(brought["rows"])),
        coverage=brought["coverage"],
        precision=percent(brought.get("precision")),
        interval=interval,
    )
    return Text(chosen, "lead")
