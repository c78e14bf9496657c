"""Which texts a run was trained on, as sums of them beside its split: a score of these is no evidence of others."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from finetune.data.reading.sums import Sums, read_sums, sums_of, write_sums
from finetune.language.say import Message
from finetune.runs.damaged import CUT, damaged
from finetune.runs.folder import TRAINED_ON

PUT_BACK = Message(
    "Put a copy of it back, or delete it: rows that were trained on are then scored as all others are."
)


def keep_texts(run: Path, texts: Iterable[Sequence[str]]) -> None:
    """Writes the sums of the texts that a run is trained on, which come some at a time."""
    write_sums(run / TRAINED_ON, np.concatenate([np.zeros(0, dtype=np.uint64), *map(sums_of, texts)]))


def kept_texts(run: Path | None) -> Sums | None:
    """Returns the sums of the texts that a run was trained on; None where no run is named, or it is one of before.

    Raises:
        ConfigError: if the file is damaged.
    """
    file = None if run is None else run / TRAINED_ON
    if file is None or not file.is_file():
        return None
    try:
        return read_sums(file)
    except ValueError as error:
        raise damaged(file, CUT, PUT_BACK) from error
