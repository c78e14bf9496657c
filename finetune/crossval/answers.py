"""What the models of all folds answer to the rows that each held out: one file, and the comparison with a baseline."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from finetune.answers import BASELINE
from finetune.comparison import Interval, McNemar, mcnemar, paired_bootstrap
from finetune.crossval.folder import Crossval
from finetune.errors import DataError
from finetune.runs import PREDICTIONS
from finetune.writing import write_text


@dataclass(frozen=True)
class Pooled:
    """The answers to all rows that were held out, against those of a baseline."""

    macro_f1: Interval
    mcnemar: McNemar
    rows: int


def gathered(crossval: Crossval) -> pd.DataFrame:
    """Returns the answers to the rows that each fold held out, in the table's order, every cell as it was written.

    Raises:
        DataError: if a fold has no answers.
    """
    frames = []
    for (seed, number), run in crossval.runs.items():
        file = crossval.folder / run["folder"] / PREDICTIONS
        if not file.is_file():
            raise DataError(f"there is no {file}: remove the folder of that fold and go on with --resume.")
        frame = pd.read_csv(file, encoding="utf-8-sig", dtype=str, keep_default_na=False, na_filter=False)
        frame = frame[frame["split"] == "test"].drop(columns="split")
        frame.insert(0, "seed", seed)
        frame.insert(1, "fold", number)
        frames.append(frame)
    whole = pd.concat(frames, ignore_index=True)
    order = np.lexsort((whole["row"].astype(int), whole["source"], whole["seed"]))
    return whole.iloc[order].reset_index(drop=True)


def write_gathered(crossval: Crossval, answers: pd.DataFrame) -> None:
    """Writes `predictions.csv` of the cross-validation."""
    write_text(crossval.folder / PREDICTIONS, answers.to_csv(index=False), encoding="utf-8-sig")


def pooled(answers: pd.DataFrame, baseline: str, *, seed: int) -> Pooled | None:
    """Returns the model against a baseline on all rows of one repeat; None where the baseline has not answered all.

    Args:
        answers: As `gathered` gives them.
        baseline: Its name.
        seed: The repeat.
    """
    column = f"{BASELINE}{baseline}"
    if column not in answers:
        return None
    rows = answers[answers["seed"] == seed]
    given = rows[["label", "predicted", column]].to_numpy().T  # [3, N]
    names, codes = np.unique(given.astype(str), return_inverse=True)
    truth, mine, theirs = codes.reshape(given.shape).astype(np.int64)
    interval = paired_bootstrap(truth, mine, theirs, len(names), seed=seed)
    return Pooled(interval, mcnemar(truth, mine, theirs), len(rows))
