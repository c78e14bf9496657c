"""Corrected labels and more rows: does a new run begin better from the base model, or from the run before?

    python scripts/bench/corrections.py --out corrections.jsonl demo=demo:600 bncc=dados.csv:400

A table is NAME=FILE:ROWS, with the columns `texto` and `rotulo`. ROWS are drawn to learn from and an eighth of them to
validate by; others, always the same, are what all is judged on, and no run chooses by them. Two things happen to a run:

    wrong   5 % of its training labels were wrong, and are corrected
    more    a quarter more rows come

After each a new run is trained from the base (`base`) and from the weights of the run before (`run`), by the same
options. Each fit is a process of its own and leaves a line of JSON in OUT; what stands there is not done again. At the
end the table: macro-F1 of the new runs on the rows that judge, and by how much `run` is above `base`, seed by seed,
with its 95% interval (Student's t). `network` is that of the network alone, without words. Needs
`pip install -e '.[demo,bench]'`.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from adapt import APART_BY, read
from child import run
from compared import ahead
from recipes_table import known
from sklearn.model_selection import train_test_split

from finetune.data.rows import DEMO

WRONG, MORE = 0.05, 0.25
STARTS = ("base", "run")
HAPPENED = ("wrong", "more")


def parts_of(table: Path, *, rows: int, judged: int, seed: int) -> dict[str, pd.DataFrame]:
    """Returns the rows that judge, the same for each seed; those to learn from, to validate by, and that come later."""
    frame = read(table)
    frame = frame[frame.groupby("rotulo").texto.transform("size") >= 12]
    pool, judge = train_test_split(frame, test_size=judged, stratify=frame.rotulo, random_state=APART_BY)
    wanted = rows + rows // 8 + int(rows * MORE)
    if wanted < len(pool) - pool.rotulo.nunique():
        pool, _ = train_test_split(pool, train_size=wanted, stratify=pool.rotulo, random_state=seed)
    rest, validation = train_test_split(pool, test_size=rows // 8, stratify=pool.rotulo, random_state=seed)
    train, later = train_test_split(rest, train_size=rows, stratify=rest.rotulo, random_state=seed)
    return {"train": train, "validation": validation, "judge": judge, "later": later}


def with_wrong(train: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Returns rows of which some have the label of another class, drawn as often as it stands there."""
    generator = np.random.default_rng(seed)
    changed = train.copy()
    for row in generator.choice(len(train), size=round(WRONG * len(train)), replace=False):
        others = train.rotulo[train.rotulo != train.rotulo.iloc[row]].to_numpy()
        changed.iloc[row, changed.columns.get_loc("rotulo")] = generator.choice(others)
    return changed


def fitted(folder: Path, train: pd.DataFrame, options: Sequence[str]) -> tuple[Path, dict[str, Any]]:
    """Trains on rows, in a folder that has those to validate by and to judge; returns the run, and what it reaches."""
    train.to_csv(folder / "train.csv", index=False)
    paths = {"path": "train", "validation_path": "validation", "test_path": "judge"}
    done = run(
        [
            *("-m", "finetune", "fit", "--write_report=false", "--baselines=null"),
            *(word for key, part in paths.items() for word in (f"--data.{key}", str(folder / f"{part}.csv"))),
            *("--trainer.default_root_dir", str(folder), *options),
        ],
        tells=False,
    )
    newest = max(folder.glob("lightning_logs/*/metrics.json"), key=lambda path: path.stat().st_mtime_ns)
    said = json.loads(newest.read_text(encoding="utf-8"))
    alone = said.get("alone", {}).get("network", {}).get("test", said["test"])
    return newest.parent, {
        "f1_macro": said["test"]["f1_macro"],
        "interval": said["test"]["intervals"]["f1_macro"],
        "network": alone["f1_macro"],
        "validation": said["validation"]["f1_macro"],
        "epochs": len(said.get("training", {}).get("epochs", [])),
        "seconds": round(done.seconds, 1),
    }


def measured(
    parts: dict[str, pd.DataFrame], *, seed: int, options: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Gives what the run before and the new ones reach, of both that may happen."""
    train, more = parts["train"], pd.concat([parts["train"], parts["later"]])
    options = [*options, f"--seed_everything={seed}"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("validation", "judge"):
            parts[part].to_csv(folder / f"{part}.csv", index=False)
        # what was trained on the right rows is the run before of the one, and begins from the base of the other
        old_wrong, found = fitted(folder, with_wrong(train, seed), options)
        yield {"happened": "wrong", "start": "before", **found}
        old_more, found = fitted(folder, train, options)
        yield {"happened": "wrong", "start": "base", **found}
        yield {"happened": "more", "start": "before", **found}
        _, found = fitted(folder, train, [*options, f"--model.name={old_wrong}"])
        yield {"happened": "wrong", "start": "run", **found}
        _, found = fitted(folder, more, options)
        yield {"happened": "more", "start": "base", **found}
        _, found = fitted(folder, more, [*options, f"--model.name={old_more}"])
        yield {"happened": "more", "start": "run", **found}


def show(lines: Sequence[dict[str, Any]]) -> None:
    """Prints, of each table and of all, what each start reaches and by how much the run is above the base."""
    every = pd.DataFrame(lines)
    every["table"] += " " + every.rows.astype(str)
    for score in ("f1_macro", "network"):
        print(f"\n{score}: before, base, run; run - base")
        for happened in HAPPENED:
            for table in (*every.table.unique(), "all"):
                some = every[(every.happened == happened) & ((every.table == table) | (table == "all"))]
                by = some.pivot_table(index=["table", "seed"], columns="start", values=score)
                by = by.reindex(columns=["before", *STARTS]).dropna()
                if by.empty:  # not measured yet
                    continue
                means = ", ".join(f"{by[start].mean():.3f}" for start in ("before", *STARTS))
                apart = ahead((by["run"] - by["base"]).tolist())
                print(f"  {happened:6} {table:10} {means}; {apart}, n = {len(by)}")
    seconds = every[every.start.isin(STARTS)].groupby(["table", "start"]).seconds.mean()
    print(f"\nseconds of a fit\n{seconds.round(1).to_string()}")


def main() -> None:
    """Measures what is not known yet, and shows all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="+", help="NAME=FILE:ROWS; demo for the demonstration table")
    parser.add_argument("--out", type=Path, required=True, help="file of lines of JSON; it grows")
    parser.add_argument("--judged", type=int, default=300, help="rows that all is judged on")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--options", nargs=argparse.REMAINDER, default=[], help="of each fit, at the end")
    given = parser.parse_args()
    for seed in given.seeds:
        for table in given.tables:
            name, _, place = table.partition("=")
            file, _, rows = place.rpartition(":")
            cell = {"table": name, "seed": seed, "rows": int(rows)}
            done = [line for line in known(given.out) if cell.items() <= line.items()]
            if len(done) == len(HAPPENED) * (1 + len(STARTS)):
                continue
            path = DEMO if file == "demo" else Path(file)
            parts = parts_of(path, rows=int(rows), judged=given.judged, seed=seed)
            for found in measured(parts, seed=seed, options=given.options):
                with given.out.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps({**cell, **found}) + "\n")
                print({**cell, **found}, file=sys.stderr, flush=True)
    show([line for line in known(given.out) if "happened" in line])


if __name__ == "__main__":
    main()
