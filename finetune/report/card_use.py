"""How a model is used by its card, with plain Transformers, and what there is to do with its logits."""

from typing import Any

from finetune.language.say import say
from finetune.report.card_words import (
    on_one_line,
)
from finetune.report.facts import Facts
from finetune.report.snippets import BY_THRESHOLD, CALIBRATED, IN_THE_MIDDLE, filled, plain
from finetune.tasks.task import MULTI, NUMBER


def by_transformers(facts: Facts) -> list[str]:
    """Returns how plain Transformers opens the model and answers."""
    return [
        say("With plain Transformers, `.` being the folder of this file:"),
        f"```python\n{fewest_lines(facts)}\n```",
        *_calibrated(facts),
    ]


def fewest_lines(facts: Facts) -> str:
    """Returns the fewest lines of Python that answer a text."""
    return plain(facts.task.problem_type, calibration_of(facts), **_how_texts_are_given(facts))


def _filled(code: str, facts: Facts) -> str:
    return f"```python\n{filled(code, **_how_texts_are_given(facts))}\n```"


def _how_texts_are_given(facts: Facts) -> dict[str, bool]:
    return {
        "pair": facts.setting("data", "text_pair_column") is not None,
        "lower_capitals": bool(facts.setting("data", "lower_capitals")),
    }


def made_of(facts: Facts) -> list[str]:
    """Returns what a text has to be made of, where it is not a column as it is."""
    template, pair = facts.setting("data", "template"), facts.setting("data", "text_pair_column")
    told = []
    if template is not None:
        told.append(
            say(
                "Its texts were made of several columns, as {template}: give it texts made alike.",
                template=on_one_line(str(template)),
            )
        )
    if pair is not None:
        told.append(
            say(
                "It reads two texts a row, of which the second stood in the column {column}.",
                column=on_one_line(str(pair)),
            )
        )
    if facts.setting("data", "lower_capitals"):
        told.append(say("It was trained to read texts in CAPITALS in lower case."))
    return told


def calibration_of(facts: Facts) -> dict[str, Any]:
    """Returns temperature and threshold as `model/config.json` has them."""
    found = facts.model_config.get("calibration")
    return found if isinstance(found, dict) else {}


def _calibrated(facts: Facts) -> list[str]:
    """What there is to do with the logits besides: thresholds, or a temperature and a confidence that is too low."""
    calibration = calibration_of(facts)
    if facts.task.problem_type == NUMBER:
        return [say("The two numbers between which the true one likely lies, `finetune predict` gives.")]
    if facts.task.problem_type == MULTI:
        return [
            say("The labels whose probability reaches their threshold, which `config.json` holds:"),
            _filled(BY_THRESHOLD, facts),
        ]
    temperature = (calibration.get("temperature") or 1.0) * (calibration.get("folded") or 1.0)
    below = calibration.get("abstain_below")
    told = (
        say(
            "With the corrected confidence (temperature {temperature:.2f}; above 1 it is more cautious) and “don't "
            "know” below {below:.1%}:",
            temperature=temperature,
            below=below,
        )
        if below
        else say(
            "With the corrected confidence (temperature {temperature:.2f}; above 1 it is more cautious) and without "
            "“don't know”:",
            temperature=temperature,
        )
    )
    if facts.task.name == "ordinal":
        middle = say(
            "So `finetune predict` answers: with the class in the middle, to both sides of which lies at most half of "
            "the probability."
        )
        return [told, _filled(IN_THE_MIDDLE, facts), middle]
    return [told, _filled(CALIBRATED, facts)]
