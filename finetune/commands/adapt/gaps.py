"""Examples of filled gaps: a word of a text is left out, and a model says what stood there. Trains nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from finetune.model.logits import network_inputs
from finetune.model.objectives.pieces import Pieces

EXAMPLES = 8
ANSWERS = 3

LETTERS = 4
"""Least length of a word that is left out: shorter ones, such as `de`, tell nothing of a domain."""

BLANK = re.compile(r"\s")
"""A text may have lines of its own, and is shown in one."""

BESIDE = 60
"""Letters that are shown on each side of a gap."""


@dataclass(frozen=True)
class Gap:
    """A text with a word left out.

    Attributes:
        before: What is shown of the text before the word.
        word: What was left out.
        after: What is shown behind it.
        ids: [T] the text as the model reads it, with the mask in place of the word.
        place: Of the mask.
    """

    before: str
    word: str
    after: str
    ids: tuple[int, ...]
    place: int


def gaps_of(texts: Sequence[str], tokenizer: PreTrainedTokenizerBase, *, max_length: int) -> list[Gap]:
    """Returns texts with their longest word left out, of those that are one piece to the tokenizer.

    Args:
        texts: The first of them that have such a word are taken.
        tokenizer: Whose pieces fill the gaps; without a mask, or one that does not tell where its pieces stand, there
            are no examples.
        max_length: Tokens that the model reads.
    """
    found: list[Gap] = []
    if tokenizer.mask_token_id is None or not tokenizer.is_fast:
        return found
    for text in texts:
        gap = gap_of(text, tokenizer, max_length=max_length)
        if gap is not None:
            found.append(gap)
        if len(found) == EXAMPLES:
            break
    return found


def gap_of(text: str, tokenizer: PreTrainedTokenizerBase, *, max_length: int) -> Gap | None:
    """Returns a text with its longest word of one piece left out; None where it has none of enough letters."""
    read = tokenizer(text, truncation=True, max_length=max_length, return_offsets_mapping=True)
    words, spans = read.word_ids(), read["offset_mapping"]
    alone = [place for place, word in enumerate(words) if word is not None and words.count(word) == 1]
    known = {place: text[slice(*spans[place])].strip() for place in alone}
    known = {place: word for place, word in known.items() if word.isalpha() and len(word) >= LETTERS}
    if not known:
        return None
    place = max(known, key=lambda place: len(known[place]))  # of those as long the first
    ids = list(read["input_ids"])
    ids[place] = tokenizer.mask_token_id
    start = text.index(known[place], spans[place][0])
    end = start + len(known[place])
    before, after = (BLANK.sub(" ", part) for part in (text[:start], text[end:]))
    return Gap(
        before if len(before) <= BESIDE else f"…{before[-BESIDE:]}",
        known[place],
        after if len(after) <= BESIDE else f"{after[:BESIDE]}…",
        tuple(ids),
        place,
    )


@torch.no_grad()
def answers(
    network: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    gaps: Sequence[Gap],
    *,
    pieces: Pieces,
    device: torch.device,
) -> list[list[str]]:
    """Returns the words that the network finds likeliest in each gap, the likeliest first. Draws nothing at random.

    Args:
        network: With a layer that fills gaps, ready to answer.
        tokenizer: Its own.
        gaps: Where words were left out.
        pieces: Of the tokenizer: signs, and what goes on a word, are no answer.
        device: Where the network is.
    """
    found, words = [], torch.from_numpy(pieces.begins & ~pieces.alone & ~pieces.special).to(device)
    for gap in gaps:
        ids = torch.tensor([gap.ids], device=device)
        batch: dict[str, Tensor] = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        inputs, packing = network_inputs(network, batch)
        place = gap.place if packing is None else int(packing.into[gap.place])
        logits: Any = network(**inputs).logits.flatten(0, 1)[place].float()
        best = logits.masked_fill(~words, -torch.inf).topk(ANSWERS).indices.tolist()
        found.append([str(tokenizer.decode([piece])).strip() for piece in best])
    return found
