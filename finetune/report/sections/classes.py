"""The classes one by one: which are taken for which, and how well each is found."""

from dataclasses import replace
from typing import Any

import numpy as np

from finetune.language.numbers import NOTHING, count, number, percent
from finetune.language.which import Language
from finetune.report.blocks import Block, Columns, Fold, Grid, Pictures, Section, Text
from finetune.report.facts import Facts
from finetune.report.figures import class_bars, confusion_matrix, pr_curves
from finetune.report.figures.classes import MOST_LABELS, NAMES_UP_TO, SHARES_UP_TO
from finetune.report.figures.drawing import to_svg
from finetune.report.words import WORDS, Words

SAYS: Words = {
    "en": {
        "confusion": "Which classes are confused",
        "confusion_how": (
            "Each row is a true class, each column an answer. On the diagonal the model is right; elsewhere it takes "
            "the class of the row for the one of the column. Shades and percentages are shares of the row."
        ),
        "numbered": "The columns carry the numbers that stand beside the names of the rows.",
        "unlabelled": "With {count} classes there is no room for names: the most frequent confusions are in the table.",
        "matrix": "Confusion matrix, {part}.",
        "frequent": "Most frequent confusions",
        "is": "true class",
        "answered": "answered",
        "of_class": "of the class",
        "no_confusion": "The model confused no two classes.",
        "classes": "How well each class is found",
        "classes_how": (
            "Precision: how often an answer with this class is right. Recall: how many rows of this class are found. "
            "F1 is a mean of the two. With few rows the numbers are rough."
        ),
        "bars": "The least well found first.",
        "worst": "The {shown} of {all} classes that are found least well.",
        "table": "All numbers",
        "pr": "Precision against recall",
        "pr_line": (
            "The further a curve reaches into the upper right corner, the better. The most frequent classes, ten at "
            "most."
        ),
        "precision": "precision",
        "recall": "recall",
    },
    "pt": {
        "confusion": "Quais classes são confundidas",
        "confusion_how": (
            "Cada linha é uma classe verdadeira; cada coluna, uma resposta. Na diagonal o modelo acerta; fora dela, "
            "toma a classe da linha pela da coluna. Os tons e as porcentagens são parcelas da linha."
        ),
        "numbered": "As colunas trazem os números que estão ao lado dos nomes das linhas.",
        "unlabelled": "Com {count} classes não há lugar para os nomes: as confusões mais frequentes estão na tabela.",
        "matrix": "Matriz de confusão, {part}.",
        "frequent": "Confusões mais frequentes",
        "is": "classe verdadeira",
        "answered": "resposta",
        "of_class": "da classe",
        "no_confusion": "O modelo não confundiu classe alguma.",
        "classes": "Com que qualidade cada classe é encontrada",
        "classes_how": (
            "Precisão: quantas respostas com esta classe estão certas. Revocação: quantas linhas da classe são "
            "achadas. O F1 é uma média das duas. Com poucas linhas, os números são aproximados."
        ),
        "bars": "As mais difíceis primeiro.",
        "worst": "As {shown} classes mais difíceis, de {all}.",
        "table": "Todos os números",
        "pr": "Precisão e revocação",
        "pr_line": (
            "Quanto mais a curva chega ao canto superior direito, melhor. As classes mais frequentes, no máximo dez."
        ),
        "precision": "precisão",
        "recall": "revocação",
    },
}

SHOWN_CONFUSIONS, FEW_CONFUSIONS, MOST_BARS = 20, 8, 40


def confusion_section(facts: Facts, language: Language) -> Section:
    """Returns the matrix and the most frequent confusions."""
    says, words, part = SAYS[language], WORDS[language], facts.last_part
    if part is None:
        return Section("confusion", says["confusion"], "", [Text(words["no_metrics"], "quiet")])
    recorded: dict[str, Any] = facts.parts[part]["confusion_matrix"]
    matrix = np.asarray(recorded["rows_true_columns_predicted"], dtype=np.int64)
    labels = [str(label) for label in recorded["labels"]]
    line = says["matrix"].format(part=words[f"on_{part}"])
    if len(labels) > MOST_LABELS:
        line = f"{line} {says['unlabelled'].format(count=count(len(labels), language))}"
    elif len(labels) > NAMES_UP_TO:
        line = f"{line} {says['numbered']}"
    svg = to_svg(confusion_matrix(matrix, labels, language=language), "confusion", alt=line)
    picture, grid = Pictures([(svg, line)]), frequent(matrix, labels, language)
    blocks: list[Block] = [picture]
    if grid is None:
        blocks.append(Text(says["no_confusion"], "good"))
    elif SHARES_UP_TO < len(labels) <= MOST_LABELS:  # the matrix takes the whole width
        blocks.append(Fold(says["frequent"], [grid]))
    else:
        short = grid if len(labels) > MOST_LABELS else replace(grid, rows=grid.rows[:FEW_CONFUSIONS])
        blocks = [Columns([[picture], [Text(says["frequent"], "lead"), short]])]
    return Section("confusion", says["confusion"], says["confusion_how"], blocks)


def frequent(matrix: Any, labels: list[str], language: Language) -> Grid | None:
    """Returns the most frequent confusions, the worst first; None where there are none."""
    says, words = SAYS[language], WORDS[language]
    wrong = matrix * (1 - np.eye(len(labels), dtype=np.int64))
    order = np.argsort(-wrong, axis=None, kind="stable")[:SHOWN_CONFUSIONS]
    pairs = [divmod(int(place), len(labels)) for place in order if wrong.flat[place]]
    rows = [
        (
            labels[true],
            labels[answer],
            count(int(wrong[true, answer]), language),
            percent(wrong[true, answer] / matrix[true].sum(), language, digits=0),
        )
        for true, answer in pairs
    ]
    header = (says["is"], says["answered"], words["rows"], says["of_class"])
    return Grid(header, rows, numbers=(2, 3)) if rows else None


def section(facts: Facts, language: Language) -> Section:
    """Returns bars, table, and curves of precision against recall."""
    says, words, part = SAYS[language], WORDS[language], facts.last_part
    if part is None:
        return Section("classes", says["classes"], "", [Text(words["no_metrics"], "quiet")])
    per_class: dict[str, dict[str, Any]] = facts.parts[part]["per_class"]
    order = sorted(per_class, key=lambda label: per_class[label]["f1"] or 0.0)
    values = {
        name: [float(per_class[label][name] or 0.0) for label in order[:MOST_BARS]]
        for name in ("f1", "precision", "recall")
    }
    figure = class_bars(
        order[:MOST_BARS],
        values["f1"],
        precision=values["precision"],
        recall=values["recall"],
        language=language,
    )
    line = says["bars"]
    if len(order) > MOST_BARS:
        line = says["worst"].format(shown=MOST_BARS, all=count(len(order), language))
    pictures = [(to_svg(figure, "bars", alt=says["classes"]), line)]
    if facts.answers is not None:
        answers = facts.answers.part(part)
        if len(answers.frame):
            figure = pr_curves(answers.probabilities, answers.truth, labels=answers.labels, language=language)
            pictures.append((to_svg(figure, "pr", alt=says["pr"]), says["pr_line"]))
    rows = [
        [
            label,
            *(number(row.get(name), language) for name in ("precision", "recall", "f1")),
            count(int(row["support"]), language) if row.get("support") is not None else NOTHING,
        ]
        for label, row in per_class.items()
    ]
    grid = Grid(
        [words["class"], says["precision"], says["recall"], "F1", words["rows"]], rows, numbers=range(1, 5)
    )
    return Section(
        "classes", says["classes"], says["classes_how"], [Pictures(pictures), Fold(says["table"], [grid])]
    )
