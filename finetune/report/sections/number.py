"""A number: answers against the truth, errors by size, and what the intervals are worth."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from finetune.evaluation import off_by
from finetune.language.numbers import count, percent, significant
from finetune.language.say import say
from finetune.report.blocks import Block, Columns, Grid, Pictures, Section, Text
from finetune.report.facts import Facts
from finetune.report.figures import against_truth, band_bars, error_histogram, width_curve
from finetune.report.figures.drawing import to_svg
from finetune.report.names import NO_ANSWERS, NO_METRICS, points, rows_name
from finetune.tasks.bands import edges_of
from finetune.tasks.bootstrap import wilson
from finetune.tasks.task import Booleans, Floats

BANDS = 5
"""Bands of size, of as many rows each where numbers are not the same."""

NEAR = 0.03
"""Shares of the intervals that hold the truth: so far from what was wanted they may lie (our choice)."""


@dataclass(frozen=True)
class Numbers:
    """What was answered to the rows of a part. All are [N].

    Attributes:
        truth: Numbers of the table.
        answered: Those of the model.
        low: Where intervals begin; None where there are none.
        high: Where they end.
        abstained: Whether the model would rather not have answered.
    """

    truth: Floats
    answered: Floats
    low: Floats | None
    high: Floats | None
    abstained: Booleans

    @property
    def errors(self) -> Floats:
        """How far each answer is too high."""
        return self.answered - self.truth

    @property
    def widths(self) -> Floats | None:
        """How wide the intervals are; None where there are none."""
        return None if self.low is None or self.high is None else self.high - self.low


def numbers_of(facts: Facts, part: str) -> Numbers | None:
    """Returns what was answered to the rows of a part; None where that is not known."""
    if facts.answers is None:
        return None
    answers = facts.answers.part(part)
    frame = answers.frame
    abstained = frame["abstained"].to_numpy(dtype=bool)
    if "low" not in frame or frame["low"].isna().all():
        return Numbers(answers.truth, answers.predicted, None, None, abstained)
    low, high = (frame[name].to_numpy(dtype=np.float64) for name in ("low", "high"))
    return Numbers(answers.truth, answers.predicted, low, high, abstained)


def section(facts: Facts) -> Section:
    """Returns the answers against the truth, and how far they are off."""
    title, part = say("Answers against the truth"), facts.last_part
    if part is None:
        return Section("numbers", title, "", [Text(str(NO_METRICS), "quiet")])
    blocks: list[Block] = []
    if facts.parts[part].get("mae") is not None:
        blocks.append(Text(str(off_by.in_the_unit(facts.parts[part])), "lead"))
    found = numbers_of(facts, part)
    if found is None or not len(found.truth):
        blocks.append(Text(str(NO_ANSWERS), "quiet"))
    else:
        line = say("Each dot is a row, {part}.", part=rows_name(part))
        errors = say(
            "How far answers are off: answer minus number in the table. The outer bars hold all that is further off."
        )
        scatter = against_truth(found.truth, found.answered, low=found.low, high=found.high)
        pictures = [
            (to_svg(scatter, "truth", alt=line), line),
            (to_svg(error_histogram(found.errors), "errors", alt=errors), errors),
        ]
        blocks.append(Pictures(pictures))
    how = say(
        "On the line answers are right; the further from it, the further off. Above it they are too high."
    )
    return Section("numbers", title, how, blocks)


def size_section(facts: Facts) -> Section:
    """Returns how far answers are off among small and large numbers."""
    title, part = say("Errors by size"), facts.last_part
    if part is None:
        return Section("sizes", title, "", [Text(str(NO_METRICS), "quiet")])
    found = numbers_of(facts, part)
    if found is None or not len(found.truth):
        return Section("sizes", title, "", [Text(str(NO_ANSWERS), "quiet")])
    names, means, cells = [], [], []
    for low, high, inside in bands(found.truth):
        errors = found.errors[inside]
        edges = (significant(edge, zeros=False) for edge in (low, high))
        names.append(say("{low} to {high}", low=next(edges), high=next(edges)))
        means.append(float(np.abs(errors).mean()))
        cells.append(
            [names[-1], count(int(inside.sum())), significant(means[-1]), _signed(float(errors.mean()))]
        )
    line = say("Mean error among numbers of each size, {part}.", part=rows_name(part))
    figure = band_bars(names, means, every=float(np.abs(found.errors).mean()))
    grid = Grid((say("number"), say("rows"), say("mean error"), say("on average")), cells, numbers=(1, 2, 3))
    how = say(
        "A model often answers too much for small numbers and too little for large ones: the last column says by how "
        "much answers are too high (+) or too low (-) on average."
    )
    picture = Pictures([(to_svg(figure, "bands", alt=line), line)])
    return Section("sizes", title, how, [Columns([[picture], [grid]])])


def _signed(value: float) -> str:
    return f"+{significant(value)}" if value > 0 else significant(value)


def bands(truth: Floats) -> list[tuple[float, float, Booleans]]:
    """Returns numbers in bands of as many rows each: the smallest, the largest, and which rows are in it. [N]"""
    which = np.searchsorted(edges_of(truth, BANDS), truth, side="left")
    return [
        (float(truth[which == band].min()), float(truth[which == band].max()), which == band)
        for band in np.unique(which)
    ]


def interval_section(facts: Facts) -> Section:
    """Returns what the intervals are worth: how many hold the truth, how wide they are, and what is left to a human."""
    title, part = say("Can its intervals be trusted?"), facts.last_part
    if part is None:
        return Section("calibration", title, "", [Text(str(NO_METRICS), "quiet")])
    interval: dict[str, Any] = facts.parts[part].get("interval") or {}
    blocks: list[Block] = []
    if interval.get("measured") is None:
        blocks.append(Text(say("No intervals were found in this run: the answers stand alone."), "quiet"))
    else:
        blocks += [
            Text(str(off_by.covered(interval)), "lead"),
            _worth(interval, facts.parts[part]["rows"], part),
        ]
    how = say(
        "With each answer stand two numbers between which the true one should lie. How far apart they must be was "
        "found on the validation rows; whether that holds, the test rows say."
    )
    return Section("calibration", title, how, blocks)


def _worth(interval: dict[str, Any], rows: int, part: str) -> Text:
    """What to make of the share of intervals that hold the truth."""
    wanted, measured = interval.get("wanted") or 0.0, interval["measured"]
    low, high = wilson(round(measured * rows), rows)
    if measured < wanted - NEAR and high < wanted:
        short = say(
            "That is {points} less than was wanted: on new rows, expect this rather than the wish.",
            points=points(wanted - measured),
        )
        return Text(short, "warning")
    if part == "validation":
        own = say("But they were found on these very rows: on new ones expect fewer.")
        return Text(own, "warning")
    if measured > wanted + NEAR and low > wanted:
        return Text(say("They are wider than they need to be: more of them hold the truth than was wanted."))
    if abs(measured - wanted) > NEAR:
        return Text(say("On so few rows chance alone can make this difference: more test rows would tell."))
    return Text(say("That is as was wanted: the intervals can be relied on for rows like these."), "good")


def abstention_section(facts: Facts) -> Section:
    """Returns what is gained where answers of wide intervals are left to a human."""
    title, part = say("When it should say “don't know”"), facts.last_part
    if part is None:
        return Section("abstention", title, "", [Text(str(NO_METRICS), "quiet")])
    found = numbers_of(facts, part)
    how = say(
        "Answers of wide intervals can be left to a human. The curve shows how far off the rest is on average, from "
        "right (all rows are answered) to left (only the narrowest)."
    )
    if found is None or not len(found.truth):
        return Section("abstention", title, how, [Text(str(NO_ANSWERS), "quiet")])
    widths = found.widths
    if widths is None or np.ptp(widths) <= 1e-9 * np.abs(widths).max():
        alike = say(
            "All intervals are equally wide: of no answer the model is surer than of another, and it always answers."
        )
        return Section("abstention", title, "", [Text(alike)])
    line = say("Mean error among the answered rows, {part}. Dashed: that of all rows.", part=rows_name(part))
    picture = Pictures([(to_svg(width_curve(widths, np.abs(found.errors)), "coverage", alt=line), line)])
    return Section("abstention", title, how, [Columns([[picture], [Text(_kept(found), "lead")]])])


def _kept(found: Numbers) -> str:
    """How many rows it answers, and how far off these are."""
    unsure = int(found.abstained.sum())
    if not unsure:
        return say("No threshold was chosen in this run: the model always answers.")
    errors = np.abs(found.errors)
    kept = errors[~found.abstained]
    return say(
        "It would rather not answer {unsure:,} of {rows:,} rows, those of the widest intervals ({share}). The others "
        "are off by {kept} on average, all together by {every}.",
        unsure=unsure,
        rows=len(errors),
        share=percent(unsure / len(errors), digits=0),
        kept=significant(float(kept.mean())) if len(kept) else "–",
        every=significant(float(errors.mean())),
    )
