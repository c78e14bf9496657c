"""What is printed of a result, in English or Portuguese: scores, classes, confidence, what to do next."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from finetune.data.module import TextData
from finetune.evaluation import confidence
from finetune.evaluation.measured import measured
from finetune.evaluation.score_names import score_name
from finetune.language.numbers import count, number
from finetune.language.which import language
from finetune.model.calibration import Calibration
from finetune.model.classifier import TextClassifier

WORDS = {
    "en": {
        "validation": "validation",
        "test": "test",
        "class": "class",
        "precision": "precision",
        "recall": "recall",
        "rows": "rows",
        "labelled": "{rows} rows labelled",
        "unsure": ", {rows} of them not sure (confidence below {threshold})",
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
        "labelled": "{rows} linhas rotuladas",
        "unsure": ", {rows} delas sem certeza (confiança abaixo de {threshold})",
        "run": "pasta do treino",
        "look": "para ver",
        "again": "medir de novo",
        "predict": "rotular uma tabela",
        "hub": "Um modelo do hub, como neuralmind/bert-base-portuguese-cased (--model.name), costuma acertar mais.",
    },
}


def show(report: dict[str, Any], *, part: str, details: bool = True) -> None:
    """Prints one evaluation: a line of single numbers and, with details, a table of the classes."""
    words = WORDS[language()]
    console = Console()
    scores = [
        f"{score_name(name, language())} {number(report[name], language(), digits=4)}"
        for name in ("f1_macro", "accuracy", "mcc", "loss")
    ]
    numbers = f"{'  '.join(scores)}  ({count(report['rows'], language())} {words['rows']})"
    console.print(f"[bold]{words[part]}[/bold]  {numbers}", highlight=False, soft_wrap=True)
    if details:
        table = RichTable(title=None, header_style="bold")
        table.add_column(words["class"], overflow="fold")
        for column in (words["precision"], words["recall"], "F1", words["rows"]):
            table.add_column(column, justify="right")
        for label, row in report["per_class"].items():
            values = [number(row[name], language()) for name in ("precision", "recall", "f1")]
            table.add_row(Text(label), *values, count(row["support"], language()))
        console.print(table)


def show_measured(model: TextClassifier, data: TextData, part: str, *, calibration: Calibration) -> None:
    """Prints what the evaluation that a model has just gone through tells, as `fit` prints it, once.

    Every process takes part: the answers are gathered.
    """
    found = measured(model, data, part)
    if model.global_rank > 0:
        return
    show(found.report(model, seed=data.division.seed), part=part)
    if calibration != Calibration():
        show_confidence(confidence.record(calibration, [found]))


def show_confidence(content: dict[str, Any]) -> None:
    """Prints in words what the confidence is worth, where validation rows could tell."""
    if "calibration" in content:
        console = Console(width=min(80, Console().width))
        for line in confidence.sentences(content, language()):
            console.print(Text(line))


def show_predicted(output: Path, confidence: NDArray[np.float64], *, threshold: float | None) -> None:
    """Prints how many rows were labelled, and of how many the model is not sure.

    Args:
        output: The file.
        confidence: [N] of each answer.
        threshold: Below it the model is not sure.
    """
    words = WORDS[language()]
    text = words["labelled"].format(rows=count(len(confidence), language()))
    if threshold:
        unsure = count(int((confidence < threshold).sum()), language())
        text += words["unsure"].format(rows=unsure, threshold=number(threshold, language()))
    print(f"{output}: {text}")


def show_next_steps(folder: Path, model: TextClassifier, *, measurable: bool, curves: bool) -> None:
    """Prints where the run is and what to do with it.

    Args:
        folder: The run folder.
        model: The model.
        measurable: Whether there is the best checkpoint, which measuring and predicting need.
        curves: Whether TensorBoard has something to show.
    """
    words = WORDS[language()]
    near = os.path.relpath(folder)
    folder_name = near if not near.startswith("..") else str(folder)
    print(f"\n{words['run']}: {folder_name}")
    if curves:
        print(f"{words['look']}: tensorboard --logdir {Path(folder_name).parent}")
    if measurable:
        predict = f"finetune predict --run {folder_name} --data.predict_path novos.csv --output saida.csv"
        print(f"{words['again']}: finetune test --run {folder_name}")
        print(f"{words['predict']}: {predict}")
    if model.hparams["name"] == "embedded":
        print(words["hub"])
