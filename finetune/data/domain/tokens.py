"""The tokens of texts that are not in memory: made once, a window at a time, into the mapped file. Keeps no text."""

import hashlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from finetune.data.batching.pairs import bare
from finetune.data.batching.tokens import CHUNK_ROWS, FORMAT, Tokens, encode, kept, plain
from finetune.data.domain.texts import SEGMENT, Texts, segments
from finetune.language.capitals import lowered


def tokens_of(
    texts: Texts,
    wanted: NDArray[np.bool_],
    tokenizer: PreTrainedTokenizerBase,
    *,
    cache: Path,
    lower_capitals: bool = False,
) -> tuple[Tokens, bool]:
    """Returns the tokens of the segments of some texts, without special ones, and whether they were in the cache.

    Args:
        texts: The texts.
        wanted: [N] which of them.
        tokenizer: Whose tokens they are.
        cache: Folder of the cached files.
        lower_capitals: Whether segments in capitals are read in lower case.

    Raises:
        UserError: The cache cannot be written to, or a source was changed meanwhile.
    """
    alone = bare(tokenizer)
    digest = hashlib.sha256(f"{FORMAT} {SEGMENT} {lower_capitals} {texts.digest}".encode())
    digest.update(plain(alone).to_str().encode())
    digest.update(np.packbits(wanted).tobytes())

    def encoded() -> Iterator[pa.RecordBatch]:
        pieces = (piece for _, text in texts.each(wanted) for piece in segments(text))
        # a batch of the file holds so many rows exactly: by that a row is found in it
        while batch := list(islice(pieces, CHUNK_ROWS)):
            yield from encode(list(map(lowered, batch)) if lower_capitals else batch, alone)

    path = cache / f"{digest.hexdigest()[:32]}.arrow"
    return kept(path, encoded, alone, total=int(texts.segments[wanted].sum()))
