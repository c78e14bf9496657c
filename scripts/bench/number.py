"""Losses of numbers: which of them errs less, on average and by its square.

    python scripts/bench/number.py [--tables prices essays.csv ...] [--seeds 5]

A table is a CSV with the columns `texto` and `rotulo` of numbers, or `prices`: reviews made of phrases, whose price
grows with each star and has a long tail. A linear layer on the frozen embedded model is trained by each loss on
standardised numbers, with the penalty that its own folds choose by that loss. Each seed divides the rows anew; the
differences to the first loss are of the same rows, with 95% intervals of Student's t over seeds. `ridge` is what the
head of a training begins as.
"""

import argparse
import csv
import statistics
from pathlib import Path

import numpy as np
import torch
from frozen import features_of, layer
from order import ratings, told
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import KFold, train_test_split

from finetune.model.ridge import fit_ridge
from finetune.tasks.losses import LOSSES

TRIED = ("squared", "huber", "absolute")
PENALTIES = (1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3)


def prices(rows: int = 700, *, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Returns reviews and prices: a few are ten times as dear as their like."""
    texts, stars = ratings(rows, seed=seed)
    draw = np.random.default_rng(seed + 1)
    values = np.exp(5 + 0.4 * stars + 0.25 * draw.standard_t(2, size=rows).clip(-10, 10))
    return texts, values.round(2)


def table_of(name: str) -> tuple[list[str], np.ndarray]:
    """Returns texts and numbers."""
    if name == "prices":
        return prices()
    with Path(name).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["texto"] for row in rows], np.array([float(row["rotulo"]) for row in rows])


def trained(features: np.ndarray, numbers: np.ndarray, *, loss: str, penalty: float) -> torch.nn.Linear:
    """Returns a linear layer that a loss has trained on standardised numbers."""
    return layer(features, numbers, 1, loss=LOSSES[loss], penalty=penalty, steps=200)


def answered(made: torch.nn.Linear, features: np.ndarray) -> np.ndarray:
    """Returns what a layer answers. [N]"""
    with torch.no_grad():
        return made(torch.from_numpy(features)).squeeze(1).numpy()


def held_out_by(
    features: np.ndarray, numbers: np.ndarray, new: np.ndarray, *, loss: str, seed: int
) -> np.ndarray:
    """Returns the answers to rows held out, the penalty chosen in folds of the others. [M]"""
    if loss == "ridge":
        return fit_ridge(features, numbers).logits(new)[:, 0]
    folds = list(KFold(3, shuffle=True, random_state=seed).split(numbers))

    def left_out(penalty: float) -> float:
        missed = 0.0
        for a, b in folds:
            made = trained(features[a], numbers[a], loss=loss, penalty=penalty)
            given = torch.from_numpy(answered(made, features[b])).unsqueeze(1)
            missed += float(LOSSES[loss](given, torch.from_numpy(numbers[b])).sum())
        return missed

    return answered(trained(features, numbers, loss=loss, penalty=min(PENALTIES, key=left_out)), new)


def main() -> None:
    """Prints a line a table and loss."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tables", nargs="+", default=["prices"])
    parser.add_argument("--seeds", type=int, default=5)
    asked = parser.parse_args()
    for name in asked.tables:
        texts, numbers = table_of(name)
        features = features_of(texts)
        print(
            f"\n{name}: {len(texts)} rows, mean {numbers.mean():.4g}, deviation {numbers.std():.4g}",
            flush=True,
        )
        found: dict[str, list[tuple[float, float]]] = {}
        for seed in range(asked.seeds):
            train, held_out = train_test_split(np.arange(len(numbers)), test_size=0.3, random_state=seed)
            mean, deviation = numbers[train].mean(), numbers[train].std()
            standard = (numbers[train] - mean) / deviation
            for loss in (*TRIED, "ridge"):
                given = held_out_by(features[train], standard, features[held_out], loss=loss, seed=seed)
                given = mean + deviation * given
                truth = numbers[held_out]
                scores = float(mean_absolute_error(truth, given)), float(r2_score(truth, given))
                found.setdefault(loss, []).append(scores)
        base = found[TRIED[0]]
        for loss, each in found.items():
            mae, r2 = (statistics.fmean(values) for values in zip(*each, strict=True))
            less = told([100 * (a[0] / b[0] - 1) for a, b in zip(each, base, strict=True)])
            more = told([a[1] - b[1] for a, b in zip(each, base, strict=True)])
            print(
                f"{loss:9s} MAE {mae:.4g} R2 {r2:.4f}   against {TRIED[0]}: MAE % {less}  R2 {more}",
                flush=True,
            )


if __name__ == "__main__":
    main()
