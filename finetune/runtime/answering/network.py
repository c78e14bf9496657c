"""Texts into logits: tokens by `tokenizers`, batches by length, the network by onnxruntime. Knows no labels."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .capitals import KEY as LOWER_CAPITALS
from .capitals import lowered
from .said import Refused, tell
from .texts import Texts

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

MOST_TOKENS = 2048
"""Tokens of a batch with its padding: fewer batches are no faster on a processor, and take more memory."""

WEIGHTS = "model.onnx.data"
"""Holds them where they do not lie in the network's own file."""

CALL = 16
"""Tokens that take as long as one more call: so much padding a batch may have before another begins."""

LETTERS_TOGETHER = 200_000
"""Letters that are tokenised together: a token takes some 300 bytes until its number is taken."""


@dataclass(frozen=True)
class Around:
    """The special tokens before, between and behind the texts of a row, their types, and the type of each text."""

    special: tuple[Numbers, ...]
    special_types: tuple[Numbers, ...]
    types: tuple[int, ...]

    def row(self, texts: Sequence[Numbers], most: int) -> tuple[Numbers, Numbers]:
        """Returns ids and types of a row, at most so many; of two texts the longer one is cut first."""
        room = max(0, most - sum(map(len, self.special)))
        kept = [min(len(texts[0]), room)]
        if len(texts) == 2:
            kept = list(longest_cut_first(len(texts[0]), len(texts[1]), room))
        cut = [ids[:length] for ids, length in zip(texts, kept, strict=True)]
        types = [np.full(length, kind) for length, kind in zip(kept, self.types, strict=True)]
        return _in_turn(self.special, cut), _in_turn(self.special_types, types)


def _in_turn(special: Sequence[Numbers], texts: Sequence[Numbers]) -> Numbers:
    rest = [piece for pair in zip(texts, special[1:], strict=True) for piece in pair]
    return np.concatenate([special[0], *rest]).astype(np.int64)


def longest_cut_first(first: int, second: int, most: int) -> tuple[int, int]:
    """Returns how much is kept of two texts so that they are `most` tokens together: as the training has it."""
    if first + second <= most:
        return first, second
    short, long = min(first, second), most - min(first, second)
    if short > long:
        short, long = most // 2, most - most // 2
    return (long, short) if first > second else (short, long)


class Tokens:
    """The tokenizer of a folder, which gives rows of ids.

    Args:
        file: Its file.
        max_length: Tokens of a row, at most.
        pair: Whether a row may have two texts.
        lower_capitals: Whether texts in capitals are read in lower case.

    Raises:
        Refused: Its file is damaged.
    """

    def __init__(self, file: Path, *, max_length: int, pair: bool, lower_capitals: bool = False) -> None:
        from tokenizers import Tokenizer

        try:
            self.tokenizer = Tokenizer.from_file(str(file))
        except Exception as error:  # the library has no other
            raise Refused(tell("{path} is damaged: put the file of the export back", path=file)) from error
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.max_length = max_length
        self.lower_capitals = lower_capitals
        self.around = [self._around(texts) for texts in range(1, 3 if pair else 2)]

    def _around(self, texts: int) -> Around:
        """What the tokenizer puts around one text or two: read off short ones."""
        encoding = self.tokenizer.encode("a", "a" if texts == 2 else None)
        ids, types = (np.array(each, dtype=np.int64) for each in (encoding.ids, encoding.type_ids))
        places = [np.flatnonzero([of == text for of in encoding.sequence_ids]) for text in range(texts)]
        begins, ends = [int(place[0]) for place in places], [int(place[-1]) + 1 for place in places]
        pieces = [slice(*span) for span in zip([0, *ends], [*begins, len(ids)], strict=True)]
        return Around(
            tuple(ids[piece] for piece in pieces),
            tuple(types[piece] for piece in pieces),
            tuple(int(types[begin]) for begin in begins),
        )

    def rows(self, texts: Sequence[Texts]) -> list[tuple[Numbers, Numbers]]:
        """Returns ids and types of each row; one without a second text is as where rows have one."""
        found = []
        for some in _together(texts):
            flat = [lowered(text) if self.lower_capitals else text for row in some for text in row]
            ids = iter([np.array(each, dtype=np.int64) for each in self._ids(flat)])
            for row in some:
                of_row = [next(ids) for _ in row]
                both = len(row) == 2 and bool(row[1])
                found.append(self.around[both].row(of_row if both else of_row[:1], self.max_length))
        return found

    def _ids(self, texts: list[str]) -> list[list[int]]:
        whole = [text.encode("utf-8", "replace").decode() for text in texts]  # no half of an emoji
        if len(whole) == 1:  # without the threads of several
            return [self.tokenizer.encode(whole[0], add_special_tokens=False).ids]
        return [each.ids for each in self.tokenizer.encode_batch_fast(whole, add_special_tokens=False)]


def _together(texts: Sequence[Texts]) -> Iterator[list[Texts]]:
    some: list[Texts] = []
    letters = 0
    for row in texts:
        length = sum(map(len, row))
        if some and letters + length > LETTERS_TOGETHER:
            yield some
            some, letters = [], 0
        some.append(row)
        letters += length
    if some:
        yield some


class Network:
    """The network of a folder.

    Args:
        folder: The folder.
        described: What `finetune.json` says.
        threads: Of the processor; all that the process may use when left out.

    Raises:
        Refused: Its file is missing or damaged, or wants what is not known.
    """

    def __init__(self, folder: Path, described: dict[str, Any], *, threads: int | None = None) -> None:
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = threads or _cores()
        options.inter_op_num_threads = 1
        options.add_session_config_entry(
            "session.intra_op.allow_spinning", "0"
        )  # a third less of the processor
        options.log_severity_level = 3
        self.tokens = Tokens(
            folder / "tokenizer.json",
            max_length=described["max_length"],
            pair=described["pair"],
            lower_capitals=described.get(LOWER_CAPITALS) is True,
        )
        file = folder / "model.onnx"
        if not file.is_file():
            raise Refused(tell("{path} is missing: put the file of the export back", path=file))
        try:
            self.session = ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the library has a dozen, without a common one
            weights = folder / WEIGHTS
            if WEIGHTS in str(error) and not weights.is_file():
                raise Refused(
                    tell("{path} is missing: put the file of the export back", path=weights)
                ) from error
            raise Refused(
                tell(
                    "{path} cannot be opened (onnxruntime said: {text})",
                    path=file,
                    text=str(error).strip().splitlines()[0],
                )
            ) from error
        self.inputs = {each.name: each.type for each in self.session.get_inputs()}
        unknown = sorted(set(self.inputs) - {"input_ids", "attention_mask", "token_type_ids"})
        if unknown or "logits" not in {each.name for each in self.session.get_outputs()}:
            raise Refused(tell("{path} is no classifier that this program can ask", path=file))
        self.pad: int = described["pad_token_id"]
        self.outputs = len(described["labels"])

    def logits(self, texts: Sequence[Texts]) -> Floats:
        """Returns the logits [N, C] of N rows, as they come.

        Raises:
            Refused: They are no numbers.
        """
        rows = self.tokens.rows(texts)
        found = np.zeros((len(rows), self.outputs))
        for places in batches([len(ids) for ids, _ in rows]):
            found[places] = self._asked([rows[place] for place in places])
        if not np.isfinite(found).all():
            raise Refused(tell("the network's answers are no numbers: its file is damaged"))
        return found

    def _asked(self, rows: Sequence[tuple[Numbers, Numbers]]) -> Floats:
        width = max(len(ids) for ids, _ in rows)
        ids = np.full((len(rows), width), self.pad, dtype=np.int64)
        mask, types = np.zeros_like(ids), np.zeros_like(ids)
        for number, (of_row, types_of_row) in enumerate(rows):
            ids[number, : len(of_row)] = of_row
            types[number, : len(of_row)] = types_of_row
            mask[number, : len(of_row)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
        feed = {
            name: given[name].astype(np.int32 if kind == "tensor(int32)" else np.int64)
            for name, kind in self.inputs.items()
        }
        return np.asarray(self.session.run(["logits"], feed)[0], dtype=np.float64)


def batches(lengths: Sequence[int]) -> Iterator[Numbers]:
    """Yields positions of rows, longest first, those of like length at once, at most `MOST_TOKENS` with padding."""
    order = np.argsort(-np.asarray(lengths, dtype=np.int64), kind="stable")
    start = width = padding = 0
    for end, position in enumerate(order):
        padding += width - lengths[position]
        if end == start or padding > CALL or (end - start + 1) * width > MOST_TOKENS:
            if end > start:
                yield order[start:end]
            start, width, padding = end, lengths[position], 0
    if start < len(order):
        yield order[start:]


def _cores() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
