"""The check of nearly equal texts across parts: MinHash finds pairs, their shingles decide.

Broder, "On the resemblance and containment of documents" (1997); the bands are Leskovec, Rajaraman, Ullman, "Mining of
Massive Datasets", section 3.4.
"""

from collections.abc import Iterator
from itertools import pairwise, product

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from rensa import RMinHash

from finetune.data.checks.examined import PARTS, TRAIN, Examined, Integers
from finetune.data.checks.finding import Finding, Grid, by_share
from finetune.data.progress import with_bar
from finetune.language.say import Message, say

Hashes = NDArray[np.uint64]

WIDTH = 6
"""Bytes of a shingle: five to six letters."""

BANDS, BAND_ROWS = 12, 5
"""A pair of similarity 0.8 is found with probability 1 - (1 - 0.8^5)^12 = 0.99, one of 0.5 with 0.32."""

ALIKE = 0.8
"""Share of common shingles (Jaccard) from which on two texts are nearly equal."""

MANY = 0.05
"""Share of held-out rows from which on the score is more memory than skill."""

CHUNK_BYTES = 1_000_000
"""Of text whose shingles are in memory at once, at some 30 bytes each."""

FIRST_LETTERS = 20_000
"""Of a text: enough to know a copy by."""

SEED = 42
COMPARED = 20
"""Rows of one bucket that a row is compared with: in a bucket of thousands one that is alike is soon found."""

MOST_LETTERS = 40_000_000
"""Of the texts compared in all: some 10 seconds. Only a table made of a few texts again and again has more."""

LISTED = 20


def near_duplicates(data: Examined) -> Iterator[Finding]:
    """Test and validation rows that nearly repeat a row of an earlier part."""
    like, all_compared = alike(data)
    if not like:
        return
    n, held_out = len(like), int((data.part != TRAIN).sum())
    shown = [
        (
            data.marked(row),
            PARTS[data.part[row]],
            data.marked(other),
            PARTS[data.part[other]],
            data.excerpt(row),
        )
        for row, other in list(like.items())[:LISTED]
    ]
    yield Finding(
        "near_duplicates" if all_compared else "near_duplicates_at_least",
        by_share(n, held_out, severe=MANY),
        n,
        sorted(like),
        what=Message(
            "validation or test row (of {held_out:,}) nearly repeats a row of training or validation: {alike:.0%} "
            "alike or more",
            "validation and test rows (of {held_out:,}) nearly repeat a row of training or validation: {alike:.0%} "
            "alike or more",
            n=n,
            held_out=held_out,
            alike=ALIKE,
        )
        if all_compared
        else Message(
            "or more validation and test rows (of {held_out:,}; not all could be compared) nearly repeat a row of "
            "training or validation: {alike:.0%} alike or more",
            held_out=held_out,
            alike=ALIKE,
        ),
        advice=Message(
            "If they are copies of one text, delete all but one, or give them one value in a column and name it "
            "with --data.group_column."
        ),
        grid=Grid(("line", "part", "like_line", "part", "text"), shown),
    )


def alike(data: Examined) -> tuple[dict[int, int], bool]:
    """Returns for each held-out row that has one a row of an earlier part like it; and whether all were compared.

    Texts that stand in an earlier part themselves, case and punctuation aside, are left to the check of duplicates.
    """
    if not (data.part != TRAIN).any():
        return {}, True
    # text by text, for equal ones have the same neighbours: the first row of each, and its earliest part
    order = np.argsort(data.part, kind="stable")
    _, first = np.unique(data.same_words[order], return_index=True)
    row_of = order[first]
    part_of = data.part[row_of]
    texts = pc.utf8_slice_codeunits(data.folded.take(row_of), 0, FIRST_LETTERS)
    like, all_compared = _nearest(texts, part_of, band_keys(texts))
    text_of = np.searchsorted(data.same_words[row_of], data.same_words)  # [N]
    held_out = np.flatnonzero((data.part != TRAIN) & np.isin(text_of, list(like)))
    return {row: int(row_of[like[int(text_of[row])]]) for row in held_out.tolist()}, all_compared


def repeating(texts: pa.LargeStringArray, others: pa.LargeStringArray) -> set[int]:
    """Returns the places of the texts that nearly repeat one of the others, as far as there was time to compare them.

    Args:
        texts: Folded, none of them among the others.
        others: Folded, too.
    """
    both = pc.utf8_slice_codeunits(pa.concat_arrays([others, texts]), 0, FIRST_LETTERS)
    later = np.repeat([TRAIN, TRAIN + 1], [len(others), len(texts)])
    like, _ = _nearest(both, later, band_keys(both))
    return {place - len(others) for place in like}


def _nearest(texts: pa.LargeStringArray, part_of: Integers, keys: Hashes) -> tuple[dict[int, int], bool]:
    """Text by text, one like it of an earlier part; and whether there was time to compare all."""
    like: dict[int, int] = {}
    found = np.zeros(len(texts), dtype=bool)
    compared: set[tuple[int, int]] = set()
    letters = 0
    for band in range(BANDS):
        for bucket in buckets(keys[:, band]):
            for part in range(TRAIN + 1, len(PARTS)):
                held_out = bucket[(part_of[bucket] == part) & ~found[bucket]]
                earlier = bucket[part_of[bucket] < part][:COMPARED]
                for held, other in product(held_out.tolist(), earlier.tolist()):
                    if found[held] or (held, other) in compared:
                        continue
                    compared.add((held, other))
                    one, two = texts[held].as_py(), texts[other].as_py()
                    letters += len(one) + len(two)
                    if letters > MOST_LETTERS:
                        return like, False
                    if jaccard(one, two) >= ALIKE:
                        like[held], found[held] = other, True
    return like, True


def jaccard(first: str, second: str) -> float:
    """Returns the share of the shingles of two texts that both have."""
    one, other = _set_of(first), _set_of(second)
    return len(one & other) / max(1, len(one | other))


def _set_of(text: str) -> set[bytes]:
    raw = text.encode()
    return {raw[i : i + WIDTH] for i in range(len(raw) - WIDTH + 1)}


def band_keys(texts: pa.LargeStringArray) -> Hashes:
    """Returns a number for each band of each text's MinHash: texts that share one may be alike. [N, BANDS]

    Texts shorter than a shingle have none: they are 0.
    """
    keys = np.zeros((len(texts), BANDS), dtype=np.uint64)
    sizes = pc.binary_length(texts).to_numpy()
    starts = np.flatnonzero(np.diff(np.cumsum(sizes) // CHUNK_BYTES, prepend=-1)).tolist()
    spans = list(pairwise([*starts, len(texts)]))
    chunks = with_bar(
        iter(spans), say("comparing texts"), size=lambda span: span[1] - span[0], total=len(texts)
    )
    for start, end in chunks:
        hashes, offsets = shingles(texts.slice(start, end - start))
        made = RMinHash.digest_matrix_from_flat_token_hashes(
            hashes, offsets.astype(np.uint64), num_perm=BANDS * BAND_ROWS, seed=SEED
        )
        signature = np.array(made.to_rows(), dtype=np.uint64)  # [rows, BANDS * BAND_ROWS]
        part = keys[start:end]
        for row in range(BAND_ROWS):
            part[:] = mixed(part ^ (signature[:, row::BAND_ROWS] + np.uint64(row + 1)))
        part[np.diff(offsets) == 0] = 0
    return keys


def shingles(texts: pa.LargeStringArray) -> tuple[Hashes, Integers]:
    """Returns the hash of each shingle of all texts, one text behind the other, and where each begins."""
    _, offsets_buffer, bytes_buffer = texts.buffers()
    offsets = np.frombuffer(offsets_buffer, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    raw = np.frombuffer(bytes_buffer, dtype=np.uint8) if bytes_buffer else np.zeros(0, np.uint8)
    counts = np.maximum(np.diff(offsets) - WIDTH + 1, 0)
    ends = np.cumsum(counts)
    # where each shingle begins: that of its text, and as many bytes on as it has shingles before it
    begins = np.repeat(offsets[:-1] - (ends - counts), counts) + np.arange(ends[-1] if len(ends) else 0)
    value = np.zeros(len(begins), dtype=np.uint64)
    for byte in range(WIDTH):
        value |= raw[begins + byte].astype(np.uint64) << np.uint64(8 * byte)
    return mixed(value), np.r_[0, ends]


def mixed(numbers: Hashes) -> Hashes:
    """Returns numbers spread over 64 bits (the finaliser of SplitMix64; Steele, Lea, Flood, 2014)."""
    with np.errstate(over="ignore"):
        numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def buckets(keys: Hashes) -> Iterator[Integers]:
    """Gives the positions of rows whose key is the same, for each key but 0 that several rows have."""
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(keys[order]) != 0])
    sizes = np.diff(np.r_[starts, len(keys)])
    for start, size in zip(starts[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
        if keys[order[start]] != 0:
            yield order[start : start + size]
