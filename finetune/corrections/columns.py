"""Which columns of a table hold what people say of its rows, by their names in every language. Reads no cell."""

from collections.abc import Sequence
from dataclasses import dataclass

from finetune.data.reading.columns import fold
from finetune.evaluation.review_columns import CORRECT, FILE, FIRST, LINE, NOTE, WHO
from finetune.language.say import AnyMessage, in_every_language

ALSO_CORRECT = (
    "rotulo_correto",
    "correct_label",
    "classe_correta",
    "correct_class",
    "correcao",
    "correction",
)
"""What people call such a column themselves."""

OF_PREDICT = ({"confidence", "abstained"}, {"low", "high", "abstained"})
"""What stands beside each answer in the output of predict, of classes and of numbers."""


@dataclass(frozen=True)
class Found:
    """The columns of a table of corrections; None for what it has not.

    Attributes:
        correct: What people say the label is.
        line: The line that a row has in the table that it is of.
        file: The file, where that table is of several.
        who: Who says it.
        note: What they wrote beside it.
        first: What the model said.
    """

    correct: str | None
    line: str | None
    file: str | None
    who: str | None
    note: str | None
    first: str | None


def found_in(names: Sequence[str], *, own: Sequence[str]) -> Found:
    """Returns the columns of corrections among those of a table.

    Args:
        names: Of all columns.
        own: Those that the run reads, which are no other.
    """
    free = [name for name in names if name not in own]

    def called(message: AnyMessage, *also: str) -> str | None:
        wanted = {fold(each) for each in in_every_language(message).values()} | set(also)
        found = [name for name in free if fold(name).strip("_") in wanted]
        # where the table has such a column of its own, the one of a review is called so with a stroke behind it
        return max(found, key=lambda name: name.endswith("_"), default=None)

    return Found(
        called(CORRECT, *ALSO_CORRECT),
        called(LINE),
        called(FILE),
        called(WHO, "quem"),
        called(NOTE, "nota"),
        called(FIRST),
    )


def is_of_predict(names: Sequence[str]) -> bool:
    """Returns whether a table is one that predict has written, by the columns that it adds."""
    plain = {name.replace("predicted_", "") for name in names}
    return any(own <= plain for own in OF_PREDICT)
