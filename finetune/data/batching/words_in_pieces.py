"""Words that a tokenizer breaks into many pieces, mostly those of a domain: how often they stand, what they cost."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from transformers import PreTrainedTokenizerBase

from finetune.data.batching.tokenizer import keeps_case
from finetune.data.batching.tokens import plain

LEAST_LETTERS = 4
LEAST_PIECES = 3
"""A word counts as broken from so many letters and so many pieces on: two are its stem and its end, as a rule."""

MOST_LETTERS = 20_000_000
"""Of texts that are read: what words are common is known by then, which takes some seconds."""

LONGEST_WORD = 40
"""Letters; what is longer is no word."""

TOGETHER = 5_000
"""Words tokenised together."""

WORD = re.compile(r"[^\W\d_]+")

BEFORE = "a "
"""Stands before a word as it does within a text: where a text begins, some tokenizers have other pieces."""


@dataclass(frozen=True)
class BrokenWord:
    """A word in many pieces.

    Attributes:
        word: As it stands; in lower case where the tokenizer does not keep capitals.
        count: How often it stands in the texts.
        pieces: What the tokenizer makes of it, as letters of the word.
    """

    word: str
    count: int
    pieces: tuple[str, ...]

    @property
    def cost(self) -> int:
        """Tokens that it takes beyond one a time."""
        return self.count * (len(self.pieces) - 1)


@dataclass(frozen=True)
class WordsInPieces:
    """What a tokenizer makes of the words of texts.

    Attributes:
        broken: Words in many pieces, those that cost most first.
        different: How many such words there are.
        occurrences: How often they stand in the texts, all together.
        words: Words of the texts, those of few letters too.
        tokens: What these words take.
    """

    broken: tuple[BrokenWord, ...]
    different: int
    occurrences: int
    words: int
    tokens: int

    @property
    def tokens_per_word(self) -> float:
        """Tokens of a word on average; 0 without any."""
        return self.tokens / self.words if self.words else 0.0


def words_in_pieces(
    texts: Iterable[str], tokenizer: PreTrainedTokenizerBase, *, most: int = 20
) -> WordsInPieces:
    """Returns the words of texts that a tokenizer breaks into three pieces or more, and what words take on average.

    Args:
        texts: The texts as the tokenizer gets them; of more than `MOST_LETTERS` the first.
        tokenizer: A fast tokenizer.
        most: Broken words that are named, at most.
    """
    counts = _counted(texts, as_one=not keeps_case(tokenizer))
    words = list(counts)
    broken, tokens = [], 0
    for word, pieces in zip(words, _pieces(words, tokenizer), strict=True):
        tokens += counts[word] * len(pieces)
        if len(word) >= LEAST_LETTERS and len(pieces) >= LEAST_PIECES:
            broken.append(BrokenWord(word, counts[word], pieces))
    broken.sort(key=lambda each: (-each.cost, each.word))
    return WordsInPieces(
        broken=tuple(broken[:most]),
        different=len(broken),
        occurrences=sum(each.count for each in broken),
        words=counts.total(),
        tokens=tokens,
    )


def _counted(texts: Iterable[str], *, as_one: bool) -> "Counter[str]":
    """How often each word stands, with its accents in one letter; `as_one`: whatever its capitals."""
    counts: Counter[str] = Counter()
    left = MOST_LETTERS
    for text in texts:
        read = unicodedata.normalize("NFC", text[:left])
        counts.update(
            word for word in WORD.findall(read.lower() if as_one else read) if len(word) <= LONGEST_WORD
        )
        left -= len(text)
        if left <= 0:
            break
    return counts


def _pieces(words: Sequence[str], tokenizer: PreTrainedTokenizerBase) -> Iterator[tuple[str, ...]]:
    """The pieces of each word, where it stands within a text."""
    backend = plain(tokenizer)
    for start in range(0, len(words), TOGETHER):
        some = words[start : start + TOGETHER]
        encodings = backend.encode_batch([BEFORE + word for word in some], add_special_tokens=False)
        for word, encoding in zip(some, encodings, strict=True):
            # by their places, for the tokens themselves have marks of their own: ##ária, ▁bra, Ã¡
            spans = [(begin, end) for begin, end in encoding.offsets if end > len(BEFORE)]
            yield tuple(word[max(0, begin - len(BEFORE)) : end - len(BEFORE)] for begin, end in spans)
