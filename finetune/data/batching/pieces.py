"""Texts of any length as rows that a network can read: one that is too long is several pieces. Reads no text.

The tokens stand in the file without special ones, which are put around each piece when a batch is made. The pieces of a
text are about as long as each other: a rest of three tokens would have nothing that it can be read by.
"""

from dataclasses import dataclass

import numpy as np
from transformers import PreTrainedTokenizerBase

from finetune.data.batching.pairs import Around, Numbers, around
from finetune.data.batching.tokens import Integers, Tokens


@dataclass(frozen=True)
class PieceTokens:
    """Token ids of the pieces of every text, read from the mapped file as they are asked for.

    Attributes:
        whole: The ids of the texts, without special tokens.
        around: The special tokens around each piece.
        text: [P] which text each piece is of.
        start: [P] the place in its text of the first token of each.
        count: [P] how many tokens of its text each has.
    """

    whole: Tokens
    around: Around
    text: Integers
    start: Integers
    count: Integers

    @property
    def lengths(self) -> Integers:
        """Tokens of each piece, special ones included. [P]"""
        return self.count + self.around.count

    @property
    def pad_token_id(self) -> int:
        """Fills a batch up to its length."""
        return self.whole.pad_token_id

    @property
    def least(self) -> int:
        """The shortest row that has room for a token between the special ones."""
        return self.around.count + 1

    def ids(self, row: int, max_length: int) -> Numbers:
        """Returns the ids of one piece, at most `max_length`, with its special tokens at both ends."""
        start = int(self.start[row])
        count = min(int(self.count[row]), max_length - self.around.count)
        ids = self.whole.ids(int(self.text[row]), start + count)
        return self.around.ids(ids[start : start + count])


def pieces_of(whole: Tokens, tokenizer: PreTrainedTokenizerBase, *, max_length: int) -> PieceTokens:
    """Cuts texts into pieces, none longer than `max_length` with its special tokens; one without a token has none."""
    of_one = around(tokenizer, 1)
    room = max_length - of_one.count
    pieces = -(-whole.lengths // room)
    text = np.repeat(np.arange(len(pieces)), pieces)
    place = np.arange(len(text)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    # as even as can be: of 7 tokens in 3 pieces the first ends behind 2, the second behind 4
    start, end = (whole.lengths[text] * at // pieces[text] for at in (place, place + 1))
    return PieceTokens(whole, of_one, text, start, end - start)
