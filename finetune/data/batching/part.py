"""The rows of one part with their tokens: how long they are and where they are cut. Makes no batch."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from finetune.data.batching.batches import Integers, round_up
from finetune.data.batching.pairs import AnyTokens
from finetune.data.batching.pieces import PieceTokens
from finetune.language.parts import PART_NAMES
from finetune.language.say import AnyMessage, Message, joined
from finetune.tasks.task import Targets


@dataclass(frozen=True)
class Part:
    """The rows of one split.

    Attributes:
        tokens: Token ids of the whole table that the rows are from.
        index: [N] where each row stands in `tokens`.
        row: [N] position of each row in the user's table.
        labels: Targets, [N] or [N, C], or None when there are none.
    """

    tokens: AnyTokens | PieceTokens
    index: Integers
    row: Integers
    labels: Targets | None

    def __len__(self) -> int:
        return len(self.index)

    def at(self, positions: Integers) -> "Part":
        """Returns some of the rows, by their place among them."""
        labels = None if self.labels is None else self.labels[positions]
        return Part(self.tokens, self.index[positions], self.row[positions], labels)

    def lengths(self, max_length: int) -> Integers:
        """Returns the tokens of each row once cut to `max_length`, at least one. [N]"""
        # of a text of none, which tokenizers without special tokens make, a padding is read
        return np.clip(self.tokens.lengths[self.index], 1, max_length)


def cut_at(part: Part, *, max_length: int | None, model_length: int, pad_to: int) -> int:
    """Returns the longest row of a part in tokens: as asked for, or what its table needs, capped by the model."""
    longest = round_up(max(1, int(part.tokens.lengths.max())), pad_to)
    return min(max_length or longest, model_length)


def summary(
    parts: Mapping[str, Part], *, max_length: int | None, model_length: int, pad_to: int
) -> AnyMessage:
    """Returns how many rows each part has, how long they are and how many are cut, on one line."""
    lines = []
    for name, part in parts.items():
        lengths = part.tokens.lengths[part.index]
        cut = cut_at(part, max_length=max_length, model_length=model_length, pad_to=pad_to)
        share = float((lengths > cut).mean()) if len(lengths) else 0.0
        line = Message(
            "{part} {n:,} row, longest {longest:,} tokens, {share:.1%} cut to {cut:,}",
            "{part} {n:,} rows, longest {longest:,} tokens, {share:.1%} cut to {cut:,}",
            n=len(part),
            part=PART_NAMES[name],
            longest=int(lengths.max()),
            share=share,
            cut=cut,
        )
        lines.append(line)
    return joined(lines, "; ")
