"""What the pieces of a tokenizer are: which begin a word, which are no text. Tokenises nothing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

WITHIN = "##"
"""Stands before the pieces of WordPiece (BERT) that go on a word."""

BEFORE = ("\u2581", "\u0120")
"""Stand before those of SentencePiece (XLM-R) and of byte-level vocabularies (GPT-2, RoBERTa) that begin one."""


@dataclass(frozen=True)
class Pieces:
    """A vocabulary of V pieces.

    Attributes:
        begins: [V] Whether a piece begins a word.
        alone: [V] Whether it is a word by itself, as signs are: what follows begins one.
        special: [V] Whether it is no text: it marks where one begins, ends or lacks.
        ordinary: The numbers of all others.
        mask: The number of the piece that stands for a gap; None where there is none.
    """

    begins: NDArray[np.bool_]
    alone: NDArray[np.bool_]
    special: NDArray[np.bool_]
    ordinary: NDArray[np.int64]
    mask: int | None

    def __len__(self) -> int:
        return len(self.begins)

    def words(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Returns of each piece of a text the number of the word that it is of, -1 where it is of none. [T]"""
        special, alone = self.special[ids], self.alone[ids]
        after = np.concatenate(
            [[True], (special | alone)[:-1]]
        )  # the first of a text begins a word, marked or not
        return np.where(special, -1, np.cumsum((self.begins[ids] | alone | after) & ~special) - 1)


def pieces_of(tokenizer: PreTrainedTokenizerBase, size: int | None = None) -> Pieces:
    """Looks at every piece of a tokenizer once.

    Args:
        tokenizer: With all its pieces.
        size: Rows of the network's embeddings, which may be more.
    """
    known = tokenizer.get_vocab()
    names = [""] * max(size or 0, 1 + max(known.values()))
    for name, number in known.items():
        names[number] = name
    of_wordpiece = any(name.startswith(WITHIN) for name in names)
    begins = [not name.startswith(WITHIN) if of_wordpiece else name.startswith(BEFORE) for name in names]
    if not any(begins):  # whole words
        begins = [True] * len(names)
    special = np.zeros(len(names), dtype=np.bool_)
    special[[number for number in tokenizer.all_special_ids if number is not None]] = True
    special |= np.array([not name for name in names])
    return Pieces(
        begins=np.array(begins),
        alone=np.array([not any(letter.isalnum() for letter in name) for name in names]),
        special=special,
        ordinary=np.flatnonzero(~special),
        mask=tokenizer.mask_token_id,
    )
