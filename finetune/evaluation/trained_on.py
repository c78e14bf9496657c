"""Which texts a run was trained on, as sums of them beside its split: a score of these is no evidence of others."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetune.files.whole import write_through
from finetune.language.say import Message
from finetune.runs.damaged import CUT, damaged
from finetune.runs.folder import TRAINED_ON
from finetune.tasks.task import Booleans

Sums = NDArray[np.uint64]

PUT_BACK = Message(
    "Put a copy of it back, or delete it: rows that were trained on are then scored as all others are."
)


def sums_of(texts: Sequence[str]) -> Sums:
    """Returns a sum of each text; those that differ in case or blanks alone have the same. [N]"""
    plain = [" ".join(text.casefold().split()).encode("utf-8", "surrogatepass") for text in texts]
    found = pd.util.hash_array(np.array([*plain, b""], dtype=object)[:-1], categorize=False)
    return np.asarray(found, dtype=np.uint64)


def keep_texts(run: Path, texts: Iterable[Sequence[str]]) -> None:
    """Writes the sums of the texts that a run is trained on, which come some at a time."""
    sums = np.unique(np.concatenate([np.zeros(0, dtype=np.uint64), *map(sums_of, texts)]))

    def write(file: Path) -> None:
        with file.open("wb") as stream:
            np.save(stream, sums, allow_pickle=False)

    write_through(run / TRAINED_ON, write)


def kept_texts(run: Path | None) -> Sums | None:
    """Returns the sums of the texts that a run was trained on; None where no run is named, or it is one of before.

    Raises:
        ConfigError: if the file is damaged.
    """
    file = None if run is None else run / TRAINED_ON
    if file is None or not file.is_file():
        return None
    try:
        with file.open("rb") as stream:  # and not by `load`, which would open an archive, too
            sums = np.lib.format.read_array(stream, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise damaged(file, CUT, PUT_BACK) from error
    if sums.ndim != 1 or sums.dtype != np.uint64:
        raise damaged(file, CUT, PUT_BACK)
    return np.asarray(sums)


def among(texts: Sequence[str], sums: Sums | None) -> Booleans:
    """Returns which texts are among those that a run was trained on; none where that is not known. [N]"""
    if sums is None or not len(sums) or not texts:
        return np.zeros(len(texts), dtype=bool)
    wanted = sums_of(texts)
    at = np.minimum(np.searchsorted(sums, wanted), len(sums) - 1)
    return np.asarray(sums[at] == wanted)
