"""Texts as one column in memory: folded to what the eye reads, and numbered so that equal ones have equal numbers."""

from collections.abc import Sequence
from unicodedata import normalize

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

CHUNK_ROWS = 50_000
"""Rows folded at once: what lies about on the way takes several times the memory of the texts."""

NOT_READ = r"[^\p{L}\p{M}\p{N}]+"
"""What folding takes out: all but letters, their marks, and digits."""


def column(texts: Sequence[str]) -> pa.LargeStringArray:
    """Returns texts as an Arrow column: a million of them are worked on in seconds."""
    try:
        return pa.array(texts, pa.large_string())
    except UnicodeEncodeError:  # half a surrogate pair, as broken JSON has it
        return pa.array(
            [text.encode("utf-8", "replace").decode("utf-8") for text in texts], pa.large_string()
        )


def folded(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    """Returns texts in lower case and without punctuation; what is nothing else (an emoji) stays as it is."""
    if not len(texts):
        return texts
    starts = range(0, len(texts), CHUNK_ROWS)
    return pa.concat_arrays([_folded(texts.slice(start, CHUNK_ROWS)) for start in starts])


def _folded(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    # by Python, which looks first whether there is anything to do: Arrow takes three times as long
    composed = pa.array([normalize("NFKC", text) for text in texts.to_pylist()], pa.large_string())
    lower = pc.utf8_lower(composed)
    words = pc.utf8_trim_whitespace(pc.replace_substring_regex(lower, NOT_READ, " "))
    return pc.if_else(pc.equal(pc.binary_length(words), 0), texts, words)


def numbered(texts: pa.LargeStringArray) -> NDArray[np.int64]:
    """Returns a number for each text, the same for the same text. [N]"""
    indices: NDArray[np.int64] = texts.dictionary_encode().indices.to_numpy().astype(np.int64)
    return indices


def numbered_rows(texts: Sequence[pa.LargeStringArray]) -> NDArray[np.int64]:
    """Returns a number for each row of texts, one or two, the same for rows whose texts are the same. [N]"""
    if len(texts) == 1:
        return numbered(texts[0])
    both = np.stack([numbered(each) for each in texts], axis=1)
    return np.unique(both, axis=0, return_inverse=True)[1].astype(np.int64).reshape(-1)
