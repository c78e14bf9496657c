"""What thresholds of several labels together are worth, and whether rare labels have to weigh more to be found.

    python scripts/bench/thresholds.py TABLE.csv

The table has the columns `texto` and `rotulo`, whose labels are joined by `|`. Words learn from some rows (TF-IDF, as
the simple model does), thresholds are found by others, and macro-F1 is that of the rest. Needs `pip install -e .`; with
14,000 rows and six labels it takes some minutes.
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from finetune.evaluation.words import counters, joined
from finetune.tasks.calibration import helpful_temperature, log_losses
from finetune.tasks.set_scores import scores
from finetune.tasks.set_thresholds import find_thresholds

SEEDS = 3
DRAWS = 6
HELD = (100, 250, 500, 1_000, 2_000)
"""Rows by which thresholds are found."""

WEIGHTS: dict[str, Callable[[float], float]] = {
    "alike": lambda share: 1.0,
    "root": lambda share: ((1 - share) / share) ** 0.5,
    "balanced": lambda share: (1 - share) / share,
}
"""How much a row that has a label weighs beside one that has it not, by the share of the former."""


def fitting(said: Any, there: Any) -> float:
    """Returns the threshold of the best F1 on the rows alone, or a half."""
    order = np.argsort(-said, kind="stable")
    f1 = 2 * np.cumsum(there[order]) / (np.arange(1, len(said) + 1) + there.sum())
    return float(said[order][f1.argmax()]) if there.any() else 0.5


RULES: dict[str, Callable[[Any, Any], Any]] = {
    "0.5 for all": lambda said, there: 0.5,
    "one for all": lambda said, there: fitting(said.ravel(), there.ravel()),
    "each by its rows": lambda said, there: [fitting(*of) for of in zip(said.T, there.T, strict=True)],
    "each by its probabilities": lambda said, there: find_thresholds(said, np.zeros_like(there)),
    "each by both": find_thresholds,
}


def logits(texts: list[str], truth: Any, rows: int, weight: Callable[[float], float]) -> Any:
    """Returns what is said of the rows behind the first ones, which learn; weights are taken out of it again. [N, C]"""
    features = joined(counters(), "passthrough").fit(texts[:rows])[0]
    learned, others = features.transform(texts[:rows]), features.transform(texts[rows:])
    found = np.zeros((others.shape[0], truth.shape[1]))
    for label in range(truth.shape[1]):
        given = truth[:rows, label]
        by = max(weight(given.mean()), 1.0)
        regression = LogisticRegression(C=3, class_weight={0: 1, 1: by}, solver="liblinear")
        found[:, label] = regression.fit(learned, given).decision_function(others) - np.log(by)
    return found


def measured(table: Path, rows: int, test: int) -> Iterator[dict[str, Any]]:
    """Gives what each rule reaches, by the weights, the rows that it saw and the draw."""
    frame = pd.read_csv(table, dtype=str, keep_default_na=False).drop_duplicates("texto")
    for seed in range(SEEDS):
        some = frame.sample(rows + max(HELD) + test, random_state=seed)
        truth = some["rotulo"].str.get_dummies("|").to_numpy(np.float32)
        texts = some["texto"].tolist()
        for weights, weight in WEIGHTS.items():
            said, others = logits(texts, truth, rows, weight), truth[rows:]
            for held in HELD:
                for draw in range(DRAWS):
                    mine = np.random.default_rng(draw).choice(len(said) - test, held, replace=False)
                    sharp = helpful_temperature(said[mine], others[mine])
                    p, last = expit(said / sharp), slice(len(said) - test, None)
                    facts = {"weights": weights, "held": held}
                    facts["log loss"] = log_losses(said[last] / sharp, others[last]).mean()
                    for name, rule in RULES.items():
                        answered = (p[last] >= rule(p[mine], others[mine])).astype(np.float32)
                        facts[name] = scores(others[last], answered)["f1_macro"]
                    yield facts


def main() -> None:
    """Measures and prints the means of the draws."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path, help="whose rows have several labels")
    parser.add_argument("--rows", type=int, default=5_000, help="that words learn from")
    parser.add_argument("--test", type=int, default=5_000, help="rows that macro-F1 is of")
    given = parser.parse_args()
    found = pd.DataFrame(measured(given.table, given.rows, given.test))
    print(found.groupby(["weights", "held"]).mean().round(4).to_string())


if __name__ == "__main__":
    main()
