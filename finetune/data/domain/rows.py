"""Texts as rows of tokens: which pieces train, which are held out, and which text each is of. Makes no batch."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from finetune.data.batching.batches import Integers
from finetune.data.batching.pairs import bare
from finetune.data.batching.part import Part
from finetune.data.batching.pieces import PieceTokens, pieces_of
from finetune.data.batching.tokens import plain, tokenize
from finetune.data.domain.division import Division
from finetune.data.domain.general import general_texts
from finetune.data.domain.texts import Texts, segments
from finetune.data.domain.tokens import tokens_of
from finetune.errors import DataError
from finetune.language.capitals import lowered


@dataclass(frozen=True)
class Pieces:
    """The pieces of texts, of a long one several.

    Attributes:
        tokens: Their tokens, by the segments that they are of.
        text: [S] the number of the text that each segment is of, in rising order.
        held_out: [S] whether that text is held out.
        lower_capitals: Whether segments in capitals are read in lower case.
        cached: Whether the tokens were there already.
    """

    tokens: PieceTokens
    text: Integers
    held_out: NDArray[np.bool_]
    lower_capitals: bool = False
    cached: bool = False

    def part(self, *, held_out: bool) -> Part:
        """Returns the pieces that train, or those that are held out."""
        rows = np.flatnonzero(self.held_out[self.tokens.text] == held_out)
        return Part(self.tokens, rows, rows, None)

    def text_of(self, rows: Integers) -> Integers:
        """Returns the number of the text that each piece is of. [N]"""
        return np.asarray(self.text[self.tokens.text[rows]])

    def words_of(self, row: int, text: str, tokenizer: PreTrainedTokenizerBase) -> str:
        """Returns what of its text a piece holds: all as it is written, or a part as it is read."""
        segment = int(self.tokens.text[row])
        place = segment - int(np.searchsorted(self.text, self.text[segment]))
        words = next(islice(segments(text), place, None))
        start, count = int(self.tokens.start[row]), int(self.tokens.count[row])
        if count == self.tokens.whole.lengths[segment]:
            return words
        words = lowered(words) if self.lower_capitals else words
        offsets = plain(tokenizer).encode(words, add_special_tokens=False).offsets
        return words[offsets[start][0] : offsets[start + count - 1][1]]


def cut(
    texts: Texts,
    division: Division,
    tokenizer: PreTrainedTokenizerBase,
    *,
    max_length: int,
    cache: Path,
    lower_capitals: bool = False,
) -> Pieces:
    """Tokenises the texts that are kept, and cuts them into pieces.

    Args:
        texts: The texts.
        division: Which of them are kept, and which held out.
        tokenizer: Whose tokens they are.
        max_length: Longest piece in tokens.
        cache: Folder of the cached files.
        lower_capitals: Whether texts in capitals are read in lower case.

    Raises:
        UserError: The cache cannot be written to, or a source was changed meanwhile.
        DataError: Of one side nothing is left that the tokenizer knows.
    """
    tokens, cached = tokens_of(texts, division.kept, tokenizer, cache=cache, lower_capitals=lower_capitals)
    counts = texts.segments[division.texts]
    pieces = Pieces(
        pieces_of(tokens, tokenizer, max_length=max_length),
        np.repeat(division.texts, counts),
        np.repeat(division.held_out, counts),
        lower_capitals,
        cached,
    )
    if not all(len(pieces.part(held_out=side)) for side in (False, True)):
        raise DataError(
            "the texts to learn from, or those that are held out, have no token: the tokenizer knows nothing in them. "
            "Are they in the language of the model?"
        )
    return pieces


def general_pieces(tokenizer: PreTrainedTokenizerBase, *, max_length: int) -> Pieces:
    """Returns the pieces of the general sentences, none of which train."""
    texts = general_texts()
    tokens, _ = tokenize(texts, bare(tokenizer), cache=None)
    number = np.arange(len(texts))
    return Pieces(
        pieces_of(tokens, tokenizer, max_length=max_length), number, np.ones(len(texts), dtype=bool)
    )
