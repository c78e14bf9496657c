"""What follows training: measuring the best model, exporting it, and showing the result. Trains nothing."""

import json
import math
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import Logger, TensorBoardLogger

from callbacks.best_checkpoint import BestCheckpoint
from callbacks.overfitting_watch import OverfittingWatch
from callbacks.saving.sharded_checkpoint import facts_file
from finetune import __version__
from finetune.data.checks.doctor import examine
from finetune.data.checks.told import added, show_examples
from finetune.data.module import TextData
from finetune.evaluation import beside_baselines, confidence
from finetune.evaluation.answers import Answers, joined, write_answers
from finetune.evaluation.confidence import calibration_of
from finetune.evaluation.label_errors import AFTER_TRAINING
from finetune.evaluation.measured import STAGES, Measured, measure
from finetune.evaluation.printed import show, show_confidence, show_next_steps
from finetune.files.whole import may_be_replaced, write_text
from finetune.language.which import language
from finetune.model.classifier import TextClassifier
from finetune.model.network import quiet
from finetune.model.sharding import whole_weights
from finetune.report import board
from finetune.runs.folder import DATA_REPORT, METRICS, MODEL, PREDICTIONS, REPORT, UNFINISHED
from finetune.runs.logger import RunLogger
from finetune.runs.versions import versions


def finish_fit(
    trainer: Trainer,
    model: TextClassifier,
    data: TextData,
    *,
    baselines: Sequence[str] = (),
    wanted_precision: float | None = None,
    write_report: bool = False,
) -> None:
    """Measures and calibrates the best checkpoint, keeps what it says in the run folder, and shows it.

    Every process takes part; rank zero writes.

    Args:
        trainer: The one that trained.
        model: What it trained.
        data: What it trained on.
        baselines: Simple models to measure beside it.
        wanted_precision: Share of right answers for which a confidence is looked for, below which it abstains.
        write_report: Whether to write the page about the run and the card of its model.
    """
    folder = Path(trainer.log_dir or trainer.default_root_dir)
    logger, best = trainer.logger, best_checkpoint(trainer)
    # the curves end with the training: a point measured afterwards would look like one more epoch
    trainer.loggers = []
    found = measure_parts(trainer, model, data, checkpoint=best, wanted_precision=wanted_precision)
    assert model.network is not None
    weights = whole_weights(model.network)  # on every process
    if not trainer.is_global_zero:
        return
    export(folder / MODEL, model, data, weights=weights)
    content = {
        "model": model.hparams["name"],
        "best_checkpoint": Path(best).name if best else None,
        "best_step": step_of(best),
        **{each.part: each.report(model, seed=data.division.seed) for each in found},
        **confidence.record(model.calibration, found),
        **curves(trainer),
        "versions": versions(),
    }
    answers = [each.answers(data, model) for each in found]
    keep(folder, content | {UNFINISHED: True}, answers)  # whatever a baseline of the user's own does
    complete = {each.part: each.predicted for each in found if each.complete}
    if baselines and complete:
        rows = beside_baselines.labelled(data.rows, model.hparams["labels"], data.division.seed)
        beside = beside_baselines.stand_beside(rows, baselines)
        compared = beside_baselines.compare(rows, beside, complete)
        said = beside_baselines.answers(beside)
        answers = [
            of.with_baselines(said[each.part], each.index) for of, each in zip(answers, found, strict=True)
        ]
        content |= beside_baselines.record(rows, beside, compared)
        keep(folder, content | {UNFINISHED: True}, answers)
    if logger is not None:
        log_final(logger, content, answers, trainer=trainer, model=model, data=data)
    in_fold = data.division.fold is not None  # finetune crossval says what follows, of all folds together
    if not in_fold:
        look_for_label_errors(folder / DATA_REPORT, data)
    for each in found:
        show(content[each.part], part=each.part, details=each is found[-1] and not in_fold)
    if in_fold:
        write_text(folder / METRICS, to_json(content))
        return
    show_confidence(content)
    if baselines and complete:
        last = list(complete)[-1]
        beside_baselines.show(rows, beside, last, predicted=complete[last], compared=compared[last])
    if write_report and may_be_replaced(folder / REPORT):
        from finetune.report.publish import publish  # it draws: not before there is something to draw

        publish(folder, folder / REPORT, explained=True, version=__version__)
    write_text(folder / METRICS, to_json(content))  # the last of all files: now the run has finished
    events = isinstance(logger, RunLogger) and logger.events
    show_next_steps(folder, model, measurable=best is not None, curves=events)


def measure_parts(
    trainer: Trainer,
    model: TextClassifier,
    data: TextData,
    *,
    checkpoint: str | None,
    wanted_precision: float | None,
) -> list[Measured]:
    """Returns what the model says of the validation rows, by which it is calibrated, and of the test rows."""
    found: list[Measured] = []
    limits = {"validation": trainer.limit_val_batches, "test": trainer.limit_test_batches}
    for part in STAGES:
        if part in data.parts and limits[part]:
            found.append(measure(trainer, model, data, part, checkpoint=checkpoint))
        if part == "validation" and found:
            model.calibrate(calibration_of(found[0], wanted_precision))
    return found


def keep(folder: Path, content: dict[str, Any], answers: Sequence[Answers]) -> None:
    """Writes `metrics.json` and `predictions.csv` into a run folder."""
    write_text(folder / METRICS, to_json(content))
    if answers:
        write_answers(folder / PREDICTIONS, joined(answers))


def log_final(
    logger: Logger,
    content: dict[str, Any],
    answers: Sequence[Answers],
    *,
    trainer: Trainer,
    model: TextClassifier,
    data: TextData,
) -> None:
    """Logs hyper-parameters with the final scores, and to TensorBoard the pictures of each part; closes the logger."""
    # not under `val/`: there they would look like one more epoch of the curves
    scores = {
        f"final/{each.split}_{name}": content[each.split][name]
        for each in answers
        for name in ("f1_macro", "accuracy", "mcc", "log_loss", "ece")
    }
    logger.log_hyperparams(hyperparameters(trainer, model, data), scores, trainer.global_step)
    if isinstance(logger, TensorBoardLogger):
        for each in answers:
            report, step = content[each.split], trainer.global_step
            board.add_answers(logger.experiment, each, report, step=step, language=language())
    logger.save()
    logger.finalize("success")


def look_for_label_errors(report: Path, data: TextData) -> None:
    """Shows the rows whose label is most likely wrong, and adds them to the report of the data, where there is one."""
    if not report.is_file():
        return
    examined = data.examined()
    findings = examine(examined, AFTER_TRAINING)
    write_text(report, added(report.read_text(encoding="utf-8"), findings, examined))
    for finding in findings:
        show_examples(finding, language=language())


def to_json(content: dict[str, Any]) -> str:
    """Returns JSON that every reader takes: a loss that became NaN or infinite is null."""

    def finite(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: finite(item) for key, item in value.items()}
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return json.dumps(finite(content), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def step_of(checkpoint: str | None) -> int | None:
    """Returns after how many steps a checkpoint was written."""
    if checkpoint is None:
        return None
    facts = facts_file(Path(checkpoint))
    return int(torch.load(facts, weights_only=True, map_location="cpu", mmap=True)["global_step"])


def best_checkpoint(trainer: Trainer) -> str | None:
    """Returns the best checkpoint's path; None where none was kept: then the last weights are the model."""
    kept = [
        callback
        for callback in trainer.checkpoint_callbacks
        if isinstance(callback, ModelCheckpoint) and callback.best_model_path and callback.monitor
    ]
    kept.sort(key=lambda callback: not isinstance(callback, BestCheckpoint))  # ours before the user's own
    return kept[0].best_model_path if kept else None


def curves(trainer: Trainer) -> dict[str, Any]:
    """Returns the curves of training and validation and what they say, where they were watched."""
    for callback in trainer.callbacks:  # type: ignore[attr-defined]
        if isinstance(callback, OverfittingWatch) and callback.record():
            return {"training": callback.record()}
    return {}


def hyperparameters(trainer: Trainer, model: TextClassifier, data: TextData) -> dict[str, Any]:
    """Returns what TensorBoard's HParams tab compares between runs."""
    rate, head_rate = model.rates()
    return {
        **{key: value for key, value in model.hparams.items() if key != "labels"},
        "learning_rate": rate,
        "head_learning_rate": head_rate,
        "effective_batch_size": data.effective_batch_size,
        "max_epochs": trainer.max_epochs,
        "train_rows": data.train_rows,
        "precision": str(trainer.precision),
    }


def export(folder: Path, model: TextClassifier, data: TextData, *, weights: dict[str, torch.Tensor]) -> None:
    """Writes the model as a Hugging Face folder that plain transformers opens; replaces an older one whole.

    Args:
        folder: Where it goes.
        model: The model.
        data: With its tokenizer.
        weights: Of the network, in one piece.
    """
    assert model.network is not None
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".model."))
    with quiet():
        model.network.save_pretrained(temporary, state_dict=weights)
    data.tokenizer.save_pretrained(temporary)
    for file in [temporary, *temporary.iterdir()]:
        file.chmod(0o755 if file.is_dir() else 0o644)  # made in private, meant to be read by others
    shutil.rmtree(folder, ignore_errors=True)
    temporary.replace(folder)
