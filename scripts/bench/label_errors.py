"""How many wrong labels the check finds: some labels of a good table are made wrong, and it is asked which.

    python scripts/bench/label_errors.py TABLE.csv [TABLE.csv ...]

The tables have the columns `texto` and `rotulo`. Wrong ones that were in them already count as found in vain. Needs
`pip install -e .`; a table of 3,000 rows and 10 classes takes half a minute.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from finetune.evaluation.label_errors import FOLDS, ODDS, how_sure, suspicious
from finetune.evaluation.words import words_left_out

DRAWS = 3


def planted(table: Path, rows: int, share: float, seed: int) -> dict[str, float]:
    """Returns what is found of the labels of a table that were made wrong."""
    frame = pd.read_csv(table, dtype=str, keep_default_na=False)
    frame = frame.sample(min(rows, len(frame)), random_state=seed)
    frame = frame[frame.groupby("rotulo")["rotulo"].transform("size") >= FOLDS]
    names, true = np.unique(frame["rotulo"], return_inverse=True)
    random = np.random.default_rng(seed)
    wrong = random.choice(len(frame), int(len(frame) * share), replace=False)
    given = true.copy()
    given[wrong] = (true[wrong] + random.integers(1, len(names), len(wrong))) % len(names)
    probabilities = words_left_out(frame["texto"].tolist(), given, len(names), seed)
    assert probabilities is not None
    suspects, odds = suspicious(given, probabilities)
    hit = np.isin(suspects, wrong)
    sure = np.array([how_sure(odds[row]) for row in suspects])
    found = {"rows": len(frame), "classes": len(names), "planted": len(wrong), "listed": len(suspects)}
    found |= {"of planted": float(hit.sum() / len(wrong)), "of the first 20": float(hit[:20].mean())}
    for name in ODDS:
        found |= {name: int((sure == name).sum()), f"{name}: planted": int(hit[sure == name].sum())}
    return found


def main() -> None:
    """Measures and prints the means of the draws."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", type=Path, nargs="+", help="tables whose labels are right")
    parser.add_argument("--rows", type=int, default=3_000, help="that are drawn of each")
    parser.add_argument("--share", type=float, default=0.05, help="of the labels that are made wrong")
    given = parser.parse_args()
    found = {
        str(table): pd.DataFrame(
            [planted(table, given.rows, given.share, seed) for seed in range(DRAWS)]
        ).mean()
        for table in given.tables
    }
    print(pd.DataFrame(found).round(2).to_string())


if __name__ == "__main__":
    main()
