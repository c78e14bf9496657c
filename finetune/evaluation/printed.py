"""What is printed of a result: scores, classes, confidence, what to do next."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table as RichTable
from rich.text import Text

from finetune.data.reading.sums import among
from finetune.evaluation import confidence, off_by
from finetune.evaluation.answering import Answering
from finetune.evaluation.measured import Measured, measured
from finetune.evaluation.score_names import meant, score_name, score_value
from finetune.evaluation.together import sentence
from finetune.evaluation.trained_on import kept_texts
from finetune.files.near import near
from finetune.language.console import new_console
from finetune.language.numbers import count, number, rows
from finetune.language.parts import part_name
from finetune.language.say import AnyMessage, Message, joined, say
from finetune.language.say import show as tell
from finetune.language.typed import command_line
from finetune.tasks.calibration import Calibration
from finetune.tasks.table import SINGLE_LABEL
from finetune.tasks.task import MULTI, Booleans, Task

if TYPE_CHECKING:  # Lightning
    from finetune.data.module import TextData
    from finetune.model.classifier import TextClassifier


def show(report: dict[str, Any], task: Task, *, part: AnyMessage | str, details: bool = True) -> None:
    """Prints one evaluation: a line of single numbers and, with details, what is known of each class or label.

    Args:
        report: The scores.
        task: What was asked.
        part: The name of the part, or what else the rows are called.
        details: Whether what is known of each class is shown.
    """
    title = part_name(part) if isinstance(part, str) else str(part)
    console = new_console()
    scores = [
        f"{score_name(name)} {score_value(name, report[name], digits=4)}"
        for name in (*task.compared, "loss")
        if name != "loss" or name in report
    ]
    line = "  ".join([title, *scores, f"({rows(report['rows'])})"])
    if task.name != SINGLE_LABEL:  # whose three scores fit, and are read by programs
        items = [f"{title}  {scores[0]}", *scores[1:], f"({rows(report['rows'])})"]
        line = in_lines(items, width=min(80, console.width))
    reached = Text(line)
    reached.stylize("bold", 0, len(title))
    console.print(reached, soft_wrap=True)
    if details:
        several = task.problem_type == MULTI
        explained = [meant(task)]
        if "per_class" in report:
            console.print(class_table(report["per_class"], several=several))
            explained.insert(0, str(LABELS_MEANT if several else CLASSES_MEANT))
        for told in off_by.sentences(report):
            console.print(Text(str(told)), width=min(80, console.width))
        for text in explained:
            console.print(Text(text, style="dim"), width=min(80, console.width))


def in_lines(items: Sequence[str], *, width: int) -> str:
    """Returns what stands side by side in lines that fit, none of it torn apart."""
    lines = [items[0]]
    for item in items[1:]:
        joined = f"{lines[-1]}  {item}"
        lines[-1:] = [joined] if len(joined) <= width else [lines[-1], f"  {item}"]
    return "\n".join(lines)


CLASSES_MEANT = Message(
    "Precision: of the rows that were given a class, the share that is of it. Recall: of the rows of a class, "
    "the share that was given it. F1: both in one number."
)
LABELS_MEANT = Message(
    "Precision: of the rows that were given a label, the share that has it. Recall: of the rows that have a label, the "
    "share that was given it. F1: both in one number. Threshold: the probability from which it is given."
)


def class_table(per_class: dict[str, dict[str, Any]], *, several: bool) -> RichTable:
    """Returns how well each class is found, or each label where a row has several."""
    names = ("precision", "recall", "f1", *(["threshold"] if several else []))
    table = RichTable(title=None, header_style="bold")
    table.add_column(say("label") if several else say("class"), overflow="fold")
    for column in (
        say("precision"),
        say("recall"),
        "F1",
        *([say("threshold")] if several else []),
        say("rows"),
    ):
        table.add_column(column, justify="right")
    for label, row in per_class.items():
        table.add_row(Text(label), *(number(row.get(name)) for name in names), count(row["support"]))
    return table


def show_measured(
    model: "TextClassifier", data: "TextData", part: str, *, how: Answering, run: Path | None = None
) -> None:
    """Prints what the evaluation that a model has just gone through tells, as `fit` prints it, once.

    Every process takes part: the answers are gathered.

    Args:
        model: The model.
        data: The data.
        part: The name of the part.
        how: How logits become answers.
        run: The run, of which is told what it was trained on; None where none is named.
    """
    found = measured(model, data, part)
    if model.global_rank > 0:
        return
    texts = data.texts(part, found.index)
    answer = how.measured(found, how.said(texts))
    show_answers(answer, texts, calibration=how.calibration, seed=data.division.seed, run=run)


def show_answers(
    answer: Measured, texts: Sequence[str], *, calibration: Calibration, seed: int, run: Path | None
) -> None:
    """Prints what answers to N rows tell.

    Args:
        answer: The answers.
        texts: Of the rows.
        calibration: How logits become them.
        seed: Of what is drawn for the intervals.
        run: The run, of which is told what it was trained on; None where none is named.
    """
    show(answer.report(calibration, seed=seed), answer.task, part=answer.part)
    known = among(texts, kept_texts(run))
    if known.any():
        tell(of_known(answer, known, calibration))
    if calibration != Calibration():
        show_confidence(confidence.record(calibration, [answer]))


def of_known(answer: Measured, known: Booleans, calibration: Calibration) -> AnyMessage:
    """Returns of how many rows the texts were trained on, and the score of the others.

    Args:
        answer: What the model says of N rows.
        known: [N] whether the text of a row was trained on.
        calibration: How logits become answers.
    """
    task, others = answer.task, ~known
    told = Message(
        "Of {n:,} of {count:,} rows the text was trained on, so that its score is no evidence of new texts.",
        "Of {n:,} of {count:,} rows the texts were trained on, so that their score is no evidence of new texts.",
        n=int(known.sum()),
        count=len(known),
    )
    if not others.any():
        return told
    report = task.report(answer.truth[others], answer.logits[others], calibration, answer.labels)
    alone = Message(
        "Without them: {score} {value} ({rows}).",
        score=score_name(task.score),
        value=score_value(task.score, report[task.score], digits=4),
        rows=rows(int(others.sum())),
    )
    return joined([told, alone])


def show_confidence(content: dict[str, Any]) -> None:
    """Prints in words what the confidence is worth, where validation rows could tell."""
    if "calibration" in content:
        console = new_console(most=80)
        for line in confidence.sentences(content):
            console.print(Text(line))


def show_together(content: dict[str, Any], part: str) -> None:
    """Prints in words what the network and words reach alone and together, where words were asked."""
    text = sentence(content, part)
    if text is not None:
        console = new_console(most=80)
        console.print(Text(text))


def show_predicted(output: Path, *, rows: int, unsure: int, threshold: float | None) -> None:
    """Prints how many rows were labelled, and of how many the model is not sure.

    Args:
        output: The file.
        rows: How many have a label there.
        unsure: Of how many of them the model is not sure.
        threshold: Confidence below which it is not.
    """
    text = say("{output}: {n:,} row labelled.", "{output}: {n:,} rows labelled.", output=output, n=rows)
    if threshold:
        text = say(
            "{output}: {n:,} row labelled; the model is not sure of {unsure:,} (confidence below {threshold:.3f}).",
            "{output}: {n:,} rows labelled; the model is not sure of {unsure:,} (confidence below {threshold:.3f}).",
            output=output,
            n=rows,
            unsure=unsure,
            threshold=threshold,
        )
    tell(text)


def show_next_steps(folder: Path, model: "TextClassifier", *, measurable: bool, curves: bool) -> None:
    """Prints where the run is and what to do with it.

    Args:
        folder: The run folder.
        model: The model.
        measurable: Whether there is the best checkpoint, which measuring and predicting need.
        curves: Whether TensorBoard has something to show.
    """
    place = near(folder)
    tell("\n" + say("run folder: {folder}", folder=place))
    if curves:
        tell(
            say(
                "look at it:\n  {command}",
                command=command_line(["tensorboard", "--logdir", str(Path(place).parent)]),
            )
        )
    if measurable:
        predict = [
            "finetune",
            "predict",
            "--run",
            place,
            "--data.predict_path",
            "novos.csv",
            "--output",
            "saida.csv",
        ]
        tell(say("measure again:\n  {command}", command=command_line(["finetune", "test", "--run", place])))
        tell(say("label a table:\n  {command}", command=command_line(predict)))
    if model.hparams["name"] == "embedded":
        tell(
            say(
                "A hub model such as {name} (--model.name) usually scores better.",
                name="neuralmind/bert-base-portuguese-cased",
            )
        )
