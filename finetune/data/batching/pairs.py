"""Two texts a row into token ids: each kept whole and alone, put together and cut when a batch is made. Makes no batch.

The file of each text is that of `tokens`, without special tokens; those that stand around two texts are read off the
tokenizer once:

    before  first            between        second  after
    [CLS]   a vaca não come  [SEP]          boi     [SEP]       BERT; its types are 0 0 0 0 0 0 1 1
    <s>     a vaca não come  </s> </s>      boi     </s>        RoBERTa, which has no types

Where they are too long together the longer one is cut, both where that is not enough: transformers' "longest_first".
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerBase

from finetune.data.batching.tokens import Integers, Tokens, plain, tokenize
from finetune.errors import ConfigError
from finetune.language.capitals import lowered
from finetune.tasks.batch import TYPES

Numbers: TypeAlias = NDArray[np.int32]


@dataclass(frozen=True)
class Around:
    """The special tokens around the texts of a row, one or two, and the type of each token.

    Attributes:
        special: Ids before, between and behind the texts.
        special_types: Their types.
        types: The type of a token of each text.
    """

    special: tuple[Numbers, ...]
    special_types: tuple[Numbers, ...]
    types: tuple[int, ...]

    @property
    def count(self) -> int:
        """Special tokens of a row."""
        return sum(map(len, self.special))

    def ids(self, *texts: Numbers) -> Numbers:
        """Returns the ids of a row with these texts."""
        return _in_turn(self.special, texts)

    def types_of(self, *lengths: int) -> Numbers:
        """Returns the types of a row whose texts have so many tokens."""
        texts = [np.full(length, kind) for length, kind in zip(lengths, self.types, strict=True)]
        return _in_turn(self.special_types, texts)


def _in_turn(special: Sequence[Numbers], texts: Sequence[Numbers]) -> Numbers:
    """Puts what is of special tokens and what is of texts together, beginning and ending with the first."""
    rest = [piece for pair in zip(texts, special[1:], strict=True) for piece in pair]
    return np.concatenate([special[0], *rest]).astype(np.int32)


@dataclass(frozen=True)
class PairTokens:
    """Token ids of both texts of every row of a table, read from the mapped files as they are asked for.

    Attributes:
        first: The ids of the first texts, without special tokens.
        second: Those of the second.
        single: [N] whether a row has no second text: it is as where rows have one, as transformers' pipeline has it.
        of_one: What stands around the first text where it is alone.
        of_two: What stands around both.
        lengths: [N] Tokens of each row, special tokens included.
        has_types: Whether the model wants to be told which text a token is of.
        pad_token_id: Fills a batch up to its length.
    """

    first: Tokens
    second: Tokens
    single: NDArray[np.bool_]
    of_one: Around
    of_two: Around
    lengths: Integers
    has_types: bool
    pad_token_id: int

    @property
    def least(self) -> int:
        """The shortest row that has room for a token of each text."""
        return self.of_two.count + 2

    def ids(self, row: int, max_length: int) -> Numbers:
        """Returns the ids of one row, at most `max_length`, with the special tokens around its texts."""
        one, other = self._kept(row, max_length)
        if self.single[row]:
            return self.of_one.ids(self.first.ids(row, one))
        return self.of_two.ids(self.first.ids(row, one), self.second.ids(row, other))

    def types(self, row: int, max_length: int) -> Numbers:
        """Returns of the same tokens which text each is of."""
        one, other = self._kept(row, max_length)
        return self.of_one.types_of(one) if self.single[row] else self.of_two.types_of(one, other)

    def _kept(self, row: int, max_length: int) -> tuple[int, int]:
        """How many tokens of both texts a row has."""
        around = self.of_one if self.single[row] else self.of_two
        lengths = int(self.first.lengths[row]), int(self.second.lengths[row])
        return longest_cut_first(*lengths, max_length - around.count)


AnyTokens: TypeAlias = Tokens | PairTokens
"""The tokens of a table whose rows have one text, or two."""


def longest_cut_first(first: int, second: int, most: int) -> tuple[int, int]:
    """Returns how much is kept of two texts so that they are `most` tokens together, as `tokenizers` has it.

    The longer one is cut to what the other leaves, and both to half where that would be longer still; of an odd number
    the longer has one more, and of two that are equal the second.
    """
    if first + second <= most:
        return first, second
    short, long = min(first, second), most - min(first, second)
    if short > long:
        short, long = most // 2, most - most // 2
    return (long, short) if first > second else (short, long)


def around(tokenizer: PreTrainedTokenizerBase, texts: int) -> Around:
    """Returns what the tokenizer puts around one text or two: read off short ones."""
    encoding = plain(tokenizer).encode(*["a"] * texts)
    ids, types = (np.array(each, dtype=np.int32) for each in (encoding.ids, encoding.type_ids))
    places = [np.flatnonzero([of == text for of in encoding.sequence_ids]) for text in range(texts)]
    begins, ends = [place[0] for place in places], [place[-1] + 1 for place in places]
    pieces = [slice(*span) for span in zip([0, *ends], [*begins, len(ids)], strict=True)]
    return Around(
        special=tuple(ids[piece] for piece in pieces),
        special_types=tuple(types[piece] for piece in pieces),
        types=tuple(int(types[begin]) for begin in begins),
    )


def bare(tokenizer: PreTrainedTokenizerBase) -> PreTrainedTokenizerBase:
    """Returns a copy of a tokenizer that puts no special tokens around a text."""
    copy = deepcopy(tokenizer)
    copy.backend_tokenizer.post_processor = TemplateProcessing(single="$A", pair="$A $B", special_tokens=[])
    return copy


def tokenize_pairs(
    first: Sequence[str], second: Sequence[str], tokenizer: PreTrainedTokenizerBase, *, cache: Path | None
) -> tuple[PairTokens, bool]:
    """Tokenises two texts a row, as `tokenize` does one.

    Returns:
        The tokens, and whether all of them came from the cache.

    Raises:
        UserError: The cache cannot be written to.
    """
    alone = bare(tokenizer)
    ones, known = tokenize(first, alone, cache=cache)
    others, known_too = tokenize(second, alone, cache=cache)
    of_one, of_two = around(tokenizer, 1), around(tokenizer, 2)
    single = np.array([not text for text in second])
    tokens = PairTokens(
        first=ones,
        second=others,
        single=single,
        of_one=of_one,
        of_two=of_two,
        lengths=ones.lengths + others.lengths + np.where(single, of_one.count, of_two.count),
        has_types=TYPES in tokenizer.model_input_names,
        pad_token_id=int(tokenizer.pad_token_id),
    )
    return tokens, known and known_too


def tokenize_rows(
    texts: Sequence[Sequence[str]],
    tokenizer: PreTrainedTokenizerBase,
    *,
    cache: Path | None,
    lower_capitals: bool = False,
) -> tuple[AnyTokens, bool]:
    """Tokenises rows of one text or two, as `tokenize` and `tokenize_pairs` do.

    Args:
        texts: The texts, or the first and the second ones.
        tokenizer: As there.
        cache: As there.
        lower_capitals: Whether texts in capitals are read in lower case; each of two by itself.
    """
    if lower_capitals:
        texts = [list(map(lowered, each)) for each in texts]
    if len(texts) == 1:
        return tokenize(texts[0], tokenizer, cache=cache)
    first, second = texts
    return tokenize_pairs(first, second, tokenizer, cache=cache)


def refuse_too_short(max_length: int, tokenizer: PreTrainedTokenizerBase) -> None:
    """Refuses a length that has no room for a token of each text.

    Raises:
        ConfigError: It has none.
    """
    special = around(tokenizer, 2).count
    if max_length < special + 2:
        raise ConfigError(
            "max_length {asked} has no room for two texts, beside which the tokenizer puts {special} special tokens. "
            "Give --data.max_length {least} or more.",
            asked=max_length,
            special=special,
            least=special + 2,
        )
