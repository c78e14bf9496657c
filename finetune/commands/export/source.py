"""What is exported: a finished run, its network, its held-out rows as they are kept. Writes and measures nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from finetune.data.reading.made_texts import BESIDE
from finetune.errors import ConfigError
from finetune.evaluation.answer_file import MIXED, kept_answering
from finetune.evaluation.answering import Answering
from finetune.evaluation.answers import Answers, kept_task, read_answers
from finetune.language.say import Message
from finetune.report.facts import Facts, gather
from finetune.runs.damaged import TRAIN_ANEW
from finetune.runs.finished import unfinished
from finetune.runs.folder import METRICS, MODEL, PREDICTIONS, RunFolder
from finetune.runs.tidied import is_tidied
from finetune.tasks.calibration import KEY, Calibration
from finetune.tasks.task import Targets, Task

Row = dict[str, str]
"""A row as it is asked: its `text`, and where rows have two its `pair`."""


@dataclass(frozen=True)
class Source:
    """A finished run.

    Attributes:
        run: Its folder.
        facts: What it says of itself.
        answers: Its rows of validation and test, with their texts and labels.
        answer: Who answers, a word of `--answer`.
    """

    run: Path
    facts: Facts
    answers: Answers
    answer: str = MIXED

    @property
    def model(self) -> Path:
        """The network as `fit` has exported it."""
        return self.run / MODEL

    @cached_property
    def task(self) -> Task:
        """What is asked; of a function of somebody's own what is known of its problem, by the function's name."""
        found = kept_task(self.facts.metrics)
        return replace(found, name=str(self.facts.metrics.get("task") or found.name))

    @cached_property
    def labels(self) -> list[str]:
        """Names of the network's outputs."""
        return named(self.facts.model_config)

    @property
    def calibration(self) -> Calibration:
        """How the network's logits become an answer."""
        return Calibration(**(self.facts.model_config.get(KEY) or {}))

    @cached_property
    def answering(self) -> Answering:
        """How the run answers: with words beside its network, where they have a say and nobody asks for it alone."""
        return kept_answering(self.run, self.answer) or Answering(self.calibration)

    @property
    def is_of_pairs(self) -> bool:
        """Whether a row has two texts."""
        return self.facts.setting("data", "text_pair_column") is not None

    @cached_property
    def rows(self) -> list[Row]:
        """The held-out rows as they are asked."""
        return asked(self.answers.frame["text"].tolist(), pairs=self.is_of_pairs)

    @property
    def unclear(self) -> int:
        """Rows of which it is not certain where the second text begins: what joins them stands in one, too."""
        return (
            sum(text.count(BESIDE) > 1 for text in self.answers.frame["text"].tolist())
            if self.is_of_pairs
            else 0
        )

    @cached_property
    def truth(self) -> Targets:
        """Targets of these rows."""
        return self.answers.truth

    def of(self, part: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Returns which of these rows are of a part. [N]"""
        return (self.answers.frame["split"] == part).to_numpy()


def named(config: dict[str, Any]) -> list[str]:
    """Returns the names of the outputs that a model's `config.json` has."""
    names = config.get("id2label") or {}
    return [str(names[key]) for key in sorted(names, key=int)]


def asked(texts: Sequence[str], *, pairs: bool) -> list[Row]:
    """Returns kept texts as they are asked: of pairs both, which are kept as one.

    Where what joins them stands in a text itself, the second one begins behind the first of these.
    """
    if not pairs:
        return [{"text": text} for text in texts]
    return [
        {"text": first, "pair": second} for first, _, second in (text.partition(BESIDE) for text in texts)
    ]


def source_of(run: Path, *, answer: str = MIXED) -> Source:
    """Returns a run to export.

    Args:
        run: Its folder.
        answer: Who answers, a word of `--answer`.

    Raises:
        ConfigError: if it has not finished, or something of it is missing.
        DataError: if its predictions are damaged.
    """
    folder = RunFolder(run)
    if not folder.finished():
        raise unfinished(run)
    if not (run / MODEL / "config.json").is_file():
        if is_tidied(run):
            raise ConfigError(
                "{run} has no {model}/ any more, which is what is exported. {remedy}",
                run=run,
                model=MODEL,
                remedy=TRAIN_ANEW,
            )
        raise ConfigError(
            "{run} has no {model}/ any more, which is what is exported. Put a copy of it back; or remove {metrics} "
            "there, and it is made again:\n  finetune fit --run {run} --resume",
            run=run,
            model=MODEL,
            metrics=METRICS,
        )
    if not (run / PREDICTIONS).is_file():
        raise ConfigError(
            "{run} has no {file}: no rows were held out by which an export could be proved. Train with "
            "--data.validation_fraction or --data.test_fraction above 0.",
            run=run,
            file=PREDICTIONS,
        )
    metrics = folder.metrics()
    source = Source(run, gather(run), read_answers(run / PREDICTIONS, metrics), answer)
    if not len(source.answers.frame):
        if is_tidied(run):
            raise ConfigError(
                "{file} has no rows by which an export could be proved. {remedy}",
                file=run / PREDICTIONS,
                remedy=TRAIN_ANEW,
            )
        raise ConfigError(
            "{file} has no rows by which an export could be proved. Remove {metrics} beside it, and the run is "
            "measured again:\n  finetune fit --run {run} --resume",
            file=run / PREDICTIONS,
            metrics=METRICS,
            run=run,
        )
    check_outputs(source)
    return source


def check_outputs(source: Source) -> None:
    """Refuses a model that is another than the one whose answers were kept.

    Raises:
        ConfigError: if it has other outputs.
    """
    names, kept = source.labels, source.answers.labels
    same = len(names) == 1 if source.task.right is None else names == kept
    if not same:
        raise ConfigError(
            "the model in {model} answers with {names}, and the rows of {file} with {kept}: it is not the run's own. "
            "Put that back, or train anew.",
            model=source.model,
            names=", ".join(names) or Message("nothing"),
            file=PREDICTIONS,
            kept=", ".join(kept),
        )
