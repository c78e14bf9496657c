"""Which answers of a run are explained, by the words that weighed most in them. Computes nothing itself.

What was computed is kept in `attributions.json` of the run folder, so that a second report takes no time.
"""

import contextlib
import hashlib
import json
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from finetune.evaluation.answers import Answers
from finetune.files.pickled import told_of
from finetune.files.whole import write_text
from finetune.language.say import AnyMessage, Message, joined, reason
from finetune.plugins import have
from finetune.report.facts import Facts
from finetune.report.integrated_gradients import MOST_TOKENS, STEPS, Weights, attributions
from finetune.tasks.task import MULTI, NUMBER

KEPT = "attributions.json"
MOST_ERRORS = 30

FIRST_ERRORS = 8
"""Those that the page shows unfolded and `fit` explains; the others wait until somebody asks for the report."""


@dataclass(frozen=True)
class Explained:
    """What weighed how much.

    Attributes:
        weights: By text, its words.
        why: Where there is nothing: `no_captum`, `no_model`, `of_words`, `not_asked`, `two_texts` or `failed`.
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


def explain_errors(facts: Facts, *, most: int, announce: Callable[[int], None]) -> Explained:
    """Returns what weighed in the most confident errors of the part by which the model is judged.

    Args:
        facts: The run.
        most: Of how many of them the user wants to know it.
        announce: Called with the number of texts before it takes long.
    """
    if facts.answers is None or facts.last_part is None:
        return Explained()
    if facts.of_words:
        return Explained(why="of_words")
    if not most:
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
    return explain(facts.folder, errors["text"].tolist(), outputs, most=most, announce=announce)


def explain(
    folder: Path,
    texts: Sequence[str],
    predicted: Sequence[str],
    *,
    most: int = MOST_ERRORS,
    announce: Callable[[int], None] = lambda count: None,
) -> Explained:
    """Returns what weighed in each text for the class that was answered, from the kept file where it is still true.

    What the file lacks is computed.

    Args:
        folder: The run folder.
        texts: The texts.
        predicted: The class that was answered to each.
        most: Of how many texts it has to be known, from the first on.
        announce: Called with the number of texts before it takes long.
    """
    model = folder / "model"
    kept = folder / KEPT
    key = fingerprint(model, texts, predicted)
    known = _kept(kept, key)
    asked = list(zip(texts, predicted, strict=True))[:most]
    missing = [(text, answer) for text, answer in asked if text not in known]
    if not missing:
        return Explained(known)
    if not (model / "config.json").is_file():
        return Explained(why="no_model")
    if not have("captum"):
        return Explained(known) if known else Explained(why="no_captum")
    announce(len(missing))
    new_texts, answers = zip(*missing, strict=True)
    try:
        # fewer than the texts where the time was up
        weights = {**known, **dict(zip(new_texts, attributions(model, new_texts, answers), strict=False))}
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
        return Explained(known) if known else Explained(why="failed", error=_why(error))
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


def _kept(file: Path, key: str) -> dict[str, Weights]:
    """Returns what was computed before of the same answers."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if content["key"] != key:
            return {}
        return {
            str(text): [(int(begin), int(end), float(weight)) for begin, end, weight in words]
            for text, words in content["weights"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
