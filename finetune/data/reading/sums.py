"""Texts as sums, by which one is known again in another table without being kept. Reads no table."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetune.data.reading.folding import column, folded
from finetune.files.whole import write_through

Sums = NDArray[np.uint64]


def sums_of(texts: Sequence[str]) -> Sums:
    """Returns a sum of each text; those that differ in case or blanks alone have the same. [N]"""
    plain = [" ".join(text.casefold().split()).encode("utf-8", "surrogatepass") for text in texts]
    found = pd.util.hash_array(np.array([*plain, b""], dtype=object)[:-1], categorize=False)
    return np.asarray(found, dtype=np.uint64)


def sums_of_words(texts: Sequence[str]) -> Sums:
    """Returns a sum of each text; those of the same words have the same, whatever their case and punctuation. [N]"""
    return sums_of(folded(column(texts)).to_pylist())


def write_sums(file: Path, sums: Sums) -> None:
    """Writes sums, each once, for `read_sums`."""

    def write(draft: Path) -> None:
        with draft.open("wb") as stream:
            np.save(stream, np.unique(sums), allow_pickle=False)

    write_through(file, write)


def read_sums(file: Path) -> Sums:
    """Returns the sums in a file, in rising order.

    Raises:
        ValueError: It holds something else, or is cut short.
        OSError: It cannot be read.
    """
    try:
        with file.open("rb") as stream:  # and not by `load`, which would open an archive, too
            sums = np.lib.format.read_array(stream, allow_pickle=False)
    except EOFError as error:
        raise ValueError(str(error)) from error
    if sums.ndim != 1 or sums.dtype != np.uint64:
        raise ValueError(f"{sums.dtype} of shape {sums.shape}")
    return np.asarray(sums)


def among(texts: Sequence[str], sums: Sums | None) -> NDArray[np.bool_]:
    """Returns which texts are among those of sums in rising order; none where there are no sums. [N]"""
    if sums is None or not len(sums) or not texts:
        return np.zeros(len(texts), dtype=bool)
    wanted = sums_of(texts)
    at = np.minimum(np.searchsorted(sums, wanted), len(sums) - 1)
    return np.asarray(sums[at] == wanted)
