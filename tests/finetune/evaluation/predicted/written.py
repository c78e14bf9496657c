"""A table with predictions as `finetune predict` writes it, of probabilities that are given."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from finetune.data.windows import WINDOW, Windows, read_windows
from finetune.evaluation.predicted_table import (
    Outgoing,
    own_columns,
    prepared,
    spread,
    write_predictions,
)
from finetune.tasks.calibration import Calibration
from finetune.tasks.single_label import single_label

LABELS = ["não", "sim"]
PROBABILITIES = np.array([[0.25, 0.75], [0.9, 0.1]])


def windows_of(source: Any, *, size: int = WINDOW, **reading: Any) -> Windows:
    return read_windows(source, size=size, **reading)["all"].seen()


def ready(path: Path, windows: Windows, *, labels: Sequence[str] = LABELS, **options: Any) -> Outgoing:
    own = own_columns(single_label(), labels)
    return prepared(path, windows, labels=labels, own=own, **options)


def answer(
    outgoing: Outgoing,
    windows: Windows,
    probabilities: Any = PROBABILITIES,
    *,
    labels: Sequence[str] = LABELS,
    abstain_below: float | None = None,
) -> None:
    """Writes what was prepared, with these probabilities over and over."""
    task, calibration = single_label(), Calibration(abstain_below=abstain_below)
    shared = np.resize(np.asarray(probabilities), (windows.kept, len(labels)))
    parts: list[pd.DataFrame] = []
    done = 0
    for window in windows.each():
        some = shared[done : done + len(window.row)]
        done += len(window.row)
        columns = task.columns(task.answer(some, calibration), some, labels)
        parts.append(spread(columns, window.row, len(window.frame)))
    write_predictions(outgoing, windows, lambda number: parts[number])


def write(
    path: Path,
    windows: Windows,
    probabilities: Any = PROBABILITIES,
    *,
    labels: Sequence[str] = LABELS,
    abstain_below: float | None = None,
    **options: Any,
) -> bytes:
    outgoing = ready(path, windows, labels=labels, **options)
    answer(outgoing, windows, probabilities, labels=labels, abstain_below=abstain_below)
    return path.read_bytes()
