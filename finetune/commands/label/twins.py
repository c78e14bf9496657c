"""Equal and nearly equal texts that stand with different labels. Corrects none."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from finetune.data.checks.duplicates import in_conflict
from finetune.data.checks.near_duplicates import ALIKE, COMPARED, FIRST_LETTERS, band_keys, buckets, jaccard
from finetune.data.reading.folding import column, folded, numbered

Integers = NDArray[np.int64]


def contradicted(texts: Sequence[str], given: Sequence[str | None]) -> Integers:
    """Returns the rows whose text stands with another label, those of one text side by side; equal texts lead.

    Args:
        texts: [N].
        given: [N] labels that are the same where they say the same; None where a row has none.
    """
    rows = np.flatnonzero([label is not None for label in given])
    if len(rows) < 2:
        return np.zeros(0, dtype=np.int64)
    plain = folded(column([texts[at] for at in rows.tolist()]))
    same = numbered(plain)
    label = numbered(column([given[at] or "" for at in rows.tolist()]))
    equal = in_conflict(same, label)
    equal = equal[np.argsort(same[equal], kind="stable")]
    near = _nearly(plain, label)
    return rows[[*equal.tolist(), *(at for at in near if at not in set(equal.tolist()))]]


def _nearly(texts: pa.LargeStringArray, label: Integers) -> list[int]:
    """Rows that have a nearly equal text with another label, both of each pair in turn."""
    some = pc.utf8_slice_codeunits(texts, 0, FIRST_LETTERS)
    keys = band_keys(some)
    found: dict[int, None] = {}
    for band in range(keys.shape[1]):
        for bucket in buckets(keys[:, band]):
            first, *others = bucket[: COMPARED + 1].tolist()
            for other in others:
                if label[first] == label[other] or (first in found and other in found):
                    continue
                if jaccard(some[first].as_py(), some[other].as_py()) >= ALIKE:
                    found |= {first: None, other: None}
    return list(found)
