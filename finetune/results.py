"""What follows training: measuring the best model, exporting it, and showing the result. Trains nothing."""

import json
import math
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from lightning.pytorch import Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from callbacks.best_checkpoint import BestCheckpoint
from finetune import yardstick
from finetune.data.checks.doctor import AFTER_TRAINING, examine
from finetune.data.checks.report import added, show_examples
from finetune.data.module import TextData
from finetune.language import language
from finetune.model.classifier import TextClassifier
from finetune.model.network import quiet
from finetune.predictions import gather
from finetune.runs import DATA_REPORT, METRICS, MODEL
from finetune.writing import write_text

PARTS = {"val": "validation", "test": "test"}

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
    trainer: Trainer, model: TextClassifier, data: TextData, *, baselines: Sequence[str] = ()
) -> None:
    """Measures the best checkpoint, writes `metrics.json` and `model/`, logs the hyper-parameters, shows all.

    Every process takes part; rank zero writes.

    Args:
        trainer: The one that trained.
        model: What it trained.
        data: What it trained on.
        baselines: Simple models to measure beside it.
    """
    folder = Path(trainer.log_dir or trainer.default_root_dir)
    logger, best = trainer.logger, best_checkpoint(trainer)
    step = trainer.global_step
    # the curves end with the training: a point measured afterwards would look like one more epoch
    trainer.loggers = []
    reports, predicted = measure(trainer, model, data, best)
    if not trainer.is_global_zero:
        return
    export(folder / MODEL, model, data)
    content = {
        "model": model.hparams["name"],
        "best_checkpoint": Path(best).name if best else None,
        **reports,
    }
    write_text(folder / METRICS, to_json(content))  # kept, whatever a baseline of the user's own does
    if baselines and predicted:
        rows = yardstick.labelled(data.rows, model.hparams["labels"], data.division.seed)
        found = yardstick.stand_beside(rows, baselines)
        compared = yardstick.compare(rows, found, predicted)
        write_text(folder / METRICS, to_json(content | yardstick.record(rows, found, compared)))
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
    if baselines and predicted:
        last = list(predicted)[-1]
        yardstick.show(rows, found, last, predicted=predicted[last], compared=compared[last])
    if not in_fold:
        show_next_steps(folder, model, measurable=best is not None)


def measure(
    trainer: Trainer, model: TextClassifier, data: TextData, best: str | None
) -> tuple[dict[str, dict[str, Any]], dict[str, NDArray[np.int64]]]:
    """Returns the report of each part, and the answers [M] to its rows where all of them were measured.

    Args:
        trainer: The one that trained.
        model: What it trained.
        data: What it trained on.
        best: The checkpoint to measure; None for the weights as they are.
    """
    loaded: dict[str, Any] = {"ckpt_path": best, "weights_only": True} if best else {}
    reports, predicted = {}, {}
    for stage, part in PARTS.items():
        if part not in data.parts:
            continue
        evaluate = trainer.validate if stage == "val" else trainer.test
        model.answers = []
        evaluate(model, datamodule=data, verbose=False, **loaded)
        reports[part] = model.reports[stage]
        rows, probabilities = gather(model.answers)
        if len(rows) == len(data.parts[part]):  # with limit_test_batches not all are
            predicted[part] = probabilities.argmax(axis=1)
    model.answers = None
    return reports, predicted


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
