"""Labels in an order: stars, bands, low to high. To take one for its neighbour is less wrong than for the last."""

from dataclasses import replace

from finetune.tasks.single_label import single_label
from finetune.tasks.task import Task


def ordinal() -> Task:
    """Returns the task."""
    return replace(single_label(), name="ordinal")
