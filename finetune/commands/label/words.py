"""What people write, names, notes and labels: cleaned, or refused in a sentence. Knows no row."""

import math
import re
from collections.abc import Sequence
from difflib import get_close_matches

from finetune.commands.label.schema import LONGEST_LABEL, LONGEST_NAME, LONGEST_NOTE
from finetune.corrections.label import as_written
from finetune.errors import UserError
from finetune.language.lists import quoted
from finetune.language.say import say
from finetune.language.short import short
from finetune.tasks.multi_label import MARK
from finetune.tasks.task import MULTI, NUMBER, Task
from finetune.web.refusal import Refusal

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What is no letter, and changes how others are shown."""

ORDINAL = "ordinal"
ALIKE = 0.75
NEAREST = 3


def name_of(who: str) -> str:
    """Returns a name, in one line.

    Raises:
        Refusal: It is empty, too long, or none.
    """
    name = " ".join(who.split())
    if not name:
        raise Refusal(422, "who", say("Say who you are: a name, so that others know whose marks these are."))
    if len(name) > LONGEST_NAME or STEERING.search(name):
        raise Refusal(
            422,
            "who",
            say(
                "A name is one line of letters, {most} at most, without control characters.",
                most=LONGEST_NAME,
            ),
        )
    return name


def note_of(note: str) -> str:
    """Returns a note without what steers.

    Raises:
        Refusal: It is too long.
    """
    if len(note) > LONGEST_NOTE:
        raise Refusal(
            413,
            "note",
            say(
                "The note has {n:,} characters, and {most:,} are kept at most. Shorten it.",
                n=len(note),
                most=LONGEST_NOTE,
            ),
        )
    return STEERING.sub(" ", note).strip()


def label_of(
    given: Sequence[str], task: Task, labels: Sequence[str], *, known: Sequence[str], new: bool
) -> str:
    """Returns a label as the task writes it.

    Args:
        given: One label, or several where the task has several.
        task: What a label is.
        labels: Names of the outputs.
        known: These, and those that people have added.
        new: Whether a label that is not known is meant so.

    Raises:
        Refusal: It is none.
    """
    if task.problem_type != MULTI and len(given) != 1:
        raise Refusal(422, "labels", say("The task has one label a row, and {n} are given.", n=len(given)))
    if task.problem_type == NUMBER:
        return _written(_number(given[0]), task, labels)
    names = [each if each in known else " ".join(each.split()) for each in given]
    for name in names:
        if name not in known:
            _refuse_unknown(name, task, known, new=new)
    return _written(MARK.join(names), task, labels)


def _number(text: str) -> str:
    """A number, written in one way."""
    try:
        value = float(text.strip()) if len(text) <= LONGEST_LABEL and "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Refusal(
            422, "number", say('"{text}" is no number: write it like 12 or 12.5.', text=short(text))
        )
    return f"{value:.15g}"


def _refuse_unknown(name: str, task: Task, known: Sequence[str], *, new: bool) -> None:
    alike = {each.casefold(): each for each in known}
    if name.casefold() in alike:
        raise Refusal(
            422,
            "label",
            say(
                'There is a class "{known}" already: "{name}" is taken for it.',
                known=alike[name.casefold()],
                name=name,
            ),
        )
    if task.name == ORDINAL:
        raise Refusal(
            422,
            "label",
            say('"{name}" is no step of the order: there are {labels}.', name=name, labels=quoted(known)),
        )
    if (
        not name
        or len(name) > LONGEST_LABEL
        or STEERING.search(name)
        or (task.problem_type == MULTI and MARK in name)
    ):
        raise Refusal(
            422,
            "label",
            say(
                "A class is one line of letters, {most} at most, without control characters and without {mark}.",
                most=LONGEST_LABEL,
                mark=MARK,
            ),
        )
    if new:
        return
    near = [alike[each] for each in get_close_matches(name.casefold(), list(alike), NEAREST, ALIKE)]
    if near:
        raise Refusal(
            422,
            "new_label",
            say('There is no class "{name}". Is it {near}?', name=name, near=quoted(near)),
        )
    raise Refusal(422, "new_label", say('There is no class "{name}" yet.', name=name))


def _written(label: str, task: Task, labels: Sequence[str]) -> str:
    try:
        return as_written(label, task, labels)
    except UserError as error:
        raise Refusal(422, "label", str(error)) from error
