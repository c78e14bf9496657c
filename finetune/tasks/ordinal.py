"""Labels in an order: stars, bands, low to high. To take one for its neighbour is less wrong than for the last."""

import re
from dataclasses import replace

from finetune.errors import DataError
from finetune.language.lists import quoted
from finetune.tasks.single_label import single_label
from finetune.tasks.task import Task

NUMBER = re.compile(r"[-+]?[0-9]+(?:[.,][0-9]+)?")
"""A class that says itself where it stands."""


ORDINAL = "ordinal"


class UnknownOrderError(DataError):
    """The names of classes do not tell their order."""


def ordinal() -> Task:
    """Returns the task."""
    return replace(single_label(), name=ORDINAL, ordered=by_size)


# ---- labels ---------------------------------------------------------------------------------------------------


def by_size(names: set[str]) -> list[str]:
    """Returns classes whose names are numbers from the lowest to the highest.

    Raises:
        UnknownOrderError: if one is none, so that the user has to say.
    """
    words = sorted(name for name in names if not NUMBER.fullmatch(name))
    if words:
        raise UnknownOrderError(
            "the order of the classes is not known, for {names} are no numbers: give it with --data.label_order.",
            names=quoted(words),
        )
    return sorted(names, key=lambda name: (float(name.replace(",", ".")), name))
