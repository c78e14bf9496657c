"""How evenly rows of several labels are divided, and in what time: ours, by chance, and the method of the paper.

    python scripts/bench/stratify.py [TABLE.csv ...]

The tables have the columns `texto` and `rotulo`. A made-up one of 100,000 rows and 50 labels, few of which are
frequent, is divided in any case. The paper is Sechidis, Tsoumakas, Vlahavas, "On the Stratification of Multi-Label
Data" (2011), whose algorithm stands below as it is printed.

The errors: by how many rows a label's count in a part differs from its share, in the middle and at most; the labels
that a part is without, though they have a row for each; and the largest difference of a part's size from its share.

Two cores, rows off at most (size off): toldbr, 80/10/10: ours 1.0 (0), the paper 0.6 (124), by chance 20.5 (0); made
up, 5 folds: ours 0.8 (1), the paper 0.8 (47), by chance 142 (0). Ours takes 4 seconds for 100,000 rows, the paper 2.
"""

import argparse
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from finetune.data.dividing.divisible import Divisible
from finetune.data.dividing.stratified import stratified
from finetune.data.tables import read_source

SHARES = {"80/10/10": (0.8, 0.1, 0.1), "5 folds": (0.2,) * 5}
ROWS, LABELS = 100_000, 50

Parts = NDArray[np.int64]
Strata = list[tuple[str, ...]]


def made_up(seed: int = 0) -> Strata:
    """Returns the labels of made-up rows: the most frequent in 30% of them, the rarest in some 80 rows."""
    random = np.random.default_rng(seed)
    has = random.random((ROWS, LABELS)) < 0.3 * np.arange(1, LABELS + 1) ** -1.5
    return [tuple(map(str, np.flatnonzero(row))) or ("",) for row in has]


def ours(strata: Strata, shares: Sequence[float], seed: int) -> Parts:
    """Returns the part of each row as `fit` divides it."""
    return stratified(Divisible([""] * len(strata), np.arange(len(strata)), None, strata), shares, seed)


def by_chance(strata: Strata, shares: Sequence[float], seed: int) -> Parts:
    """Returns the part of each row where only the sizes are kept."""
    cuts = np.round(np.cumsum(shares)[:-1] * len(strata)).astype(np.int64)
    part = np.searchsorted(cuts, np.arange(len(strata)), side="right")
    return np.random.default_rng(seed).permutation(part)


def of_the_paper(strata: Strata, shares: Sequence[float], seed: int) -> Parts:
    """Returns the part of each row by the algorithm of the paper."""
    random = np.random.default_rng(seed)
    rows_of: dict[str, set[int]] = {}
    for row, names in enumerate(strata):
        for name in names:
            rows_of.setdefault(name, set()).add(row)
    size = np.asarray(shares) * len(strata)
    need = {name: np.asarray(shares) * len(rows) for name, rows in rows_of.items()}
    part = np.zeros(len(strata), dtype=np.int64)
    while rows_of := {name: rows for name, rows in rows_of.items() if rows}:
        rarest = min(rows_of, key=lambda name: len(rows_of[name]))
        for row in sorted(rows_of[rarest]):
            best = max(range(len(shares)), key=lambda one: (need[rarest][one], size[one], random.random()))
            part[row] = best
            size[best] -= 1
            for name in strata[row]:
                rows_of[name].discard(row)
                need[name][best] -= 1
    return part


def measured(strata: Strata, part: Parts, shares: Sequence[float]) -> str:
    """Returns the errors of a division, in words."""
    names = sorted({name for one in strata for name in one})
    number = {name: place for place, name in enumerate(names)}
    counts = np.zeros((len(shares), len(names)))
    for row, one in enumerate(strata):
        for name in one:
            counts[part[row], number[name]] += 1
    every = counts.sum(axis=0)
    off = np.abs(counts - np.outer(shares, every))
    without = int(((counts == 0) & (every >= len(shares))).sum())
    size = np.abs(np.bincount(part, minlength=len(shares)) - np.asarray(shares) * len(strata)).max()
    return f"rows off {np.median(off):6.2f} {off.max():8.2f}   without {without:3d}   size off {size:6.1f}"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="*")
    tables: dict[str, Strata] = {}
    for path in parser.parse_args().tables:
        table = read_source(path, task="multi_label")["all"]
        assert table.label is not None
        tables[path] = [tuple(map(str, one)) for one in table.task.strata(table.label)]
    tables["made up"] = made_up()
    for name, strata in tables.items():
        for told, shares in SHARES.items():
            print(f"\n{name}, {len(strata):,} rows, {told}")
            for way in (ours, of_the_paper, by_chance):
                start = time.perf_counter()
                part = way(strata, shares, 0)
                seconds = time.perf_counter() - start
                print(f"  {way.__name__:14} {seconds:6.1f} s   {measured(strata, part, shares)}")


if __name__ == "__main__":
    main()
