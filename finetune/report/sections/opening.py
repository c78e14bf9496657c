"""What is read first: the verdict in plain words, four numbers, and warnings about what makes them untrustworthy."""

from typing import Any

from finetune.evaluation.comparison import FEWEST_ROWS, McNemar, outcome
from finetune.evaluation.score_names import model_name, score_name
from finetune.language.numbers import count, number, span
from finetune.language.say import AnyMessage, Message, joined, say
from finetune.report.blocks import Block, Bullets, Cards, Text, Tone
from finetune.report.facts import Facts, in_language
from finetune.report.names import rows_name
from finetune.report.sections.reached import CARDS, card, interval_below, near, reached
from finetune.report.sections.repeat import run_name
from finetune.tasks.bootstrap import Interval
from finetune.tasks.task import MULTI, NUMBER

MAJORITY, FROZEN = "majority", "frozen"
"""The simple model that looks at no text, and the one that a quick fit keeps."""

FEW_ROWS = 100
"""As the check of the data has it."""


def best_baseline(facts: Facts, part: str) -> str | None:
    """Returns the name of the simple model that the run was compared with and that scores highest."""
    compared = (facts.metrics.get("against_baselines") or {}).get(part) or {}
    models = facts.metrics.get("baselines") or {}
    scores = {name: models.get(name, {}).get(part, {}).get(facts.score) for name in compared}
    known = [name for name in compared if scores[name] is not None and _told_apart(facts, part, name)]
    return max(known, key=scores.__getitem__, default=None)


def _told_apart(facts: Facts, part: str, name: str) -> bool:
    """Whether a difference to a simple model is known: one row, or numbers that are all alike, have none."""
    compared = (facts.metrics.get("against_baselines") or {}).get(part) or {}
    return name in compared and None not in compared[name][f"{facts.score}_difference"].values()


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
    return str(joined([*reached(facts, part), *told])), tone


def _against_simple(facts: Facts, part: str, rows: int) -> tuple[list[AnyMessage], Tone]:
    """What is proved of the model and simple ones, then what is not."""
    name = best_baseline(facts, part)
    if name is None:
        unknown = Message(
            "Whether it beats a simple model is not known: no simple model was measured beside it."
        )
        return [unknown], "warning"
    best, found = _simple(name, facts.task.problem_type), outcome(*against(facts, part, name), rows)
    if found == "worse" and facts.of_words and name == FROZEN:
        better = Message(
            'The {best}, is better: a fit of the effort "quick" trains and keeps that one.', best=best
        )
        return [better], "warning"
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
    return _told_apart(facts, part, MAJORITY) and outcome(*against(facts, part, MAJORITY), rows) == "better"


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
    cards = [card(facts, part, score) for score in CARDS[facts.task.name] if report.get(score) is not None]
    if "confusion_matrix" in report and report.get("mae") is not None:
        cards.insert(1, near(report))
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
                interval_below(span((gain.low, gain.high))),
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
    if "test" not in facts.parts and facts.of_words:
        found.append(say("There were no test rows: the score comes from the validation rows."))
    elif "test" not in facts.parts:
        found.append(
            say(
                "There were no test rows: the score comes from the validation rows, by which the model was chosen, and "
                "is likely too good."
            )
        )
    elif (rough := few_rows(facts)) is not None:
        found.append(rough)
    if "validation" not in facts.parts and not facts.of_words:
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
