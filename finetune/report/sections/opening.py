"""What is read first: the verdict in plain words, four numbers, and warnings about what makes them untrustworthy."""

from typing import Any

import numpy as np

from finetune.evaluation import off_by
from finetune.evaluation.comparison import FEWEST_ROWS, McNemar, outcome, right_share
from finetune.evaluation.score_names import model_name, score_name, score_span, score_value
from finetune.language.numbers import count, number, percent, span
from finetune.language.say import AnyMessage, Message, joined, say
from finetune.report.blocks import Block, Bullets, Cards, Text, Tone
from finetune.report.facts import Facts, in_language
from finetune.report.names import rows_name, rows_of
from finetune.report.sections.repeat import run_name
from finetune.tasks.bootstrap import Interval
from finetune.tasks.task import MULTI, NUMBER

MAJORITY = "majority"
"""The simple model that looks at no text."""

FEW_ROWS = 100
"""As the check of the data has it."""


def best_baseline(facts: Facts, part: str) -> str | None:
    """Returns the name of the simple model that the run was compared with and that scores highest."""
    compared = (facts.metrics.get("against_baselines") or {}).get(part) or {}
    scores = facts.metrics.get("baselines") or {}
    known = [name for name in compared if part in scores.get(name, {})]
    return max(known, key=lambda name: scores[name][part][facts.score], default=None)


def against(facts: Facts, part: str, name: str) -> tuple[Interval, McNemar | None]:
    """Returns the recorded comparison with a simple model; no test where there is no right and wrong."""
    compared: dict[str, Any] = facts.metrics["against_baselines"][part][name]
    test = McNemar(**compared["mcnemar"]) if facts.task.right is not None else None
    return Interval(**compared[f"{facts.score}_difference"]), test


def headline(facts: Facts) -> tuple[str, Tone]:
    """Returns what is good, then what is not proved, and how it looks.

    Green only where the model beats the best simple one beyond chance; yellow where it may have learned nothing, or the
    rows cannot tell; what is merely not proved has no colour.
    """
    part = facts.last_part
    if part is None:
        return _unfinished(facts), "severe"
    rows = int(facts.parts[part]["rows"])
    told, tone = _against_simple(facts, part, rows)
    if tone == "good" and (part != "test" or _severe(facts)):
        tone = "warning"  # what is said below takes the green away
    return str(joined([*_reached(facts, part), *told])), tone


def _reached(facts: Facts, part: str) -> list[AnyMessage]:
    """What the model reaches: how many rows are right, or how far it is off, and its score."""
    report = facts.parts[part]
    rows = int(report["rows"])
    if facts.task.problem_type == NUMBER:
        first: list[AnyMessage] = [off_by.in_the_unit(report)] if report.get("mae") is not None else []
    else:
        several = facts.task.problem_type == MULTI
        right = right_share(round(report["accuracy"] * rows), rows, rows_of(part, rows), several=several)
        first = [right, *off_by.sentences(report)]
    return [*first, _score(facts, part)]


def _score(facts: Facts, part: str) -> Message:
    """The score by which models are ranked, and what it says."""
    report, score = facts.parts[part], facts.score
    interval = score_span(score, (report.get("intervals") or {}).get(score))
    behind = Message(" (95% interval {span})", span=interval) if interval else ""
    value = score_value(score, report.get(score))
    if score == "f1_macro":
        return Message(
            "Its macro-F1, in which all labels count alike, is {f1}{interval}; 1 is perfect."
            if facts.task.problem_type == MULTI
            else "Its macro-F1, in which all classes count alike, is {f1}{interval}; 1 is perfect.",
            f1=value,
            interval=behind,
        )
    if score == "kappa":
        return Message(
            "Its kappa, in which far errors count more than near ones, is {kappa}{interval}; 1 is perfect, 0 is "
            "guessing.",
            kappa=value,
            interval=behind,
        )
    if score == "r2":
        return Message(
            "Its R², the share of the differences between the rows that it explains, is {r2}{interval}; 1 is perfect, 0 "
            "is no better than one number for all texts.",
            r2=value,
            interval=behind,
        )
    return Message("Its {score} is {value}{interval}.", score=score_name(score), value=value, interval=behind)


def _against_simple(facts: Facts, part: str, rows: int) -> tuple[list[AnyMessage], Tone]:
    """What is proved of the model and simple ones, then what is not."""
    name = best_baseline(facts, part)
    if name is None:
        unknown = Message(
            "Whether it beats a simple model is not known: no simple model was measured beside it."
        )
        return [unknown], "warning"
    best, found = _simple(name, facts.task.problem_type), outcome(*against(facts, part, name), rows)
    if found == "better":
        return [Message("It beats the {best}.", best=best)], "good"
    if found == "worse":
        return [Message("It scores WORSE than the {best}. Do not rely on it as it is.", best=best)], "severe"
    learned = name != MAJORITY and _learned(facts, part, rows)
    proved = [_better_than_none(facts.task.problem_type)] if learned else []
    unproved = (
        Message("It is as good as the {best}: both score the same.", best=best)
        if found == "tie"
        else Message(
            "Whether it is better than the {best} cannot be told: these are too few rows.", best=best
        )
        if rows < FEWEST_ROWS
        else Message(
            "It is not proved that it is better than the {best}: the difference may be chance. More test rows would "
            "tell.",
            best=best,
        )
    )
    return [*proved, unproved], "plain" if learned and part == "test" and not _severe(facts) else "warning"


def _better_than_none(problem_type: str) -> Message:
    """That it is better than an answer that looks at no text."""
    if problem_type == NUMBER:
        return Message("It is clearly better than always answering the same number.")
    if problem_type == MULTI:
        return Message("It is clearly better than always answering the most frequent labels.")
    return Message("It is clearly better than always answering the most frequent class.")


def _learned(facts: Facts, part: str, rows: int) -> bool:
    """Whether the model is better than the answer that looks at no text."""
    known = MAJORITY in ((facts.metrics.get("against_baselines") or {}).get(part) or {})
    return known and outcome(*against(facts, part, MAJORITY), rows) == "better"


def _unfinished(facts: Facts) -> str:
    if facts.resumable:
        return say(
            "This training has not finished: there is no result yet. Below stands what is known so far. To go on with "
            "it:\n  finetune fit --run {run} --resume",
            run=run_name(facts.folder),
        )
    return say("This training left no result and no state to go on from. Below stands what is known.")


def _simple(name: str, problem_type: str) -> Message:
    if name == "tfidf" and problem_type == NUMBER:
        return Message("best simple model, which counts words (TF-IDF + linear regression)")
    if name == "majority" and problem_type == NUMBER:
        return Message("best simple model, which always answers the same number")
    if name == "majority" and problem_type == MULTI:
        return Message("best simple model, which always answers the most frequent labels")
    if name == "frozen" and problem_type == NUMBER:
        return Message("best simple model, a linear regression on the pretrained model as it is")
    if name == "tfidf":
        return Message("best simple model, which counts words (TF-IDF + logistic regression)")
    if name == "frozen":
        return Message("best simple model, a logistic regression on the pretrained model as it is")
    if name == "majority":
        return Message("best simple model, which always answers the most frequent class")
    return Message("best simple model ({name})", name=name)


def opening(facts: Facts) -> list[Block]:
    """Returns the numbers that are seen first, and the warnings."""
    return [*_cards(facts), *warnings(facts)]


def _cards(facts: Facts) -> list[Block]:
    part = facts.last_part
    if part is None:
        return []
    report = facts.parts[part]
    cards = [_card(facts, part, score) for score in CARDS[facts.task.name] if report.get(score) is not None]
    if "confusion_matrix" in report and report.get("mae") is not None:
        cards.insert(1, _near(report))
    name = best_baseline(facts, part)
    if name is not None:
        gain, _ = against(facts, part, name)
        cards.append(
            (
                say(
                    "{score} above {name}",
                    score=score_name(facts.score),
                    name=model_name(name, facts.task.problem_type),
                ),
                number(gain.difference, sign=True),
                _interval(span((gain.low, gain.high))),
            )
        )
    train = facts.rows_of("train")
    learned = (
        ""
        if train is None
        else say("it learned from {n:,} other row", "it learned from {n:,} others", n=train)
    )
    cards.append((str(rows_name(part)), count(report["rows"]), learned))
    return [Cards(cards)]


CARDS = {
    "single_label": ("f1_macro", "accuracy"),
    "multi_label": ("accuracy", "f1_macro"),
    "ordinal": ("accuracy", "kappa"),
    "number": ("mae", "median_error", "r2"),
}
"""Scores that are seen first, by the task."""

SAYS = {
    "f1_macro": Message("mean of the classes, each counted alike; 1 is perfect"),
    "accuracy": Message("share of the rows that are right"),
    "kappa": Message("far errors count more; 1 is perfect, 0 is guessing"),
    "mae": Message("how far an answer is off on average"),
    "median_error": Message("half of the answers are off by less"),
    "r2": Message("1 is perfect, 0 no better than one number for all"),
}
"""What stands below one without an interval."""


def _card(facts: Facts, part: str, score: str) -> tuple[str, str, str]:
    """A score, with its interval below."""
    report = facts.parts[part]
    interval = (report.get("intervals") or {}).get(score)
    if score == "accuracy":
        edges, value = span(interval, of_hundred=True), percent(report[score])
    else:
        edges, value = score_span(score, interval), score_value(score, report[score])
    several = score == "accuracy" and facts.task.problem_type == MULTI
    name = say("all labels of the row right") if several else score_name(score)
    return name, value, _interval(edges) if edges else str(SAYS[score])


def _near(report: dict[str, Any]) -> tuple[str, str, str]:
    """The share of rows that are right or taken for a neighbour."""
    matrix = np.asarray(report["confusion_matrix"]["rows_true_columns_predicted"], dtype=np.int64)
    share = off_by.within(off_by.steps(matrix), 1)
    return say("at most one step off"), percent(share), say("right answers among them")


def _interval(edges: str) -> str:
    return say("95% interval: {edges}", edges=edges)


def _severe(facts: Facts) -> list[dict[str, Any]]:
    return [one for one in facts.data_report.get("findings", []) if one.get("severity") == "severe"]


def warnings(facts: Facts) -> list[Block]:
    """Returns what makes the result untrustworthy, before anything else is read."""
    found = list[Block]()
    severe = [f"{count(one['count'])} {in_language(one['what'])}" for one in _severe(facts)]
    if severe:
        lead = say("The check of the data found something severe, which makes the score untrustworthy:")
        found.append(Bullets(severe, lead, "severe"))
    if facts.finished:
        found += [Text(text, "warning") for text in _missing_parts(facts)]
    if facts.unread:
        lead = say("Files that cannot be read, and are left out:")
        found.append(Bullets(list(map(str, facts.unread)), lead, "warning"))
    return found


def _missing_parts(facts: Facts) -> list[str]:
    found = []
    if "test" not in facts.parts:
        found.append(
            say(
                "There were no test rows: the score comes from the validation rows, by which the model was chosen, and "
                "is likely too good."
            )
        )
    elif (rough := few_rows(facts)) is not None:
        found.append(rough)
    if "validation" not in facts.parts:
        found.append(
            say(
                "There were no validation rows: the last version was kept, whether or not it was the best one."
            )
        )
    return found


def few_rows(facts: Facts) -> str | None:
    """Returns that there are so few test rows that the score is rough; None where there are enough, or none at all."""
    rows = int(facts.parts["test"]["rows"]) if "test" in facts.parts else FEW_ROWS
    if rows >= FEW_ROWS:
        return None
    return say(
        "Only {n:,} test row: the score is rough. The interval says how rough.",
        "Only {n:,} test rows: the score is rough. The interval says how rough.",
        n=rows,
    )
