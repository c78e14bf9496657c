"""`split.csv` of a run, read: where each row of its table went."""

from io import StringIO
from pathlib import Path

import pandas as pd

from finetune.runs.damaged import CUT, TRAIN_ANEW, damaged, text_of

PARTS = ("train", "validation", "test")


def read_split(file: Path) -> pd.DataFrame:
    """Returns the table, row and part of each row.

    Raises:
        ConfigError: if the file is damaged.
    """
    text = text_of(file, TRAIN_ANEW)
    try:
        frame = pd.read_csv(StringIO(text), dtype={"source": str, "split": str}, keep_default_na=False)
        frame = frame[["source", "row", "split"]].astype({"row": int})
    except (ValueError, KeyError) as error:  # pandas' own are ValueErrors
        raise damaged(file, CUT, TRAIN_ANEW) from error
    if not (text.endswith("\n") and frame["split"].isin(PARTS).all()):
        raise damaged(file, CUT, TRAIN_ANEW)
    return frame
