"""Labels as the numbers that a network learns. Knows no table, and no task by name."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from finetune.tasks.task import MULTI, NUMBER, Targets, Task


def unknown_parts(labels: Sequence[str], names: Collection[str], task: Task) -> Counter[str]:
    """Returns what labels hold that is none of the names, and how often; of numbers nothing."""
    if task.problem_type == NUMBER:
        return Counter()
    parts = {label: [part for part in task.parts(label) if part not in names] for label in set(labels)}
    return Counter(part for label in labels for part in parts[label])


def encoded(labels: Sequence[str], names: Sequence[str] | Mapping[str, int], task: Task) -> Targets:
    """Returns labels as targets: [N] class numbers, [N, C] labels that a row has or not, or [N] numbers.

    Args:
        labels: [N], all of whose parts are names.
        names: Of the C outputs, in order; or the number of each name, where one has several.
        task: What the labels are.
    """
    if task.problem_type == NUMBER:
        return np.array([float(label) for label in labels], dtype=np.float64)
    number = names if isinstance(names, Mapping) else {name: place for place, name in enumerate(names)}
    if task.problem_type != MULTI:
        return np.array([number[part] for label in labels for part in task.parts(label)], dtype=np.int64)
    targets = np.zeros((len(labels), 1 + max(number.values())), dtype=np.float32)
    for row, label in enumerate(labels):
        targets[row, [number[part] for part in task.parts(label)]] = 1
    return targets
