"""How much each word of a text weighed for an answer: integrated gradients (Sundararajan et al., arXiv 1703.01365).

torch is loaded only where there is something to compute. Keeps nothing.
"""

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from finetune.language.capitals import KEY as LOWER_CAPITALS
from finetune.language.capitals import lowered

if TYPE_CHECKING:
    import torch

MOST_TOKENS = 256
STEPS = 20
"""Points between the text without words and the text; the paper advises 20 to 300.

Of the weights of a tweet's words with 200 points they say nearly the same: correlation 0.993 (12 tweets, the lowest
0.975; 32 points 0.998, 12 points 0.955), the heaviest word was the same in all."""

MOST_SECONDS = 180.0
"""After which no further text is begun: a large model on a CPU takes half a minute for a long text."""

ROWS_AT_ONCE = 20
"""Bounds the memory."""

Weights = list[tuple[int, int, float]]
"""Begin and end of each word in its text, and its weight: from -1, against the answer, to 1."""


def attributions(model: Path, texts: Sequence[str], predicted: Sequence[str]) -> list[Weights]:
    """Returns the weights of each text's words for the class that was answered, of as many as there is time for.

    Args:
        model: A Hugging Face folder.
        texts: The texts.
        predicted: The class that was answered to each.
    """
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    with without_bars():
        tokenizer = AutoTokenizer.from_pretrained(model, trust_remote_code=False)
        network = AutoModelForSequenceClassification.from_pretrained(
            model, dtype=torch.float32, trust_remote_code=False
        ).eval()
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    numbers = {str(label): int(number) for label, number in network.config.label2id.items()}
    only = (
        len(numbers) == 1
    )  # a number: it has the name of its column here, which its predictions do not tell
    found: list[Weights] = []
    deadline = time.monotonic() + MOST_SECONDS
    for text, label in zip(texts, predicted, strict=True):
        if found and time.monotonic() > deadline:
            break
        # as long as the text, but for a letter of other languages: places in one are places in the other
        read = lowered(text) if getattr(network.config, LOWER_CAPITALS, False) else text
        encoded = tokenizer(
            read, truncation=True, max_length=longest(network, tokenizer), return_offsets_mapping=True
        )
        weights = token_weights(
            network, encoded["input_ids"], 0 if only else numbers[label], pad=tokenizer.pad_token_id
        )
        found.append(by_word(read, weights.sum(axis=-1), encoded["offset_mapping"], encoded.word_ids()))
    return found


@contextlib.contextmanager
def without_bars() -> Iterator[None]:
    """Keeps transformers from printing progress bars for a while."""
    from transformers.utils import logging

    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def longest(network: Any, tokenizer: Any) -> int:
    """Returns after how many tokens a text is cut: ours, or what model and tokenizer can read."""
    positions = getattr(network.config, "max_position_embeddings", MOST_TOKENS) or MOST_TOKENS
    return int(min(MOST_TOKENS, positions, tokenizer.model_max_length))


def token_weights(
    network: Any, ids: Sequence[int], target: int, *, pad: int | None
) -> "np.ndarray[Any, Any]":
    """Returns the integrated gradients [T, H] of a class' logit by the embeddings of the tokens.

    They sum up to the logit of the text minus that of the text whose words are padding.

    Args:
        network: A classifier of Transformers.
        ids: [T] tokens, special ones at both ends.
        target: Number of the class.
        pad: Token that stands for no word.
    """
    import torch
    from captum.attr import LayerIntegratedGradients

    tokens = torch.tensor([list(ids)])
    empty = torch.full_like(tokens, pad or 0)
    empty[:, 0], empty[:, -1] = tokens[:, 0], tokens[:, -1]

    def logits(given: "torch.Tensor") -> "torch.Tensor":
        # padding is to be seen here: it is the word that says nothing
        answer: torch.Tensor = network(input_ids=given, attention_mask=torch.ones_like(given)).logits
        return answer

    method = LayerIntegratedGradients(logits, network.get_input_embeddings())
    given = method.attribute(
        tokens, baselines=empty, target=target, n_steps=STEPS, internal_batch_size=ROWS_AT_ONCE
    )
    return np.asarray(given[0].detach().double().numpy())


def by_word(
    text: str,
    weights: "np.ndarray[Any, Any]",
    offsets: Sequence[tuple[int, int]],
    words: Sequence[int | None],
) -> Weights:
    """Returns the weights of whole words as they stand in the text; the heaviest has a weight of 1 or -1.

    Args:
        text: The text.
        weights: [T] of its tokens.
        offsets: [T] where each stands.
        words: [T] which word each is of; None for special ones.
    """
    spans: dict[int, list[float]] = {}
    for weight, (begin, end), word in zip(weights, offsets, words, strict=True):
        if word is None or begin == end:
            continue
        span = spans.setdefault(word, [begin, end, 0.0])
        span[0], span[1] = min(span[0], begin), max(span[1], end)
        span[2] += float(weight)
    joined = _joined(text, sorted((int(begin), int(end), weight) for begin, end, weight in spans.values()))
    heaviest = max((abs(weight) for _, _, weight in joined), default=0.0) or 1.0
    return [(begin, end, round(weight / heaviest, 4)) for begin, end, weight in joined]


def _joined(text: str, spans: Weights) -> Weights:
    """Joins what nothing parts, and takes blanks and punctuation off: some tokenizers count both to the word."""
    found: Weights = []
    for begin, end, weight in spans:
        while begin < end and not text[begin].isalnum():
            begin += 1
        while end > begin and not text[end - 1].isalnum():
            end -= 1
        if begin == end:
            continue
        if found and begin <= found[-1][1] and text[begin].isalnum() and text[found[-1][1] - 1].isalnum():
            found[-1] = (found[-1][0], max(end, found[-1][1]), found[-1][2] + weight)
        else:
            found.append((begin, end, weight))
    return found
