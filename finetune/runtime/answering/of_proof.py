"""What the export's proof asks a fresh process for: bare numbers for texts, and that nothing heavy was loaded."""

import json
import sys
from pathlib import Path

import numpy as np

from .model import Model
from .of_table import WINDOW
from .texts import Texts

HEAVY = ("torch", "transformers", "pandas", "pyarrow", "sklearn", "scipy", "ftfy", "finetune")


def prove(model: Model, source: Path, output: Path, *, answers: bool) -> None:
    """Writes the logits [N, C] of the network alone, or what the folder says of each output, for texts as they are.

    Args:
        model: The model.
        source: One object a line: its `text`, and `pair` where there are two. They are neither cut nor repaired.
        output: The `.npy`.
        answers: Whether words, calibration and all else are applied: then the numbers are probabilities.
    """
    with source.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    pair = model.described["pair"]
    texts: list[Texts] = [
        (each["text"], each.get("pair") or "") if pair else (each["text"],) for each in records
    ]
    ask = model.probabilities if answers else model.logits
    found = [ask(texts[start : start + WINDOW]) for start in range(0, len(texts), WINDOW)]
    with output.open("wb") as file:
        np.save(file, np.concatenate(found or [np.zeros((0, len(model.labels)))]), allow_pickle=False)
    print(json.dumps({"rows": len(texts), "loaded": [name for name in HEAVY if name in sys.modules]}))
