"""The rows of a run that were held out, as others are held against them: made once, kept with the run, no texts."""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from finetune.commands.watch.drift.looks import Kind
from finetune.commands.watch.drift.rows import Rows, rows_of, rows_of_arrays
from finetune.engines.engine import Engine
from finetune.files.whole import write_through
from finetune.runs.export_sums import sum_of
from finetune.runs.folder import PREDICTIONS
from finetune.runtime.answering.answers import NUMBER
from finetune.runtime.answering.texts import BESIDE, Texts

FILE = "drift.npz"
FORMAT = 1

FEWEST, MOST = 50, 1_000
"""Held-out rows: with fewer no test finds anything; more find little more, and take their time to be answered."""


@dataclass(frozen=True)
class Known:
    """What new rows are held against.

    Attributes:
        rows: The held-out rows.
        kind: What the model can say.
        number: By which it is known of which model and rows it is.
    """

    rows: Rows
    kind: Kind
    number: str


def number_of(engine: Engine) -> str:
    """Returns by what the held-out rows of a model are known: another one once it was trained on.

    Raises:
        OSError: The run keeps no such rows.
    """
    if engine.run is None:
        raise FileNotFoundError(PREDICTIONS)
    content = [FORMAT, engine.identity, engine.kind, sum_of(engine.run / PREDICTIONS)]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def kind_of(engine: Engine) -> Kind:
    """Returns what a model can say."""
    calibration = engine.model.calibration
    limited = calibration.get("abstain_below") or "widest" in (calibration.get("facts") or {})
    return Kind(bool(limited), engine.model.problem == NUMBER)


def made(engine: Engine, texts: Sequence[str]) -> Known:
    """Returns what is known of held-out rows, once the model has answered them.

    Args:
        engine: The model.
        texts: Of all rows that were held out; `MOST` of them are taken.

    Raises:
        Refused: The model cannot answer.
    """
    places = np.random.default_rng(0).permutation(len(texts))[:MOST]
    some = [texts[place] for place in np.sort(places)]
    said = engine.model.probabilities([_asked(text, pairs=engine.making.of_pairs) for text in some])
    return Known(rows_of(engine.model, said, some), kind_of(engine), number_of(engine))


def _asked(text: str, *, pairs: bool) -> Texts:
    """A kept text as the model is asked it: both of a pair are kept as one."""
    if not pairs:
        return (text,)
    first, _, second = text.partition(BESIDE)
    return first, second


def keep(known: Known, file: Path) -> None:
    """Writes the file.

    Raises:
        OSError: It cannot be written.
    """
    arrays: dict[str, Any] = known.rows.arrays() | {"number": np.array(known.number)}

    def write(path: Path) -> None:
        with path.open("wb") as stream:
            np.savez_compressed(stream, **arrays)

    write_through(file, write)


def kept(file: Path, engine: Engine) -> Known | None:
    """Returns what was kept; None where it is not there, damaged, or of another model or other rows."""
    try:
        with np.load(file, allow_pickle=False) as opened:
            arrays = dict(opened)
        if str(arrays["number"]) != number_of(engine):
            return None
        return Known(rows_of_arrays(arrays), kind_of(engine), str(arrays["number"]))
    except (OSError, EOFError, ValueError, TypeError, KeyError, zipfile.BadZipFile, zlib.error):
        return None
