"""What is learned of the same rows: `finetune fit` as it is, with other settings, and beside Hugging Face `Trainer`.

    python scripts/bench/recipes.py --out recipes.jsonl bncc=dados.csv banking77=train.csv,test.csv demo=demo
    python scripts/bench/recipes_table.py recipes.jsonl

Needs `pip install -e '.[demo,bench]'`; a cell of 300 rows takes a minute or two, one of 4,000 ten.

A table is NAME=TRAIN[,TEST]; where it has no test, rows are set apart for it. A cell is a table, a number of training
rows, a seed and a candidate, and a process of its own; it leaves a line of JSON in OUT, and what stands there is not
done again. Of few rows only as many classes are drawn as have eight rows each.

Candidates: `now` is `finetune fit` with its defaults; `before` begins the new layers at random, keeps the best epoch by
macro-F1 and answers with the network alone; `trainer` is `Trainer` as an expert sets it (peer.py), with 3 epochs or as
many as `now` takes. Others are options, given last: `--candidate slow --model.learning_rate 1e-5`. `--judge choice`
measures on rows for choosing between candidates; `--judge test` on those that are looked at once, when all is chosen.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from child import HERE, run
from recipes_table import known
from sklearn.model_selection import train_test_split

from finetune.data.rows import DEMO

SIZES = (100, 300, 1000, 4000)
ROWS_PER_CLASS = 8
MOST_JUDGED = 1000
"""Rows that candidates are chosen by, and those of the test."""

BEFORE = [
    *("--model.head_start=none", "--mix=none"),
    *("--best_checkpoint.monitor=val/f1_macro", "--best_checkpoint.mode=max"),
]
CANDIDATES: dict[str, list[str]] = {"now": [], "before": BEFORE}
TRAINERS = {
    "trainer 5e-5 x 3": ("5e-5", 3),
    "trainer 1e-4 x 3": ("1e-4", 3),
    "trainer 1e-4": ("1e-4", None),
}
"""Rate and epochs; None for as many as `now` takes."""


@dataclass(frozen=True)
class Cell:
    """What is measured: which table, of how many rows, drawn how, by whom, on which rows."""

    table: str
    rows: int
    seed: int
    candidate: str
    judge: str


def drawn(train: Path, test: Path | None, *, rows: int, seed: int) -> dict[str, pd.DataFrame]:
    """Returns `train`, `validation` (an eighth of it), `choice` and `test`, no text of which stands in two of them."""
    frame, held = (None if path is None else read(path) for path in (train, test))
    assert frame is not None
    if held is not None:
        frame = frame[~frame.texto.isin(held.texto)]
    random = np.random.default_rng([seed, rows])
    classes = np.sort(frame.rotulo.unique())
    most = max(2, rows // ROWS_PER_CLASS)
    if len(classes) > most:
        chosen = set(random.choice(classes, most, replace=False))
        frame = frame[frame.rotulo.isin(chosen)]
        held = None if held is None else held[held.rotulo.isin(chosen)]

    def split(frame: pd.DataFrame, second: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        first, other = train_test_split(frame, test_size=second, stratify=frame.rotulo, random_state=seed)
        return first, other

    if held is None:
        frame, held = split(frame, min(MOST_JUDGED, len(frame) * 15 // 100))
    frame, choice = split(frame, min(MOST_JUDGED, len(frame) * 15 // 100))
    wanted = rows + max(rows // 8, frame.rotulo.nunique())
    if wanted < len(frame) - frame.rotulo.nunique():
        frame, rest = split(frame, len(frame) - wanted)
        choice = pd.concat([choice, rest[: max(0, MOST_JUDGED - len(choice))]])
    frame, validation = split(frame, max(len(frame) // 9, frame.rotulo.nunique()))
    return {"train": frame, "validation": validation, "choice": choice, "test": held[: 2 * MOST_JUDGED]}


def read(path: Path) -> pd.DataFrame:
    """Returns the rows of a table, each text once."""
    return pd.read_csv(path)[["texto", "rotulo"]].dropna().astype(str).drop_duplicates("texto")


def fitted(folder: Path, options: Sequence[str], *, judge: str, seed: int) -> dict[str, Any]:
    """Returns what a `finetune fit` reaches."""
    paths = {"path": "train", "validation_path": "validation", "test_path": judge}
    done = run(
        [
            *("-m", "finetune", "fit", f"--seed_everything={seed}", "--write_report=false"),
            *(word for key, part in paths.items() for word in (f"--data.{key}", str(folder / f"{part}.csv"))),
            *("--trainer.default_root_dir", str(folder), *options),
        ],
        tells=False,
    )
    newest = max(folder.glob("lightning_logs/*/metrics.json"), key=lambda path: path.stat().st_mtime)
    said = json.loads(newest.read_text(encoding="utf-8"))
    simple = {name: scores["test"]["f1_macro"] for name, scores in said.get("baselines", {}).items()}
    alone = said.get("alone", {}).get("network", {}).get("test", said["test"])
    return {
        "f1_macro": said["test"]["f1_macro"],
        "network": alone["f1_macro"],
        **simple,
        "words_weigh": said.get("mix", {}).get("weight", 0.0),
        "epochs": len(said.get("training", {}).get("epochs", [])),
        "seconds": round(done.seconds, 1),
        "cpu_seconds": round(done.cpu_seconds, 1),
    }


def trained(folder: Path, rate: str, epochs: int, *, judge: str, seed: int) -> dict[str, Any]:
    """Returns what `Trainer` reaches."""
    done = run([str(HERE / "peer.py"), "B", str(folder), str(epochs), rate, judge, str(seed)])
    return {"f1_macro": done.told["f1_macro"], "epochs": epochs, "seconds": round(done.seconds, 1)}


def measure(cell: Cell, paths: Sequence[Path], options: Sequence[str] | None, epochs: int) -> dict[str, Any]:
    """Measures a cell in a process of its own.

    Args:
        cell: Which one.
        paths: Of its table.
        options: Of `finetune fit`; None where `Trainer` trains.
        epochs: Those that `now` took, for `Trainer`.
    """
    train, test = (*paths, None)[:2]
    assert train is not None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part, frame in drawn(train, test, rows=cell.rows, seed=cell.seed).items():
            frame.to_csv(folder / f"{part}.csv", index=False)
        if options is not None:
            return fitted(folder, options, judge=cell.judge, seed=cell.seed)
        rate, own = TRAINERS[cell.candidate]
        return trained(folder, rate, own or epochs, judge=cell.judge, seed=cell.seed)


def main() -> None:
    """Measures what is not known yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="*", help="NAME=TRAIN[,TEST]; demo for the demonstration table")
    parser.add_argument("--out", type=Path, required=True, help="file of lines of JSON; it grows")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="training rows")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--only", nargs="+", help="candidates; all when left out")
    parser.add_argument("--judge", choices=["choice", "test"], default="choice")
    parser.add_argument(
        "--candidate", nargs=argparse.REMAINDER, help="name and options of one more, at the end"
    )
    given = parser.parse_args()
    candidates: dict[str, list[str] | None] = {**CANDIDATES, **dict.fromkeys(TRAINERS)}
    if given.candidate:
        candidates = {given.candidate[0]: given.candidate[1:]}
    for table in given.tables:
        name, _, files = table.partition("=")
        paths = [DEMO] if name == "demo" else [Path(file) for file in files.split(",")]
        for rows in given.sizes:
            for seed in given.seeds:
                for candidate, options in candidates.items():
                    cell = Cell(name, rows, seed, candidate, given.judge)
                    there = known(given.out)
                    if any(asdict(cell).items() <= each.items() for each in there):
                        continue
                    if given.only and candidate not in given.only:
                        continue
                    now = asdict(Cell(name, rows, seed, "now", given.judge)).items()
                    epochs = next((each["epochs"] for each in there if now <= each.items()), 3)
                    found = measure(cell, paths, options, epochs)
                    with given.out.open("a", encoding="utf-8") as file:
                        file.write(json.dumps({**asdict(cell), **found}) + "\n")
                    print(f"{cell}: {found}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
