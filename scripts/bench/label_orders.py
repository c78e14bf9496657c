"""Whether rows that an order of `finetune label` chooses are worth more than rows that are drawn.

    python scripts/bench/label_orders.py NAME=TRAIN.csv[,TEST.csv] [...] --json orders.jsonl
    python scripts/bench/label_orders.py --table orders.jsonl

Of each table so many rows a class are taken for rows without labels, and of these a tenth is drawn to begin with. Then
each order chooses the next ones, in batches, by what words (TF-IDF and a regression, as `finetune baseline` has them)
say that have learned from those labelled so far; told is their macro-F1 on rows that nobody chooses from, at a quarter
and half of the labels, beside rows drawn at random, and at all of them. What begins alike is compared: the same draw.

The tables have the columns `texto` and `rotulo`. Needs `pip install -e .`; a seed of 1,500 rows takes a minute or two.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetune.commands.label.orders import MIXED, Known, ordered
from finetune.commands.label.spread import of_words
from finetune.data.dividing.sample import sample
from finetune.evaluation.learning_curve import scores_of
from finetune.evaluation.words import tfidf
from finetune.runtime.answering.answers import most_probable
from finetune.tasks.task import SINGLE

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

ORDERS = ("random", "unsure", "diverse", MIXED)
"""Those that apply where no row has a label."""

BEGIN, MARKS, BATCHES = 0.1, (0.25, 0.5), 3
"""The share that is drawn to begin with, those that are measured, and batches on the way to each."""

MOST_MEASURED = 3_000
RESAMPLES = 1_000


def learned(texts: list[str], labels: Integers, rows: Integers, classes: int, seed: int) -> Any:
    """Returns words that have learned from some rows."""
    return tfidf([texts[at] for at in rows.tolist()], labels[rows], classes, seed)


def next_rows(
    order: str, texts: list[str], labels: Integers, have: Integers, pool: Integers, *, count: int, seed: int
) -> Integers:
    """Returns the rows that an order chooses next, of those that are left."""
    left = np.setdiff1d(pool, have)
    classes = int(labels.max()) + 1
    shares = learned(texts, labels, have, classes, seed).predict_proba([texts[at] for at in left.tolist()])
    known = Known(
        texts=[texts[at] for at in left.tolist()],
        given=[None] * len(left),
        problem=SINGLE,
        labels=[str(number) for number in range(classes)],
        probabilities=shares,
        answer=most_probable(shares, {}),
        parts=lambda label: (label,),
        disagree=None,
        vectors=of_words,
        seed=seed,
    )
    return left[[at for at, _ in ordered(order, known)[:count]]]


def measured(
    texts: list[str], labels: Integers, pool: Integers, others: Integers, *, order: str, seed: int
) -> dict[str, list[int]]:
    """Returns what is answered to other rows at each share of the labels."""
    classes = int(labels.max()) + 1
    have = pool[sample(labels[pool], round(BEGIN * len(pool)), seed)]
    found = {}

    def answers(rows: Integers) -> list[int]:
        said = learned(texts, labels, rows, classes, seed).predict_proba(
            [texts[at] for at in others.tolist()]
        )
        return said.argmax(axis=1).tolist()

    for mark in MARKS:
        goal = round(mark * len(pool))
        for batch in range(BATCHES, 0, -1):
            count = -(-(goal - len(have)) // batch)
            have = np.concatenate([have, next_rows(order, texts, labels, have, pool, count=count, seed=seed)])
        found[str(mark)] = answers(have)
    return found | ({"1.0": answers(pool)} if order == "random" else {})


def read(files: str, a_class: int, seed: int) -> tuple[list[str], Integers, Integers, Integers]:
    """Returns texts, labels, the rows to choose from and those to measure on."""
    frames = [pd.read_csv(file).dropna().drop_duplicates("texto") for file in files.split(",")]
    names = np.unique(pd.concat(frames)["rotulo"].astype(str))
    labels = np.searchsorted(names, pd.concat(frames)["rotulo"].astype(str)).astype(np.int64)
    texts = pd.concat(frames)["texto"].astype(str).tolist()
    order = np.random.default_rng(seed).permutation(len(frames[0]))
    pool = np.concatenate([order[labels[order] == number][:a_class] for number in range(len(names))])
    own = np.arange(len(frames[0]), len(texts)) if len(frames) > 1 else np.setdiff1d(order, pool)
    others = np.random.default_rng(seed).permutation(own)[:MOST_MEASURED]
    return texts, labels, np.sort(pool), others


def table(lines: list[dict[str, Any]]) -> str:
    """Returns what was measured as a table: points of macro-F1, and how many more than rows at random bring."""
    rows = ["| table | labels | order | macro-F1 | more than random (95%) |", "|---|---|---|---|---|"]
    for name in dict.fromkeys(line["name"] for line in lines):
        mine = [line for line in lines if line["name"] == name]
        for mark in (*map(str, MARKS), "1.0"):
            drawn = {line["seed"]: line for line in mine if line["order"] == "random"}
            for order in ORDERS:
                those = [line for line in mine if line["order"] == order and mark in line["answers"]]
                those = [line for line in those if line["seed"] in drawn]
                if not those:
                    continue
                score = float(np.mean([_f1(line["truth"], line["answers"][mark]) for line in those]))
                more = "" if order == "random" else _difference(those, drawn, mark)
                called = "all" if mark == "1.0" else f"{float(mark):.0%}"
                rows.append(f"| {name} | {called} | {order} | {100 * score:.1f} | {more} |")
    return "\n".join(rows)


def _f1(truth: list[int], said: list[int]) -> float:
    return float(scores_of(np.array(truth), np.array(said)[None, None])[0])


def _difference(those: list[dict[str, Any]], drawn: dict[int, Any], mark: str) -> str:
    """By how much it is above rows at random: seeds and rows drawn anew."""
    random = np.random.default_rng(0)
    pairs = [
        [
            np.array(each)
            for each in (line["truth"], line["answers"][mark], drawn[line["seed"]]["answers"][mark])
        ]
        for line in those
    ]

    def mean(draw: list[list[Any]], again: bool) -> float:
        found = []
        for truth, one, other in draw:
            rows = random.integers(0, len(truth), len(truth)) if again else np.arange(len(truth))
            found.append(_f1(truth[rows], one[rows]) - _f1(truth[rows], other[rows]))
        return 100 * float(np.mean(found))

    others = [
        mean([pairs[at] for at in random.integers(0, len(pairs), len(pairs))], True) for _ in range(RESAMPLES)
    ]
    low, high = np.quantile(others, [0.025, 0.975])
    return f"{mean(pairs, False):+.1f} ({low:+.1f} to {high:+.1f})"


def main() -> None:
    """Measures tables, or shows what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="*", metavar="NAME=TRAIN.csv[,TEST.csv]")
    parser.add_argument("--a_class", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--table", type=Path)
    chosen = parser.parse_args()
    if chosen.table is not None:
        print(table([json.loads(line) for line in chosen.table.read_text().splitlines()]))
        return
    for seed in range(chosen.seeds):  # all tables of a seed first: what is stopped has something of each
        for name, files in (each.split("=", 1) for each in chosen.tables):
            texts, labels, pool, others = read(files, chosen.a_class, seed)
            for order in ORDERS:
                begun = time.perf_counter()
                found = measured(texts, labels, pool, others, order=order, seed=seed)
                seconds = time.perf_counter() - begun
                scores = {mark: round(_f1(labels[others].tolist(), said), 4) for mark, said in found.items()}
                print(name, seed, order, len(pool), scores, f"{seconds:.0f} s", flush=True)
                line = {"name": name, "seed": seed, "order": order, "truth": labels[others].tolist()}
                if chosen.json is not None:
                    with chosen.json.open("a") as file:
                        file.write(json.dumps({**line, "answers": found, "seconds": seconds}) + "\n")


if __name__ == "__main__":
    main()
