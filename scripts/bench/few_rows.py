"""What is learned of 8, 16 or 64 rows a class: `finetune fit`, a contrastive stage before it, and SetFit.

    python scripts/bench/few_rows.py --out few.jsonl demo=demo bncc=dados.csv toldbr=train.csv --setfit VENV/bin/python
    python scripts/bench/recipes_table.py few.jsonl --of plain

A table is NAME=FILE, with the columns `texto` and `rotulo`. Rows to choose by and rows to test on are set apart by one
seed alone; each seed draws so many rows of each class among the others, an eighth of which are to validate by.
Candidates: `plain` is `finetune fit` with its defaults; `contrast` begins it from a model that contrast.py has trained;
`setfit` needs a Python with setfit and sentence-transformers, and learns from the validation rows, too. Others are
options of fit, given last: `--candidate quick --effort quick`.

Each cell is a process of its own, and leaves a line of JSON in OUT; what stands there is not done again. CPU seconds
are of all that a candidate does, its start and its answers too. Needs `pip install -e '.[demo,bench]'`.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
from adapt import set_apart
from child import HERE, run
from recipes import Cell, fitted
from recipes_table import known

from finetune.data.rows import DEMO
from finetune.pretrained.folder import model_folder

PLAIN, CONTRAST, SETFIT = "plain", "contrast", "setfit"
TO_VALIDATE = 8
"""Of so many rows of a class one is to validate by."""


def drawn(pool: pd.DataFrame, each: int, seed: int) -> dict[str, pd.DataFrame]:
    """Returns rows to train on and to validate by, together so many of each class, or all where there are fewer."""
    mixed = pool.sample(frac=1, random_state=seed)
    place = mixed.groupby("rotulo").cumcount()
    held = max(1, each // TO_VALIDATE)
    return {"train": mixed[(place >= held) & (place < each)], "validation": mixed[place < held]}


def reached(
    folder: Path, candidate: str, options: Sequence[str], *, judge: str, seed: int, setfit: str
) -> dict[str, Any]:
    """Returns what a candidate reaches on the tables of a folder, and the CPU seconds it takes."""
    if candidate == SETFIT:
        words = [str(HERE / "setfit_peer.py"), model_folder("embedded"), str(folder), judge, str(seed)]
        done = run(words, python=setfit)
        return {"f1_macro": done.told["f1_macro"], "cpu_seconds": round(done.cpu_seconds, 1)}
    before = 0.0
    if candidate == CONTRAST:
        model = folder / "contrast"
        done = run([str(HERE / "contrast.py"), str(folder / "train.csv"), str(model), str(seed)])
        before, options = done.cpu_seconds, ["--model.name", str(model)]
    found = fitted(folder, options, judge=judge, seed=seed)
    return {**found, "cpu_seconds": round(found["cpu_seconds"] + before, 1)}


def main() -> None:
    """Measures what is not known yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="+", help="NAME=FILE; demo for the demonstration table")
    parser.add_argument("--out", type=Path, required=True, help="file of lines of JSON; it grows")
    parser.add_argument("--each", type=int, nargs="+", default=[8, 16], help="rows of each class")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--only", nargs="+", help="candidates; all when left out")
    parser.add_argument("--judge", choices=["choice", "test"], default="choice")
    parser.add_argument("--setfit", default="", help="a Python that has setfit; without it that is left out")
    parser.add_argument(
        "--candidate", nargs=argparse.REMAINDER, help="name and options of one more, at the end"
    )
    given = parser.parse_args()
    candidates: dict[str, list[str]] = {PLAIN: [], CONTRAST: [], **({SETFIT: []} if given.setfit else {})}
    if given.candidate:
        candidates = {given.candidate[0]: given.candidate[1:]}
    for table in given.tables:
        name, _, file = table.partition("=")
        parts = set_apart(DEMO if file == "demo" else Path(file))
        for seed in given.seeds:
            for each in given.each:
                frames = {**drawn(parts["pool"], each, seed), given.judge: parts[given.judge]}
                rows = len(frames["train"]) + len(frames["validation"])
                for candidate, options in candidates.items():
                    cell = Cell(name, rows, seed, candidate, given.judge)
                    done = any(asdict(cell).items() <= line.items() for line in known(given.out))
                    if done or (given.only and candidate not in given.only):
                        continue
                    with tempfile.TemporaryDirectory() as scratch:
                        for part, frame in frames.items():
                            frame.to_csv(Path(scratch, f"{part}.csv"), index=False)
                        found = reached(
                            Path(scratch),
                            candidate,
                            options,
                            judge=given.judge,
                            seed=seed,
                            setfit=given.setfit,
                        )
                    with given.out.open("a", encoding="utf-8") as lines:
                        lines.write(json.dumps({**asdict(cell), "each": each, **found}) + "\n")
                    print(f"{cell}: {found}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
