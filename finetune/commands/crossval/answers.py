"""What the models of all folds answer to the rows that each held out: one file, and who alone is right how often."""

from pathlib import Path

import numpy as np
import pandas as pd

from finetune.commands.crossval.folder import Crossval
from finetune.errors import DataError
from finetune.evaluation.answers import BASELINE
from finetune.evaluation.comparison import McNemar, mcnemar
from finetune.files.whole import write_text
from finetune.language.numbers import rows
from finetune.runs.folder import PREDICTIONS
from finetune.tasks.single_label import single_label
from finetune.tasks.task import MULTI, Booleans, Task


def gathered(crossval: Crossval, task: Task) -> pd.DataFrame:
    """Returns the answers to the rows that each fold held out, in the table's order, every cell as it was written.

    Args:
        crossval: The folds.
        task: What was asked.

    Raises:
        DataError: if a fold has no answers, or not one to each row that it held out.
    """
    frames = []
    # a row may be of no label, but not without how sure the answer is
    filled = ["confidence"] if task.problem_type == MULTI else ["label", "predicted"]
    for (seed, number), run in crossval.runs.items():
        file = crossval.folder / run["folder"] / PREDICTIONS
        if not file.is_file():
            raise DataError(
                "there is no {file}: remove the folder of that fold and go on with --resume.", file=file
            )
        frame = held_out(file)
        if len(frame) != run["rows"]["test"] or (frame[filled] == "").any(axis=None):
            raise DataError(
                "{file} has {n} answer for {rows}, or it has no label: it was changed or cut short. Remove the folder "
                "of that fold and go on with --resume.",
                "{file} has {n:,} answers for {rows}, or some without a label: it was changed or cut short. Remove the "
                "folder of that fold and go on with --resume.",
                file=file,
                n=len(frame),
                rows=rows(run["rows"]["test"]),
            )
        frame.insert(0, "seed", seed)
        frame.insert(1, "fold", number)
        frames.append(frame)
    whole = pd.concat(frames, ignore_index=True)
    order = np.lexsort((whole["row"].astype(int), whole["source"], whole["seed"]))
    return whole.iloc[order].reset_index(drop=True)


def held_out(file: Path) -> pd.DataFrame:
    """Returns the answers of a fold to the rows that it held out, every cell as it was written.

    Raises:
        DataError: if the file is none of answers.
    """
    try:
        frame = pd.read_csv(file, encoding="utf-8-sig", dtype=str, keep_default_na=False, na_filter=False)
        frame = frame[frame["split"] == "test"].drop(columns="split")
        frame[["label", "predicted", "source", "confidence"]]  # what is looked up later
        frame["row"].astype(int)
    except (ValueError, KeyError) as error:  # pandas' own are ValueErrors
        raise DataError(
            "{file} is damaged: it is no file of answers any more. Remove the folder of that fold, {folder}, and go on "
            "with --resume.",
            file=file,
            folder=file.parent,
        ) from error
    return frame


def write_gathered(crossval: Crossval, answers: pd.DataFrame) -> None:
    """Writes `predictions.csv` of the cross-validation."""
    # the line end as in the files of the folds, so that the same cells are quoted
    text = answers.to_csv(index=False, lineterminator="\r\n")
    write_text(crossval.folder / PREDICTIONS, text, encoding="utf-8-sig")


def right_alone(
    answers: pd.DataFrame, baseline: str, *, seed: int, task: Task | None = None
) -> tuple[McNemar | None, int] | None:
    """Returns in how many rows of one repeat only the model or only a baseline is right, and of how many.

    None where the baseline has not answered all of them; no test where there is no right and wrong.

    Args:
        answers: As `gathered` gives them.
        baseline: Its name.
        seed: The repeat.
        task: What was asked; one label of several when left out.
    """
    task, column = task or single_label(), f"{BASELINE}{baseline}"
    if column not in answers:
        return None
    of_seed = answers[answers["seed"] == seed]
    may_be_empty = task.problem_type == MULTI
    if of_seed[column].isna().any() or (not may_be_empty and (of_seed[column] == "").any()):
        return None
    if task.right is None:
        return None, len(of_seed)
    mine, theirs = (right_rows(of_seed["label"], of_seed[name], task) for name in ("predicted", column))
    return mcnemar(mine, theirs), len(of_seed)


def right_rows(label: "pd.Series[str]", answered: "pd.Series[str]", task: Task) -> Booleans:
    """Returns which answers are right; of several labels all have to be, in whatever order they are written. [N]"""
    pairs = zip(label.astype(str), answered.astype(str), strict=True)
    return np.array([set(task.parts(true)) == set(task.parts(given)) for true, given in pairs], dtype=bool)
