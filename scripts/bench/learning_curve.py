"""Whether it can be told from few rows what more would be worth: small training sets are drawn, and made larger.

    python scripts/bench/learning_curve.py NAME=TABLE.csv [NAME=TABLE.csv ...] [--json curve.json]

Of each draw a simple model (TF-IDF) learns in turns from a quarter, half and all of the rows, as `check` and `baseline`
have it. A curve through these scores says what as many rows again, and three times as many, will be worth; then they
are drawn, and the model is measured on thousands of other rows. Told is by how many points of macro-F1 that was wrong.

The tables have the columns `texto` and `rotulo`. Needs `pip install -e .`; a draw takes some ten seconds on one core.
"""

import argparse
import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from finetune.data.dividing.sample import sample
from finetune.evaluation import learning_curve as ours
from finetune.evaluation.words import tfidf

Curve = Callable[[np.ndarray, np.ndarray, int, float], float]

MOST_MEASURED = 3_000


def power_law(rows: np.ndarray, scores: np.ndarray, now: int, times: float) -> float:
    """The error falls by the same share with each doubling: error = b * n^-c. What `check` tells."""
    return ours.gained(rows, scores, now, times)


def log_line(rows: np.ndarray, scores: np.ndarray, now: int, times: float) -> float:
    """A line in the logarithm of the rows: each doubling is worth the same."""
    return float(np.polyfit(np.log2(rows), scores, 1)[0] * np.log2(times))


def last_step(rows: np.ndarray, scores: np.ndarray, now: int, times: float) -> float:
    """Each doubling is worth what the last one was."""
    return log_line(rows[-2:], scores[-2:], now, times)


def inverse_root(rows: np.ndarray, scores: np.ndarray, now: int, times: float) -> float:
    """The error falls to a rest with the root of the rows: error = a + b * n^-1/2."""
    return float(np.polyfit(rows**-0.5, scores, 1)[0] * ((times * now) ** -0.5 - now**-0.5))


CURVES: dict[str, Curve] = {
    "b n^-c": power_law,
    "line in log n": log_line,
    "last step": last_step,
    "a + b n^-0.5": inverse_root,
}


def reached_by(
    texts: list[str], labels: np.ndarray, rows: np.ndarray, others: np.ndarray, seed: int
) -> float:
    """Returns the macro-F1 on other rows of a simple model that has learned from some."""
    model = tfidf([texts[i] for i in rows], labels[rows], int(labels.max()) + 1, seed)
    said = model.predict_proba([texts[i] for i in others]).argmax(axis=1)
    return float(ours.scores_of(labels[others], said[None, None])[0])


def measured(texts: list[str], labels: np.ndarray, count: int, seed: int) -> dict[str, float] | None:
    """Returns what curves through few rows promise, and what twice and four times as many bring; None if it rests."""
    order = np.random.default_rng(seed).permutation(len(labels))
    four = order[sample(labels[order], 4 * count, seed)]
    two = four[sample(labels[four], 2 * count, seed)]
    one = two[sample(labels[two], count, seed)]
    others = order[~np.isin(order, four)][:MOST_MEASURED]

    def reached(rows: np.ndarray) -> float:
        return reached_by(texts, labels, rows, others, seed)

    begun = time.perf_counter()
    curve = ours.learning_curve([texts[i] for i in one], labels[one], seed)
    if curve is None:
        return None
    found = {"rows": count, "seconds": time.perf_counter() - begun, "now": reached(one), "shows": curve.shows}
    found |= {"low": curve.interval[0], "high": curve.interval[1]}
    for times, rows in ((2, two), (4, four)):
        found[f"real x{times}"] = reached(rows) - found["now"]
        for name, of in CURVES.items():
            found[f"{name} x{times}"] = of(np.array(curve.rows), np.array(curve.scores), count, times)
    return found


def table(found: pd.DataFrame) -> str:
    """Returns how far each curve was off, in points of macro-F1, and what is told of it."""
    lines = [
        "| curve | off by, 2 x | 9 of 10 within | mean | off by, 4 x | 9 of 10 within | mean |",
        "|---|" + "--:|" * 6,
    ]
    for name in CURVES:
        cells = []
        for times in (2, 4):
            off = 100 * (found[f"{name} x{times}"] - found[f"real x{times}"])
            cells += [f"{off.abs().median():.1f}", f"{off.abs().quantile(0.9):.1f}", f"{off.mean():+.1f}"]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += [
        "",
        "| table, rows | now | promised, 2 x | real | told | of these within | seconds |",
        "|---|" + "--:|" * 6,
    ]
    for (name, rows), each in found.groupby(["table", "rows"], sort=False):
        told = each[each["shows"].astype(bool)]
        held = ((told["low"] <= told["real x2"]) & (told["real x2"] <= told["high"])).mean()
        promised, real = each["b n^-c x2"].mean(), each["real x2"].mean()
        lines.append(
            f"| {name}, {rows} | {each['now'].mean():.3f} | {100 * promised:+.1f} | {100 * real:+.1f} | "
            f"{len(told)} of {len(each)} | {f'{held:.0%}' if len(told) else '-'} | {each['seconds'].mean():.0f} |"
        )
    held = ((found["low"] <= found["real x2"]) & (found["real x2"] <= found["high"])).mean()
    return "\n".join(
        [*lines, "", f"Intervals that hold what twice as many rows bring: {held:.0%} of {len(found)}."]
    )


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="+", metavar="NAME=TABLE", help="tables with many rows")
    parser.add_argument("--rows", type=int, nargs="+", default=[50, 100, 200], help="of small training sets")
    parser.add_argument("--draws", type=int, default=5, help="of each size")
    parser.add_argument("--json", type=Path, help="file for all figures")
    given = parser.parse_args()
    warnings.simplefilter("ignore", UserWarning)
    found = []
    for each in given.tables:
        name, _, path = each.partition("=")
        frame = pd.read_csv(path, dtype=str, keep_default_na=False).drop_duplicates("texto")
        labels = np.unique(frame["rotulo"], return_inverse=True)[1]
        for count in given.rows:
            if count < 2 * (labels.max() + 1) or 4 * count > 0.7 * len(labels):
                continue
            for seed in range(given.draws):
                one = measured(frame["texto"].tolist(), labels, count, seed)
                found += [] if one is None else [{"table": name, "seed": seed, **one}]
            print(name, count, flush=True)
            if given.json is not None:
                given.json.write_text(json.dumps(found))
    print(table(pd.DataFrame(found)))


if __name__ == "__main__":
    main()
