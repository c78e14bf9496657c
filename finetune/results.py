"""What follows training: measuring the best model, exporting it, and showing the result. Trains nothing."""

import json
import math
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lightning.pytorch import Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from callbacks.best_checkpoint import BestCheckpoint
from callbacks.overfitting_watch import OverfittingWatch
from finetune import confidence, yardstick
from finetune.abstention import FEWEST, choose_threshold
from finetune.answers import joined, read_answers, write_answers
from finetune.baseline import Integers
from finetune.confidence import calibration_of
from finetune.data.checks.doctor import AFTER_TRAINING, examine
from finetune.data.checks.report import added, show_examples
from finetune.data.module import TextData
from finetune.errors import ConfigError
from finetune.evaluation import STAGES, Measured, measure, measured
from finetune.language import language
from finetune.model.calibration import Calibration
from finetune.model.classifier import TextClassifier
from finetune.model.network import quiet
from finetune.runs import DATA_REPORT, METRICS, MODEL, PREDICTIONS
from finetune.writing import write_text

WORDS = {
    "en": {
        "validation": "validation",
        "test": "test",
        "class": "class",
        "precision": "precision",
        "recall": "recall",
        "rows": "rows",
        "accuracy": "accuracy",
        "run": "run folder",
        "look": "look at it",
        "again": "measure again",
        "predict": "label a table",
        "hub": "A hub model such as neuralmind/bert-base-portuguese-cased (--model.name) usually scores better.",
    },
    "pt": {
        "validation": "validação",
        "test": "teste",
        "class": "classe",
        "precision": "precisão",
        "recall": "revocação",
        "rows": "linhas",
        "accuracy": "acurácia",
        "run": "pasta do treino",
        "look": "para ver",
        "again": "medir de novo",
        "predict": "rotular uma tabela",
        "hub": "Um modelo do hub, como neuralmind/bert-base-portuguese-cased (--model.name), costuma acertar mais.",
    },
}


def finish_fit(
    trainer: Trainer,
    model: TextClassifier,
    data: TextData,
    *,
    baselines: Sequence[str] = (),
    wanted_precision: float | None = None,
) -> None:
    """Measures the best checkpoint, calibrates it, writes `metrics.json`, `predictions.csv` and `model/`, shows all.

    Every process takes part; rank zero writes.

    Args:
        trainer: The one that trained.
        model: What it trained.
        data: What it trained on.
        baselines: Simple models to measure beside it.
        wanted_precision: Share of right answers for which a confidence is looked for, below which it abstains.
    """
    folder = Path(trainer.log_dir or trainer.default_root_dir)
    logger, best = trainer.logger, best_checkpoint(trainer)
    step = trainer.global_step
    # the curves end with the training: a point measured afterwards would look like one more epoch
    trainer.loggers = []
    found: list[Measured] = []
    for part in STAGES:
        if part in data.parts:
            found.append(measure(trainer, model, data, part, checkpoint=best))
        if part == "validation" and found:
            model.calibrate(calibration_of(found[0], wanted_precision))
    if not trainer.is_global_zero:
        return
    export(folder / MODEL, model, data)
    labels, calibration, seed = model.hparams["labels"], model.calibration, data.division.seed
    reports = {
        each.part: each.report(labels, temperature=calibration.temperature, seed=seed) for each in found
    }
    content = {
        "model": model.hparams["name"],
        "best_checkpoint": Path(best).name if best else None,
        **reports,
        **(confidence.record(calibration, found) if "validation" in reports else {}),
        **curves(trainer),
    }

    def keep(more: dict[str, Any], of_baselines: Mapping[str, Mapping[str, Integers]]) -> None:
        write_text(folder / METRICS, to_json(content | more))
        answers = [each.answers(data, labels, calibration, of_baselines.get(each.part, {})) for each in found]
        if answers:
            write_answers(folder / PREDICTIONS, joined(answers))

    keep({}, {})  # whatever a baseline of the user's own does
    predicted = {each.part: each.logits.argmax(axis=1) for each in found if each.complete}
    if baselines and predicted:
        rows = yardstick.labelled(data.rows, labels, seed)
        beside = yardstick.stand_beside(rows, baselines)
        compared = yardstick.compare(rows, beside, predicted)
        keep(yardstick.record(rows, beside, compared), yardstick.answers(beside))
    if logger is not None:
        # not under `val/`: there they would look like one more epoch of the curves
        scores = {
            f"final/{part}_{name}": report[name]
            for part, report in reports.items()
            for name in ("f1_macro", "accuracy", "mcc")
        }
        logger.log_hyperparams(hyperparameters(trainer, model, data), scores, step)
        logger.save()
        logger.finalize("success")
    in_fold = data.division.fold is not None  # finetune crossval says what follows, of all folds together
    if not in_fold:
        look_for_label_errors(folder / DATA_REPORT, data)
    for part, report in reports.items():
        show(report, part=part, details=part == list(reports)[-1])
    show_confidence(content)
    if baselines and predicted:
        last = list(predicted)[-1]
        yardstick.show(rows, beside, last, predicted=predicted[last], compared=compared[last])
    if not in_fold:
        show_next_steps(folder, model, measurable=best is not None)


def look_for_label_errors(report: Path, data: TextData) -> None:
    """Shows the rows whose label is most likely wrong, and adds them to the report of the data, where there is one."""
    if not report.is_file():
        return
    examined = data.examined()
    findings = examine(examined, list(AFTER_TRAINING))
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


def export(folder: Path, model: TextClassifier, data: TextData) -> None:
    """Writes the model as a Hugging Face folder that plain transformers opens; replaces an older one whole."""
    assert model.network is not None
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".model."))
    with quiet():
        model.network.save_pretrained(temporary)
    data.tokenizer.save_pretrained(temporary)
    for file in [temporary, *temporary.iterdir()]:
        file.chmod(0o755 if file.is_dir() else 0o644)  # made in private, meant to be read by others
    shutil.rmtree(folder, ignore_errors=True)
    temporary.replace(folder)


def show(report: dict[str, Any], *, part: str, details: bool = True) -> None:
    """Prints one evaluation: a line of single numbers and, with details, a table of the classes."""
    words = WORDS[language()]
    console = Console()
    numbers = (
        f"macro-F1 {report['f1_macro']:.4f}  {words['accuracy']} {report['accuracy']:.4f}  "
        f"MCC {report['mcc']:.4f}  loss {report['loss']:.4f}  ({report['rows']:,} {words['rows']})"
    )
    console.print(f"[bold]{words[part]}[/bold]  {numbers}", highlight=False, soft_wrap=True)
    if details:
        table = RichTable(title=None, header_style="bold")
        table.add_column(words["class"], overflow="fold")
        for column in (words["precision"], words["recall"], "F1", words["rows"]):
            table.add_column(column, justify="right")
        for label, row in report["per_class"].items():
            values = [f"{row[name]:.3f}" for name in ("precision", "recall", "f1")]
            table.add_row(Text(label), *values, str(row["support"]))
        console.print(table)


def asked_for(calibration: Calibration, run: Path | None, wanted_precision: float | None) -> Calibration:
    """Returns a model's calibration with the threshold for another wish than it was trained with.

    Args:
        calibration: The model's own.
        run: Its run folder, where the answers to its validation rows are.
        wanted_precision: The wish; None for the model's own.

    Raises:
        ConfigError: The answers to the validation rows are not there, or reach the wish at no confidence.
    """
    if wanted_precision in (None, calibration.wanted_precision):
        return calibration
    assert wanted_precision is not None
    path = None if run is None else run / PREDICTIONS
    if path is None or not path.is_file():
        raise ConfigError(
            f"--wanted_precision {wanted_precision}: the threshold is chosen by the answers to the run's validation "
            f"rows, and there is no {path or 'run'}. Add --run with a run's folder, or give --abstain_below."
        )
    rows = read_answers(path).part("validation")
    right = rows.predicted == rows.truth
    threshold = choose_threshold(rows.probabilities.max(axis=1), right, wanted_precision)
    if threshold is None:
        raise ConfigError(
            f"--wanted_precision {wanted_precision}: no confidence reaches it on the {len(right)} validation rows with "
            f"at least {FEWEST} answers; all of them together are right in {right.mean():.1%}. Ask for less, "
            "give --abstain_below, or improve the model first."
        )
    return replace(calibration, abstain_below=threshold, wanted_precision=wanted_precision)


def show_measured(model: TextClassifier, data: TextData, part: str, *, calibration: Calibration) -> None:
    """Prints what the evaluation that a model has just gone through tells, as `fit` prints it."""
    found = measured(model, data, part)
    report = found.report(
        model.hparams["labels"], temperature=calibration.temperature, seed=data.division.seed
    )
    show(report, part=part)
    if calibration != Calibration():
        show_confidence(confidence.record(calibration, [found]))


def show_confidence(content: dict[str, Any]) -> None:
    """Prints in words what the confidence is worth, where validation rows could tell."""
    if "calibration" in content:
        console = Console(width=min(80, Console().width))
        for line in confidence.sentences(content, language()):
            console.print(Text(line))


def show_next_steps(folder: Path, model: TextClassifier, *, measurable: bool) -> None:
    """Prints where the run is and what to do with it; measuring and predicting need its best checkpoint."""
    words = WORDS[language()]
    near = os.path.relpath(folder)
    folder_name = near if not near.startswith("..") else str(folder)
    print(f"\n{words['run']}: {folder_name}")
    print(f"{words['look']}: tensorboard --logdir {Path(folder_name).parent}")
    if measurable:
        predict = f"finetune predict --run {folder_name} --data.predict_path novos.csv --output saida.csv"
        print(f"{words['again']}: finetune test --run {folder_name}")
        print(f"{words['predict']}: {predict}")
    if model.hparams["name"] == "embedded":
        print(words["hub"])
