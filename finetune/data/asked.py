"""What the data are asked to be: which sources, and how they are read, divided, cut and checked. Reads nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import pandas as pd

from finetune.data.checks.before_fit import OnFindings
from finetune.data.dividing.parts import Division
from finetune.data.labels.wish import Empty
from finetune.data.reading.cells import MOST_CHARACTERS
from finetune.errors import ConfigError
from finetune.tasks.table import AUTO

if TYPE_CHECKING:
    import datasets

    Source: TypeAlias = str | Path | pd.DataFrame | datasets.Dataset | datasets.DatasetDict
else:
    # what a command line can give; in Python a DataFrame or a Dataset serves as well
    Source = str


LEAST = {
    "header_line": 1,
    "effective_batch_size": 1,
    "pad_to": 1,
    "eval_tokens": 1,
    "max_characters": 1,
    "max_length": 3,  # a token between the two special ones
    "split_seed": 0,
    "fold_seed": 0,
    "order_seed": 0,
    "num_workers": 0,
}
"""The least that options of `TextData` may be, where they are given."""


def check_ranges(**given: int | None) -> None:
    """Refuses options that are less than they may be.

    Raises:
        ConfigError: if one is.
    """
    for name, value in given.items():
        if value is not None and value < LEAST[name]:
            raise ConfigError(
                "{name} is {value}: it must be at least {least}.", name=name, value=value, least=LEAST[name]
            )


@dataclass(frozen=True)
class Reading:
    """How tables are read; each as `read_source` has it."""

    text_column: str | None = None
    label_column: str | None = None
    reader: str | None = None
    on_bad_rows: Literal["drop", "error"] = "drop"
    fix_encoding: bool = False
    sheet: str | int | None = None
    header_line: int | None = None
    max_characters: int | None = MOST_CHARACTERS
    task: str = AUTO
    label_columns: tuple[str, ...] = ()
    label_order: tuple[str, ...] = ()
    empty_labels: Empty | None = None
    mark: str | None = None
    classes: tuple[str, ...] = ()
    text_pair_column: str | None = None
    template: str | None = None


@dataclass(frozen=True)
class Asked:
    """What the data are asked to be.

    Attributes:
        paths: The source of each part, where one is given: `train`, `validation`, `test`, `predict`.
        reading: How tables are read.
        division: How rows that have no part of their own are divided.
        tokenizer: Folder or hub id of the tokenizer; "" where nothing is to be tokenised.
        weightless: Whether that folder may lack the weights of its model.
        max_length: Longest text in tokens; None for what the data need.
        lower_capitals: Whether texts in capitals are read in lower case.
        pad_to: A batch's length is rounded up to a multiple of this.
        on_findings: What is done with what the check finds.
        more_checks: Checks of the user's own.
    """

    paths: Mapping[str, list[str] | Source | None]
    reading: Reading
    division: Division
    tokenizer: str = ""
    weightless: bool = False
    max_length: int | None = None
    lower_capitals: bool = False
    pad_to: int = 1
    on_findings: OnFindings = "report"
    more_checks: Sequence[str] = ()
