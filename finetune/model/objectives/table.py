"""The objectives there are. Add one by writing a function in a file of its own, and a row here."""

from collections.abc import Callable

from finetune.model.objectives.masked_words import masked_words
from finetune.model.objectives.objective import Objective
from finetune.model.objectives.two_views import two_views
from finetune.plugins import resolve

OBJECTIVES: dict[str, Callable[[float], Objective]] = {
    "masked_words": masked_words,
    "two_views": two_views,
}
"""By name: a function of the share of a text that is left out, where one is."""


def objective_of(name: str, *, share: float) -> Objective:
    """Returns the objective of a name.

    Args:
        name: A row of the table, or `package.module:function`.
        share: Of a text, what is left out where gaps are filled.

    Raises:
        ConfigError: There is none.
    """
    return resolve(name, OBJECTIVES, "objective")(share)
