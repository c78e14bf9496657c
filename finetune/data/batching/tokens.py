"""Texts into token ids, once: a memory-mapped Arrow file kept by fingerprint. Does not cut, pad or batch.

Texts are kept whole; what is longer than `max_length` is cut when a batch is made. So the same file serves every
`max_length`, and the share of rows that each would cut is known exactly.
"""

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from callbacks.saving.patience import patiently
from finetune.data.progress import with_bar
from finetune.files.cache import told_where_it_cannot_be
from finetune.files.lock import one_at_a_time
from finetune.language.say import say, show

CHUNK_ROWS = 10_000
"""Rows written together: bounds memory, and finds a row's chunk by one division."""

TOGETHER = 500
"""Rows tokenised together: enough for all cores, few enough for their caches (10,000 take a third longer)."""

LETTERS_TOGETHER = 2_000_000
"""And letters: a token takes some 300 bytes until its number is taken, and may be as short as a letter."""

FORMAT = "1"
"""Part of the fingerprint: raise it when the file's content changes."""

Integers = NDArray[np.int64]
Chunk: TypeAlias = tuple[Integers, NDArray[np.int32]]


@dataclass(frozen=True)
class Tokens:
    """Token ids of every text of a table, read from the mapped file as they are asked for.

    Attributes:
        lengths: [N] Tokens of each text, special tokens included.
        suffix: How many special tokens stand after a text: they survive when it is cut.
        pad_token_id: Fills a batch up to its length.
        chunks: Where the texts of each `CHUNK_ROWS` begin in their ids, and these.
        file: The mapped file; None where they are in memory.
    """

    lengths: Integers
    suffix: int
    pad_token_id: int
    chunks: tuple[Chunk, ...]
    file: Path | None = None

    @property
    def least(self) -> int:
        """The shortest row that has room for a token between two special ones."""
        return 3

    def ids(self, row: int, max_length: int) -> NDArray[np.int32]:
        """Returns the ids of one text, at most `max_length`, with its special tokens at both ends."""
        chunk, local = divmod(row, CHUNK_ROWS)
        offsets, values = self.chunks[chunk]
        ids = values[offsets[local] : offsets[local + 1]]
        if len(ids) <= max_length:
            return ids
        return np.concatenate([ids[: max_length - self.suffix], ids[len(ids) - self.suffix :]])


def plain(tokenizer: PreTrainedTokenizerBase) -> Any:
    """Returns a copy of the tokenizer's backend that neither cuts nor pads.

    The backend remembers what the last call asked for: that must reach neither the file nor its fingerprint.
    """
    backend = type(tokenizer.backend_tokenizer).from_str(tokenizer.backend_tokenizer.to_str())
    backend.no_truncation()
    backend.no_padding()
    return backend


def fingerprint(texts: Sequence[str], tokenizer: PreTrainedTokenizerBase) -> str:
    """Returns a hash of all that decides the ids: every text, in order, and the whole tokenizer."""
    digest = hashlib.sha256(FORMAT.encode())
    digest.update(plain(tokenizer).to_str().encode())
    for text in texts:
        raw = text.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8, "little"))
        digest.update(raw)
    return digest.hexdigest()[:32]


def encode(texts: Sequence[str], tokenizer: PreTrainedTokenizerBase) -> Iterator[pa.RecordBatch]:
    """Tokenises whole texts, on all cores that the tokenizer takes; gives them `CHUNK_ROWS` at a time."""
    backend = plain(tokenizer)
    for start in range(0, len(texts), CHUNK_ROWS):
        end = min(start + CHUNK_ROWS, len(texts))
        offsets = np.zeros(end - start + 1, dtype=np.int64)
        parts = []
        last = start
        while last < end:
            first, last = last, _end_of_batch(texts, last, end)
            rows = [encoding.ids for encoding in backend.encode_batch_fast(list(texts[first:last]))]
            counts = [len(ids) for ids in rows]
            offsets[first - start + 1 : last - start + 1] = counts
            parts.append(np.fromiter(chain.from_iterable(rows), dtype=np.int32, count=sum(counts)))
        np.cumsum(offsets, out=offsets)
        column = pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(np.concatenate(parts)))
        yield pa.RecordBatch.from_arrays([column], names=["input_ids"])


def _end_of_batch(texts: Sequence[str], first: int, end: int) -> int:
    """Where the rows end that are tokenised together with the first: few enough, and their texts short enough."""
    letters, last = len(texts[first]), first + 1
    while last < min(first + TOGETHER, end) and letters + len(texts[last]) <= LETTERS_TOGETHER:
        letters, last = letters + len(texts[last]), last + 1
    return last


def write(path: Path, batches: Iterator[pa.RecordBatch]) -> None:
    """Writes the Arrow file in one move: a reader sees all of it or nothing, and two writers do no harm."""
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([("input_ids", pa.large_list(pa.int32()))])
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    os.close(handle)
    temporary = Path(name)
    try:
        with pa.OSFile(str(temporary), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        patiently(lambda: temporary.replace(path))
    finally:
        patiently(lambda: temporary.unlink(missing_ok=True))


def suffix_length(tokenizer: PreTrainedTokenizerBase) -> int:
    """Returns how many special tokens the tokenizer puts after a text."""
    mask = tokenizer("a", return_special_tokens_mask=True)["special_tokens_mask"]
    return mask[::-1].index(0) if 0 in mask else 0


def read(path: Path, tokenizer: PreTrainedTokenizerBase) -> Tokens:
    """Maps a file written by `write`; the ids stay on disk."""
    return replace(_tokens(_mapped(path), tokenizer), file=path)


def mapped_again(path: Path, lengths: Integers, suffix: int, pad_token_id: int) -> Tokens:
    """Maps a file of which all else is known: its tokens in another process."""
    return Tokens(lengths, suffix, pad_token_id, _chunks(_mapped(path)), path)


def _mapped(path: Path) -> list[pa.RecordBatch]:
    with pa.memory_map(str(path)) as source:
        reader = pa.ipc.open_file(source)
        return [reader.get_batch(i) for i in range(reader.num_record_batches)]


def _chunks(batches: Sequence[pa.RecordBatch]) -> tuple[Chunk, ...]:
    columns = [batch.column(0) for batch in batches]
    return tuple((column.offsets.to_numpy(), column.values.to_numpy()) for column in columns)


def _tokens(batches: Sequence[pa.RecordBatch], tokenizer: PreTrainedTokenizerBase) -> Tokens:
    chunks = _chunks(batches)
    lengths = [np.diff(offsets) for offsets, _ in chunks]
    return Tokens(
        lengths=np.concatenate(lengths) if lengths else np.zeros(0, dtype=np.int64),
        suffix=suffix_length(tokenizer),
        pad_token_id=int(tokenizer.pad_token_id),
        chunks=chunks,
    )


def tokenize(
    texts: Sequence[str], tokenizer: PreTrainedTokenizerBase, *, cache: Path | None
) -> tuple[Tokens, bool]:
    """Tokenises texts, or takes them from the cache when text and tokenizer are the same.

    Of several processes that want the same one does the work, and the others wait for it.

    Args:
        texts: What to tokenise.
        tokenizer: A fast tokenizer (one with a `backend_tokenizer`).
        cache: Folder of the cached files; None keeps the tokens in memory alone.

    Returns:
        The tokens, and whether they came from the cache.

    Raises:
        UserError: The cache cannot be written to.
    """
    if cache is None:
        return _tokens(list(encode(texts, tokenizer)), tokenizer), False
    path = cache / f"{fingerprint(texts, tokenizer)}.arrow"
    return kept(path, lambda: encode(texts, tokenizer), tokenizer, total=len(texts))


def kept(
    path: Path,
    encoded: Callable[[], Iterator[pa.RecordBatch]],
    tokenizer: PreTrainedTokenizerBase,
    *,
    total: int,
) -> tuple[Tokens, bool]:
    """Returns the tokens in a file of the cache, which is written first where it is not there.

    Args:
        path: The file, whose name says what is in it.
        encoded: Gives the tokens `CHUNK_ROWS` texts at a time.
        tokenizer: Whose tokens they are.
        total: How many texts.

    Returns:
        The tokens, and whether they were there.

    Raises:
        UserError: The cache cannot be written to.
    """
    with told_where_it_cannot_be(path):  # another user's place cannot even be looked into
        there = path.is_file()
    if there:
        return read(path, tokenizer), True

    def waiting() -> None:
        # each process that waits says so: it may be on another machine, or of another command
        waits = say(
            "another process is tokenising this {n:,} text: waiting for it",
            "another process is tokenising these {n:,} texts: waiting for it",
            n=total,
        )
        show(waits, file=sys.stderr)

    with told_where_it_cannot_be(path), one_at_a_time(path.with_suffix(".lock"), waiting=waiting):
        cached = path.is_file()
        if not cached:
            bar = with_bar(encoded(), say("tokenising"), size=lambda batch: batch.num_rows, total=total)
            write(path, bar)
    return read(path, tokenizer), cached
