"""Are three seeds better than one? Their answers averaged, and their weights averaged into one network.

    python scripts/bench/averaged.py --out averaged.jsonl demo=demo bncc=dados.csv toldbr=train.csv

A table is NAME=FILE, with the columns `texto` and `rotulo`; rows to choose by are set apart by one seed alone, and each
draw takes rows to train on and to validate by among the others. Of these rows `finetune fit` trains a network for each
seed, which begin alike (their head is started from the same data) and see the rows in another order, with another
dropout. Measured on the rows to choose by, of networks alone: the mean of the single ones, the mean of their
probabilities, and the network whose weights are the mean of theirs.

A table, a number of rows and a draw leave a line of JSON in OUT; what stands there is not done again. Needs
`pip install -e '.[demo,bench]'`.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from adapt import CHOICE, drawn, set_apart
from child import run
from recipes_table import known
from safetensors.torch import load_file, save_file
from sklearn.metrics import f1_score

from finetune.data.rows import DEMO

WEIGHTS = "model.safetensors"


def trained(folder: Path, seed: int) -> Path:
    """Returns the model that a seed has trained on the tables of a folder."""
    root = folder / f"seed_{seed}"
    paths = {"path": "train", "validation_path": "validation", "test_path": CHOICE}
    run(
        [
            *("-m", "finetune", "fit", f"--seed_everything={seed}", "--write_report=false"),
            *("--baselines=null", "--mix=none", "--trainer.default_root_dir", str(root)),
            *(word for key, part in paths.items() for word in (f"--data.{key}", str(folder / f"{part}.csv"))),
        ],
        tells=False,
    )
    return root / "lightning_logs/version_0/model"


def averaged(models: list[Path], folder: Path) -> Path:
    """Returns the model whose weights are the mean of those of some."""
    shutil.copytree(models[0], folder)
    weights = [load_file(model / WEIGHTS) for model in models]
    mean = {
        name: torch.stack([each[name] for each in weights]).mean(dim=0)
        if first.is_floating_point()
        else first
        for name, first in weights[0].items()
    }
    save_file(mean, folder / WEIGHTS, metadata={"format": "pt"})
    return folder


def probabilities(model: Path, folder: Path) -> pd.DataFrame:
    """Returns what a model says of each class, for the rows to choose by."""
    answers = folder / f"{model.parent.parent.parent.name}_{model.name}.csv"
    asked = ["--data.predict_path", str(folder / f"{CHOICE}.csv"), "--output", str(answers)]
    run(
        ["-m", "finetune", "predict", "--model.name", str(model), *asked, "--probabilities", "true"],
        tells=False,
    )
    said = pd.read_csv(answers).filter(like="p:")
    return said.rename(columns=lambda name: name.removeprefix("p:"))


def compared(folder: Path, truth: pd.Series, seeds: list[int]) -> dict[str, float]:
    """Returns the macro-F1 of one seed, of the answers' mean and of the weights' mean."""
    models = [trained(folder, seed) for seed in seeds]
    said = [probabilities(model, folder) for model in models]

    def score(of: pd.DataFrame) -> float:
        return float(f1_score(truth, of.columns.to_numpy()[of.to_numpy().argmax(axis=1)], average="macro"))

    together = pd.DataFrame(np.mean([each.to_numpy() for each in said], axis=0), columns=said[0].columns)
    return {
        "one": float(np.mean([score(each) for each in said])),
        "answers": score(together),
        "weights": score(probabilities(averaged(models, folder / "mean"), folder)),
    }


def main() -> None:
    """Measures what is not known yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="+", help="NAME=FILE; demo for the demonstration table")
    parser.add_argument("--out", type=Path, required=True, help="file of lines of JSON; it grows")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 300], help="training rows")
    parser.add_argument("--draws", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    given = parser.parse_args()
    for table in given.tables:
        name, _, file = table.partition("=")
        parts = set_apart(DEMO if file == "demo" else Path(file))
        for rows in given.sizes:
            for draw in given.draws:
                cell = {"table": name, "rows": rows, "seed": draw, "seeds": given.seeds}
                if any(cell.items() <= each.items() for each in known(given.out)):
                    continue
                with tempfile.TemporaryDirectory() as scratch:
                    frames = {**drawn(parts["pool"], rows=rows, seed=draw), CHOICE: parts[CHOICE]}
                    for part, frame in frames.items():
                        frame.to_csv(Path(scratch, f"{part}.csv"), index=False)
                    found = compared(Path(scratch), parts[CHOICE].rotulo, given.seeds)
                with given.out.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps({**cell, **found}) + "\n")
                print(f"{cell}: {found}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
