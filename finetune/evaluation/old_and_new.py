"""A run and the one that was trained anew on its corrected rows, side by side on the same rows. Asks no network.

What the run before answers does not depend on the labels that are held against it: what it keeps in `predictions.csv`
is its answer to the same rows with corrected labels, too.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from finetune.errors import DataError
from finetune.evaluation.answers import Answers
from finetune.evaluation.beside_baselines import alone
from finetune.evaluation.comparison import FEWEST_ROWS, McNemar, outcome, p_value
from finetune.evaluation.score_names import score_name, score_span, score_value
from finetune.language.lists import SHOWN, quoted
from finetune.language.numbers import number
from finetune.language.numbers import rows as rows_in_words
from finetune.language.parts import PART_NAMES
from finetune.language.say import AnyMessage, Message, joined
from finetune.runs.corrected import PARTS
from finetune.tasks.targets import encoded

HELD_OUT: dict[str, AnyMessage] = {"validation": Message("validation rows"), "test": Message("test rows")}

TEST = "test"

NO_TEST = Message(
    "There is no test: by these rows, with their corrected labels, it was chosen how the new run answers, so that it "
    "looks better on them than it is."
)
"""Is said where both are measured on validation rows alone: those of the older run had other labels."""


def side_by_side(old: Answers, new: Answers, *, seed: int) -> dict[str, Any]:
    """Returns by part what both reach on the same rows, held against the labels of the newer table.

    Args:
        old: What the run before answers to its held-out rows.
        new: What the new one answers to the same, in the same order.
        seed: Of what is drawn.

    Raises:
        DataError: if they are not the same rows.
    """
    parts = [part for part in PARTS if (new.frame["split"] == part).any()]
    return {part: _of_part(old.part(part), new.part(part), part, seed=seed) for part in parts}


def _of_part(old: Answers, new: Answers, part: str, *, seed: int) -> dict[str, Any]:
    _refuse_others(old, new, part)
    task, labels = new.task, names_of_both(old, new)
    told, before = new.frame["label"].tolist(), old.frame["label"].tolist()
    truth = encoded(told, labels, task)
    first, second = (encoded(each.frame["predicted"].tolist(), labels, task) for each in (new, old))
    difference = task.difference(truth, first, second, len(labels), seed=seed)
    mcnemar = None if task.right is None else alone(task, truth, first, second)
    scores = {name: task.scores(truth, each)[task.score] for name, each in (("old", second), ("new", first))}
    spans = {
        name: task.intervals(truth, each, len(labels), seed=seed).get(task.score)
        for name, each in (("old", second), ("new", first))
    }
    return {
        "rows": len(truth),
        "corrected": sum(one != other for one, other in zip(told, before, strict=True)),
        "ranked_by": task.score,
        "score": {name: _known(value) for name, value in scores.items()},
        "interval": {name: None if span is None else [*map(_known, span)] for name, span in spans.items()},
        "difference": {name: _known(value) for name, value in asdict(difference).items()},
        "mcnemar": None if mcnemar is None else asdict(mcnemar),
        "outcome": outcome(difference, mcnemar, len(truth)),
    }


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _refuse_others(old: Answers, new: Answers, part: str) -> None:
    texts, others = old.frame["text"].tolist(), new.frame["text"].tolist()
    if texts != others:
        raise DataError(
            "the {part} of both are not the same ({old:,} and {new:,}), or not all were measured",
            part=HELD_OUT[part],
            old=len(texts),
            new=len(others),
        )
    if old.task.problem_type != new.task.problem_type:
        raise DataError("they were trained for different tasks")


def names_of_both(old: Answers, new: Answers) -> list[str]:
    """Returns the names of all outputs that one of both has; those of an order stay in it."""
    if set(new.labels) <= set(old.labels):
        return old.labels
    return [*new.labels, *(label for label in old.labels if label not in new.labels)]


# ---- in words -----------------------------------------------------------------------------------------------


def rows_of(content: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Returns of both runs the name, the score and its interval, the older first.

    Args:
        content: Of one part.
    """
    score = content["ranked_by"]
    return [
        (name, score_value(score, content["score"][name]), score_span(score, content["interval"][name]))
        for name in ("old", "new")
    ]


def what_is_compared(content: Mapping[str, Any], part: str) -> AnyMessage:
    """Returns on which rows both are measured, how many of them have a corrected label, and whether they are a test."""
    told = Message(
        "Both are measured on the same {n:,} row ({part}), {corrected:,} of them with a corrected label.",
        "Both are measured on the same {n:,} rows ({part}), {corrected:,} of them with a corrected label.",
        n=content["rows"],
        part=PART_NAMES[part],
        corrected=content["corrected"],
    )
    return told if part == TEST else joined([told, NO_TEST])


def verdict(content: Mapping[str, Any], part: str, *, old: str) -> AnyMessage:
    """Returns which of both is the better one, or that it is not known.

    Args:
        content: Of one part.
        part: Which rows these are.
        old: What the older run is called.
    """
    difference, test, rows = content["difference"], content["mcnemar"], content["rows"]
    values: dict[str, Any] = {
        "old": old,
        "score": score_name(content["ranked_by"]),
        "rows": joined([rows_in_words(rows), Message("({part})", part=PART_NAMES[part])]),
        "difference": number(difference["difference"], sign=True),
        "low": number(difference["low"], sign=True),
        "high": number(difference["high"], sign=True),
    }
    alone_right: AnyMessage | str = ""
    if test is not None:
        alone_right = Message(
            " It alone is right in {first}, the older alone in {second} (p {p} by chance, McNemar's test).",
            first=rows_in_words(test["only_first_right"]),
            second=rows_in_words(test["only_second_right"]),
            p=p_value(McNemar(**test)),
        )
    if content["outcome"] == "undecided" and rows < FEWEST_ROWS:
        return Message(
            "Whether the new run is better than {old} cannot be told on {rows}: these are too few. Below {least} rows "
            "nothing is proved.",
            **values,
            least=FEWEST_ROWS,
        )
    told = {
        "better": Message(
            "The new run is better than {old}: {score} {difference} on {rows} (95% interval {low} to {high}).{alone}",
            **values,
            alone=alone_right,
        ),
        "worse": Message(
            "The older run {old} stays the better one: the new one has {score} {difference} on {rows} (95% interval "
            "{low} to {high}).{alone} Go on with {old}; the corrections are kept, and more of them may change that.",
            **values,
            alone=alone_right,
        ),
        "undecided": Message(
            "It is not proved that the new run is better than {old}: {score} {difference} on {rows} (95% interval "
            "{low} to {high}), which may be chance.{alone} More test rows would tell.",
            **values,
            alone=alone_right,
        ),
        "tie": Message(
            "The new run is as good as {old}, and not better: on {rows} their {score} is exactly the same.",
            **values,
        ),
    }
    return told[content["outcome"]]


def what_was_done(rows: Mapping[str, Any], classes: Mapping[str, Sequence[str]]) -> list[AnyMessage]:
    """Returns what became of the corrections, a sentence each; of what there was none of, nothing.

    Args:
        rows: `rows` of `corrected.json`.
        classes: `classes` of it.
    """
    new, gone = classes.get("new", ()), classes.get("gone", ())
    of = rows["corrected"]
    told: list[tuple[int, AnyMessage]] = [
        (
            sum(of.values()),
            Message(
                "{n:,} label was changed: {train:,} in training, {validation:,} in validation, {test:,} in the test",
                "{n:,} labels were changed: {train:,} in training, {validation:,} in validation, {test:,} in the test",
                n=sum(of.values()),
                train=of.get("train", 0),
                validation=of.get("validation", 0),
                test=of.get("test", 0),
            ),
        ),
        (
            rows["confirmed"],
            Message(
                "{n:,} label was confirmed as it stands",
                "{n:,} labels were confirmed as they stand",
                n=rows["confirmed"],
            ),
        ),
        (
            rows["new"],
            Message(
                "{n:,} row is new, and goes to training; none ever to the test",
                "{n:,} rows are new, and go to training; none ever to the test",
                n=rows["new"],
            ),
        ),
        (
            rows["held_out"],
            Message(
                "left out: {n:,} new row whose text stands in validation or test",
                "left out: {n:,} new rows whose text stands in validation or test",
                n=rows["held_out"],
            ),
        ),
        (
            rows["alike"],
            Message(
                "left out: {n:,} new row that nearly repeats a row of validation or test",
                "left out: {n:,} new rows that nearly repeat a row of validation or test",
                n=rows["alike"],
            ),
        ),
        (
            rows.get("grouped", 0),
            Message(
                "left out: {n:,} new row of a group that stands in validation or test",
                "left out: {n:,} new rows of groups that stand in validation or test",
                n=rows.get("grouped", 0),
            ),
        ),
        (
            rows.get("of_no_group", 0),
            Message(
                "{n:,} new row does not say its group: if it is one of the test, the test says too much of the new run",
                "{n:,} new rows do not say their groups: if these are some of the test, the test says too much of the "
                "new run",
                n=rows.get("of_no_group", 0),
            ),
        ),
        (
            rows["conflicts"],
            Message(
                "left out: {n:,} text that was given different labels, until somebody settles it",
                "left out: {n:,} texts that were given different labels, until somebody settles them",
                n=rows["conflicts"],
            ),
        ),
        (
            rows["unknown"],
            Message(
                "left out: {n:,} row that does not say all of its text, or is of no table of the run",
                "left out: {n:,} rows that do not say all of their text, or are of no table of the run",
                n=rows["unknown"],
            ),
        ),
    ]
    told += [
        (len(new), Message("new classes: {names}", names=quoted(new, most=SHOWN))),
        (len(gone), Message("no row has any more: {names}", names=quoted(gone, most=SHOWN))),
    ]
    return [message for count, message in told if count]
