"""The table of tasks, and finding one by its name. Has none of its own.

A task is a function that returns a `Task`; add one by writing it in a file of its own and adding a row to `TASKS`, or
name your own as `package.module:function`.
"""

from collections.abc import Callable
from dataclasses import replace

from finetune.errors import ConfigError
from finetune.plugins import resolve
from finetune.tasks.multi_label import multi_label
from finetune.tasks.number import number
from finetune.tasks.ordinal import ordinal
from finetune.tasks.single_label import single_label
from finetune.tasks.task import Task

TASKS: dict[str, Callable[[], Task]] = {
    "single_label": single_label,
    "multi_label": multi_label,
    "ordinal": ordinal,
    "number": number,
}

SINGLE_LABEL = "single_label"
"""What a run is asked that began before there were others."""

AUTO = "auto"
"""What a task is called that the labels tell."""


def task_of(name: str) -> Task:
    """Returns the task of a name, which it bears then: by that a trained run finds it again.

    Raises:
        ConfigError: if there is no such task, or a function of the user's own gives none.
    """
    made = resolve(name, TASKS, "task")()
    if not isinstance(made, Task):
        raise ConfigError(
            'the task "{name}" gave a {kind}: the function has to return a Task (finetune.tasks.task), which '
            "dataclasses.replace makes of another, such as finetune.tasks.single_label.single_label().",
            name=name,
            kind=type(made).__name__,
        )
    return replace(made, name=name)
