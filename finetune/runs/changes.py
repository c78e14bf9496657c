"""What differs between a run's configuration and the one at hand, and which of it a run cannot go on with."""

import os
from collections.abc import Mapping
from typing import Any

from finetune.errors import ConfigError
from finetune.language.say import AnyMessage, Message, joined
from finetune.language.typed import option_value

FIXED = ("data", "model", "seed_everything", "mix", "task", "effort")
"""What the result follows from; all else, such as epochs, patience and devices, may change on the way."""

WITHOUT_EFFECT = {
    "data.predict_path",
    "data.on_findings",
    "data.more_checks",
    "data.on_bad_rows",  # either the same rows or an error
    "data.eval_tokens",  # trains nothing; a machine with less memory wants less
    "data.num_workers",
    "model.keep_adapter",  # writes more of what was trained
}
"""What stands among data and model and changes nothing in what is trained."""

HOW_READ = {"data.reader", "data.sheet", "data.header_line"}
TABLES = {"data.path", "data.validation_path", "data.test_path"} | HOW_READ
"""Where the tables are. They may be moved, renamed or written in another kind of file: their content has to stay."""

OF_THE_DATA = {"model.labels", "model.task", "model.facts", "model.mark"}
"""What a model takes from its training data where it is not given."""

USUAL_LOSS = "cross_entropy"
"""The loss of one label of several, which was the default before there were other tasks."""

Changes = dict[str, tuple[Any, Any]]
"""The values that differ by their names, as (was, now)."""


def changes(was: Mapping[str, Any], now: Mapping[str, Any], group: str = "") -> Changes:
    """Returns the values that differ; what the data tell, and was not asked for, does not count."""
    found: Changes = {}
    for key in {**was, **now}:
        before: Any = was.get(key)
        after: Any = now.get(key)
        name = f"{group}{key}"
        if before == after or (name in OF_THE_DATA and after is None) or _usual(name, before, after):
            continue
        groups = isinstance(before, Mapping) and isinstance(after, Mapping)
        if groups and before.get("class_path") == after.get("class_path"):
            found |= changes(before, after, group if key == "init_args" else f"{name}.")
        else:
            found[name] = (before, after)
    return found


def without_the_task_found(changed: Changes, kept: str) -> Changes:
    """Returns the changes but for a task that was left to the labels, and is now named as it was found.

    Args:
        changed: What differs.
        kept: The task that was found.
    """
    return {name: values for name, values in changed.items() if (name, values) != ("task", ("auto", kept))}


def _usual(name: str, before: Any, after: Any) -> bool:
    """Whether a loss was not given in one and is the usual one in the other, as runs of before have it."""
    return name == "model.loss" and {before, after} == {None, USUAL_LOSS}


def told(changed: Changes) -> list[Message]:
    """Returns each change in words, with both values."""
    return [
        Message("{name} was {was} and is now {now}", name=name, was=shown(was), now=shown(now))
        for name, (was, now) in sorted(changed.items())
    ]


def shown(value: Any) -> Message | str:
    """Returns a value as it is told."""
    if value is None:
        return Message("not given")
    if isinstance(value, bool):
        return Message("yes") if value else Message("no")
    return option_value(value) if isinstance(value, Mapping) else repr(value)


def refuse_changes(
    changed: Changes, *, same_content: bool, same_base: bool = False, hint: AnyMessage | str = ""
) -> None:
    """Refuses to go on with other data or another model.

    Args:
        changed: What differs.
        same_content: Whether the content of the tables will be held against what was trained on, so that they may have
            another name.
        same_base: Whether the weights that training began with will be held against those that it began with before.
        hint: What else the user may have meant.

    Raises:
        ConfigError: if anything changed that the result follows from; names both values of each.
    """
    wrong = {
        name: values
        for name, values in changed.items()
        if name.partition(".")[0] in FIXED
        and name not in WITHOUT_EFFECT
        and not (name in TABLES and _same_table(name, *values, same_content=same_content))
        and not (name == "model.name" and (same_base or _same_place(*values)))
    }
    if wrong:
        raise ConfigError(
            "the run cannot go on with other data, another model or another seed: {changes}. Leave these options away "
            "to go on, or train anew, without --resume.{hint}",
            changes=joined(told(wrong), "; "),
            hint=hint,
        )


def _same_table(name: str, was: Any, now: Any, *, same_content: bool) -> bool:
    if name in HOW_READ:
        return same_content
    if not (isinstance(was, str) and isinstance(now, str)):
        return False  # a table more or less divides the rows otherwise
    return same_content or _same_place(was, now)


def _same_place(was: Any, now: Any) -> bool:
    written = isinstance(was, str) and isinstance(now, str)
    return written and os.path.abspath(was) == os.path.abspath(now)  # noqa: PTH100 (a hub id is no path)
