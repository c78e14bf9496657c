"""Which words weighed most for an answer: integrated gradients (Sundararajan et al., arXiv 1703.01365).

What was computed is kept in `attributions.json` of the run folder, so that a second report takes no time. torch is
loaded only where there is something to compute.
"""

import contextlib
import hashlib
import json
import pickle
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from finetune.evaluation.answers import Answers
from finetune.files.pickled import told_of
from finetune.files.whole import write_text
from finetune.language.say import AnyMessage, Message, joined, reason
from finetune.plugins import have
from finetune.report.facts import Facts
from finetune.tasks.task import MULTI, NUMBER

if TYPE_CHECKING:
    import torch

KEPT = "attributions.json"
MOST_ERRORS = 30
MOST_TOKENS = 256
STEPS = 32
"""Points between the text without words and the text; the paper advises 20 to 300."""

MOST_SECONDS = 180.0
"""After which no further text is begun: a large model on a CPU takes half a minute for a long text."""

ROWS_AT_ONCE = 16
"""Bounds the memory."""

Weights = list[tuple[int, int, float]]
"""Begin and end of each word in its text, and its weight: from -1, against the answer, to 1."""


@dataclass(frozen=True)
class Explained:
    """What weighed how much.

    Attributes:
        weights: By text, its words.
        why: Where there is nothing: `no_captum`, `no_model`, `not_asked`, `two_texts` or `failed`.
        error: What went wrong, for `failed`.
    """

    weights: dict[str, Weights] = field(default_factory=dict)
    why: str = ""
    error: AnyMessage | None = None


def most_confident_errors(answers: Answers, part: str, *, most: int = MOST_ERRORS) -> pd.DataFrame:
    """Returns the rows of a part whose answer is not right, the most confident first; of numbers those furthest off."""
    there = answers.part(part)
    if there.task.right is None:
        order = np.argsort(-np.abs(there.predicted - there.truth), kind="stable")
        return there.frame.iloc[order].head(most)
    wrong = there.frame[~there.right]
    return wrong.sort_values("confidence", ascending=False, kind="stable").head(most)


def explained_output(answers: Answers, label: str, predicted: str, *, outputs: Sequence[str]) -> str:
    """Returns the output whose words are marked: the class that was answered.

    Of several labels it is the first that is too much, else the first that is missing: what was right needs no
    explanation.

    Args:
        answers: Of the run.
        label: The row's label.
        predicted: What was answered.
        outputs: The names of the network's.
    """
    if answers.task.problem_type == NUMBER:
        return outputs[0]
    if answers.task.problem_type != MULTI:
        return predicted
    true, given = answers.task.parts(label), answers.task.parts(predicted)
    return next((name for name in (*given, *true) if (name in given) != (name in true)), answers.labels[0])


def explain_errors(facts: Facts, *, wanted: bool, announce: Callable[[int], None]) -> Explained:
    """Returns what weighed in the most confident errors of the part by which the model is judged.

    Args:
        facts: The run.
        wanted: Whether the user wants to know.
        announce: Called with the number of texts before it takes long.
    """
    if facts.answers is None or facts.last_part is None:
        return Explained()
    if not wanted:
        return Explained(why="not_asked")
    if facts.setting("data", "text_pair_column") is not None:
        # what is kept of an answer has both texts as one: where the second begins is not known
        return Explained(why="two_texts")
    errors = most_confident_errors(facts.answers, facts.last_part).drop_duplicates("text")
    if errors.empty:
        return Explained()
    outputs = [
        explained_output(facts.answers, label, predicted, outputs=facts.labels)
        for label, predicted in zip(errors["label"], errors["predicted"], strict=True)
    ]
    return explain(facts.folder, errors["text"].tolist(), outputs, announce=announce)


def explain(
    folder: Path,
    texts: Sequence[str],
    predicted: Sequence[str],
    *,
    announce: Callable[[int], None] = lambda count: None,
) -> Explained:
    """Returns what weighed in each text for the class that was answered, from the kept file where it is still true.

    Args:
        folder: The run folder.
        texts: The texts.
        predicted: The class that was answered to each.
        announce: Called with the number of texts before it takes long.
    """
    model = folder / "model"
    kept = folder / KEPT
    key = fingerprint(model, texts, predicted)
    known = _kept(kept, key)
    if known is not None:
        return Explained(known)
    if not (model / "config.json").is_file():
        return Explained(why="no_model")
    if not have("captum"):
        return Explained(why="no_captum")
    announce(len(texts))
    try:
        # fewer than the texts where the time was up
        weights = dict(zip(texts, attributions(model, texts, predicted), strict=False))
    except (
        OSError,
        RuntimeError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        ImportError,
        AssertionError,
        pickle.UnpicklingError,
    ) as error:
        # an architecture that the method does not know must not cost the whole report
        return Explained(why="failed", error=_why(error))
    content = {"key": key, "method": f"integrated gradients, {STEPS} steps", "weights": weights}
    with contextlib.suppress(OSError):  # a folder that cannot be written to: it is computed anew each time
        write_text(kept, json.dumps(content, ensure_ascii=False) + "\n")
    return Explained(weights)


def _why(error: Exception) -> AnyMessage:
    if isinstance(error, OSError) and error.errno:
        return reason(error)
    return Message(
        "the method does not get along with this model (Python said: {text})",
        text=joined([type(error).__name__, told_of(error)], ": "),
    )


def fingerprint(model: Path, texts: Sequence[str], predicted: Sequence[str]) -> str:
    """Returns a hash of the texts, the answers and the weights' files."""
    files = [
        (file.name, file.stat().st_size, file.stat().st_mtime_ns)
        for file in sorted(model.glob("*"))
        if file.suffix in (".safetensors", ".bin", ".json")
    ]
    facts = (files, list(texts), list(predicted), STEPS, MOST_TOKENS)
    return hashlib.sha256(repr(facts).encode("utf-8", errors="surrogatepass")).hexdigest()


def _kept(file: Path, key: str) -> dict[str, Weights] | None:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if content["key"] != key:
            return None
        return {
            str(text): [(int(begin), int(end), float(weight)) for begin, end, weight in words]
            for text, words in content["weights"].items()
        }
    except (OSError, ValueError, KeyError, TypeError):
        return None


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
        encoded = tokenizer(
            text, truncation=True, max_length=longest(network, tokenizer), return_offsets_mapping=True
        )
        weights = token_weights(
            network, encoded["input_ids"], 0 if only else numbers[label], pad=tokenizer.pad_token_id
        )
        found.append(by_word(text, weights.sum(axis=-1), encoded["offset_mapping"], encoded.word_ids()))
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
