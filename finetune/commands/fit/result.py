"""What is known of a trained run and kept of it: `metrics.json`, `predictions.csv`. Measures and shows nothing."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lightning.pytorch import Trainer

from callbacks.overfitting_watch import OverfittingWatch
from finetune.data.module import TextData
from finetune.evaluation import beside_baselines, confidence
from finetune.evaluation.answering import Answering
from finetune.evaluation.answers import Answers, joined, write_answers
from finetune.evaluation.baselines import FROZEN, how_it_answers
from finetune.evaluation.choosing import Heard
from finetune.evaluation.measured import Measured
from finetune.evaluation.merged import Merged
from finetune.model.classifier import TextClassifier
from finetune.runs.adapted import record_of
from finetune.runs.folder import PREDICTIONS
from finetune.runs.metrics_file import keep_metrics
from finetune.runs.saved import step_of
from finetune.runs.seeds import is_averaged
from finetune.runs.versions import versions
from finetune.tasks.calibration import Calibration
from finetune.tasks.task import Floats, Targets, Task


@dataclass
class Result:
    """What is known of a run that has been trained; it grows until all is told.

    Attributes:
        folder: The run folder.
        found: What the run answers to each part.
        content: What `metrics.json` says.
        answers: What `predictions.csv` says, by part.
    """

    folder: Path
    found: list[Measured]
    content: dict[str, Any]
    answers: list[Answers]

    def keep(self) -> None:
        """Writes `metrics.json` and `predictions.csv`; the run counts as unfinished, for what follows may fail."""
        keep_metrics(self.folder, self.content, finished=False)
        if self.answers:
            write_answers(self.folder / PREDICTIONS, joined(self.answers))

    def finish(self) -> None:
        """Writes `metrics.json`, the last of all files: now the run has finished."""
        keep_metrics(self.folder, self.content, finished=True)


@dataclass(frozen=True)
class Compared:
    """The model beside simple ones, on each part of which it saw all rows."""

    rows: beside_baselines.Labelled
    beside: dict[str, beside_baselines.Beside]
    compared: dict[str, dict[str, beside_baselines.Comparison]]
    predicted: dict[str, Targets]


def result_of(
    trainer: Trainer,
    model: TextClassifier,
    data: TextData,
    *,
    found: list[Measured],
    how: Answering,
    heard: Heard | None,
    mix: float | str,
    best: str | None,
    folder: Path,
    merged: Merged | None = None,
) -> Result:
    """Returns what the run says of itself before anything stands beside it."""
    seed, task = data.division.seed, model.task
    said = {} if heard is None else heard.said
    adapted = record_of(model.hparams["name"])
    answers = [how.measured(each, said.get(each.part)) for each in found]
    content = {
        "model": model.hparams["name"],
        "task": task.name,
        "problem_type": task.problem_type,
        "ranked_by": task.score,
        "best_checkpoint": Path(best).name if best else None,
        "best_step": step_of(best),
        **{each.part: each.report(how.calibration, seed=seed) for each in answers},
        **confidence.record(how.calibration, answers),
        **parts_of_answer(found, model, how, heard, asked=mix, seed=seed),
        **curves(trainer),
        **({} if is_averaged(folder) else untrained(trainer, model)),
        **({} if adapted is None else {"adapted": adapted}),
        **({} if merged is None else {"lora": model.hparams["lora"], "merged": asdict(merged)}),
        "versions": versions(),
    }
    return Result(folder, answers, content, [each.answers(data, how.calibration) for each in answers])


NOT_ALONE = {"per_class", "confusion_matrix"}
"""What of a report is kept of the answer, and not of its parts alone."""


def parts_of_answer(
    found: Sequence[Measured],
    model: TextClassifier,
    how: Answering,
    heard: Heard | None,
    *,
    asked: float | str,
    seed: int,
) -> dict[str, Any]:
    """Returns what words have of the answer, and what the network and words reach alone; nothing where they have none.

    Args:
        found: What the network says of each part.
        model: Calibrated as its network alone is: so it is exported.
        how: How the run answers.
        heard: What words say of each part; None where they were not asked.
        asked: What words were to have of the answer.
        seed: Of what is drawn.
    """
    if how.words is None or heard is None:
        weighed = asked == "auto" and any(each.part == "validation" for each in found)
        return {"mix": asdict(how.mix)} if weighed else {}
    network, words = {}, {}
    for each in found:
        report = each.report(model.calibration, seed=seed)
        network[each.part] = {name: value for name, value in report.items() if name not in NOT_ALONE}
        said, of_words = heard.said[each.part], how_it_answers(heard.baseline.model)
        words[each.part] = scored(each.task, each.truth, said, how=of_words, seed=seed)
    return {"mix": asdict(how.mix), "alone": {"network": network, "words": words}}


def scored(task: Task, truth: Targets, answers: Floats, *, how: Calibration, seed: int) -> dict[str, Any]:
    """Returns the scores of answers [N, C] with their intervals, as those of a baseline are kept."""
    predicted = task.answer(answers, how).predicted
    intervals = task.intervals(truth, predicted, answers.shape[1], seed=seed)
    return {**task.scores(truth, predicted), "intervals": intervals}


def stand_beside(
    result: Result,
    model: TextClassifier,
    data: TextData,
    baselines: Sequence[str],
    *,
    how: Answering,
    heard: Heard | None,
    of_encoder: beside_baselines.Beside | None,
) -> Compared | None:
    """Puts simple models beside the trained one and keeps what they say; None where there is nothing to compare.

    Args:
        result: What is known of the run; what they say is added.
        model: What was trained.
        data: What on.
        baselines: Their names.
        how: How the run answers.
        heard: Words, where they have learned already.
        of_encoder: What the frozen encoder says, where it was asked.
    """
    complete = [each for each in result.found if each.complete]
    predicted = {each.part: each.answer(how.calibration).predicted for each in complete}
    if not (baselines and predicted):
        return None
    rows = beside_baselines.labelled(data.rows, model.hparams["labels"], data.division.seed)
    others = [name for name in baselines if name != FROZEN]
    learned = [] if heard is None else [heard.baseline]
    beside = beside_baselines.stand_beside(rows, others, learned=learned)
    if of_encoder is not None:
        beside[FROZEN] = of_encoder
    compared = beside_baselines.compare(rows, beside, predicted)
    said = beside_baselines.answers(beside)
    result.answers = [
        of.with_baselines(said[each.part], each.index)
        for of, each in zip(result.answers, result.found, strict=True)
    ]
    result.content |= beside_baselines.record(rows, beside, compared)
    result.keep()
    return Compared(rows, beside, compared, predicted)


def untrained(trainer: Trainer, model: TextClassifier) -> dict[str, Any]:
    """Returns what the network's last step began as, where no step was taken after that: it is the whole model."""
    if trainer.global_step or model.started is None:
        return {}
    return {"untrained": {"rows": model.started.rows, "seconds": round(model.started.seconds, 3)}}


def curves(trainer: Trainer) -> dict[str, Any]:
    """Returns the curves of training and validation and what they say, where they were watched."""
    for callback in trainer.callbacks:  # type: ignore[attr-defined]
        if isinstance(callback, OverfittingWatch) and callback.record():
            return {"training": callback.record()}
    return {}
