from collections import Counter

import numpy as np
import pandas as pd
import pytest

from finetune import TextData
from finetune.data.dividing.fold import Fold, chosen_fold
from finetune.data.dividing.parts import UNTOUCHED, Division, all_parts, every_row
from finetune.data.tables import read_source
from finetune.errors import ConfigError, DataError

FOLDS = 4


def frame_of(count, *, seed=0):
    """Rows of three classes; some texts equal but for case, rows of a farm together, at moments without order."""
    random = np.random.default_rng(seed)
    number = random.integers(0, count, count)
    return pd.DataFrame(
        {
            "texto": [f"boi {n}" if n % 2 else f"Boi {n}!" for n in number],
            "rotulo": random.choice(["a", "b", "c"], count, p=[0.6, 0.3, 0.1]),
            "fazenda": [f"f{n}" for n in random.integers(0, count // 4, count)],
            "ano": random.integers(1990, 2024, count),
            "parte": random.choice(["treino", "teste"], count, p=[0.8, 0.2]),
        }
    )


def table_of(frame):
    return read_source(frame)["all"]


def parts_of(table, number, *, folds=FOLDS, seed=7, own=None, **division):
    fold = Fold(number, folds, seed) if number else None
    return all_parts({"all": table}, own or {}, Division(fold=fold, **division))


def rows_of(parts):
    return {part: set(index.tolist()) for part, (_, index) in parts.items()}


KINDS = {
    "by class": {},
    "by group": {"group_column": "fazenda"},
    "by time": {"time_column": "ano"},
    "with a column for the test": {"split_column": "parte"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_but_those_of_the_test_is_held_out_once(kind):
    table = table_of(frame_of(400))
    usual = rows_of(parts_of(table, None, **KINDS[kind]))
    pool = usual["train"] | usual["validation"]
    held_out = Counter()
    for number in range(1, FOLDS + 1):
        parts = rows_of(parts_of(table, number, **KINDS[kind]))
        assert parts[UNTOUCHED] == usual["test"]
        assert not (parts["train"] & parts["test"] | parts["train"] & parts["validation"])
        assert not parts["validation"] & parts["test"]
        assert parts["train"] | parts["validation"] | parts["test"] <= pool
        if kind != "by time":
            assert parts["train"] | parts["validation"] | parts["test"] == pool
        held_out.update(parts["test"])
    assert set(held_out.values()) == {1}
    assert (set(held_out) < pool) if kind == "by time" else (set(held_out) == pool)


@pytest.mark.parametrize("kind", ["by class", "by group"])
def test_equal_texts_and_groups_are_on_one_side_of_both_cuts(kind):
    table = table_of(frame_of(400))
    for number in range(1, FOLDS + 1):
        parts = parts_of(table, number, **KINDS[kind])
        for column in ("texto", "fazenda") if kind == "by group" else ("texto",):
            values = table.frame[column].str.lower().str.strip("!")
            where = [set(values.iloc[index]) for _, index in parts.values()]
            assert len(where) == 4
            assert sum(map(len, where)) == len(set.union(*where))


def test_by_time_each_fold_trains_on_what_is_older_and_validates_on_the_latest_of_it():
    frame = frame_of(400)
    frame["texto"] = [f"boi {i}" for i in range(400)]  # equal texts count at their latest moment
    table = table_of(frame)
    latest_before = 0
    for number in range(1, FOLDS + 1):
        parts = parts_of(table, number, time_column="ano")
        years = {part: frame["ano"].iloc[index] for part, (_, index) in parts.items()}
        assert years["train"].max() < years["validation"].min()
        assert years["validation"].max() < years["test"].min()
        assert years["test"].max() < years[UNTOUCHED].min()
        assert years["test"].min() > latest_before
        latest_before = years["test"].max()


def test_validation_rows_of_their_own_serve_every_fold():
    table, own = table_of(frame_of(200)), every_row(table_of(frame_of(30, seed=1)))
    usual = parts_of(table, None, own={"validation": own})
    seen = set()
    for number in range(1, FOLDS + 1):
        parts = parts_of(table, number, own={"validation": own})
        assert parts["validation"] is own
        assert rows_of(parts)["train"] | rows_of(parts)["test"] == rows_of(usual)["train"]
        seen |= rows_of(parts)["test"]
    assert seen == rows_of(usual)["train"]


def test_without_a_test_all_rows_are_held_out_and_without_validation_there_is_none():
    table = table_of(frame_of(100))
    found = [
        rows_of(parts_of(table, k, test_fraction=0.0, validation_fraction=0.0)) for k in range(1, FOLDS + 1)
    ]
    assert all(set(parts) == {"train", "test"} for parts in found)
    assert set.union(*(parts["test"] for parts in found)) == set(range(100))


def test_another_seed_cuts_anew_and_leaves_the_test():
    table = table_of(frame_of(200))
    first, again, other = (rows_of(parts_of(table, 1, seed=seed)) for seed in (1, 1, 2))
    assert first == again
    assert first["test"] != other["test"]
    assert first[UNTOUCHED] == other[UNTOUCHED]


def test_a_class_too_small_to_validate_on_trains():
    """Three rows are enough for the division; of the two in the pool one is held out, and one is left."""
    frame = pd.DataFrame({"texto": [f"t{i}" for i in range(103)], "rotulo": ["a", "b"] * 50 + ["rara"] * 3})
    table, held_out = table_of(frame), 0
    for number in range(1, FOLDS + 1):
        parts = rows_of(parts_of(table, number))
        rare = {part: len(rows & {100, 101, 102}) for part, rows in parts.items()}
        assert rare[UNTOUCHED] == 1
        assert rare["train"] >= 1
        held_out += rare["test"]
    assert held_out == 2


def test_too_few_rows_for_the_folds_are_refused():
    with pytest.raises(DataError, match="cannot be divided into 60 parts"):
        parts_of(table_of(frame_of(40)), 1, folds=60)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"fold": 2}, "fold 2 is given, and not into how many"),
        ({"fold_seed": 2}, "fold_seed 2 is given"),
        ({"folds": 1, "fold": 1}, "folds is 1: .* give 2 or more"),
        ({"folds": 5}, "add --data.fold, from 1 to 5"),
        ({"folds": 5, "fold": 6}, "fold is 6: there are 5 folds"),
        ({"folds": 5, "fold": 0}, "fold is 0: there are 5 folds"),
        ({"folds": 5, "fold": 1, "fold_seed": -1}, "fold_seed is -1"),
    ],
)
def test_parameters_that_do_not_fit_together_are_refused(given, message):
    with pytest.raises(ConfigError, match=message):
        TextData("demo", **given)


def test_the_seed_of_the_cut_is_that_of_the_division_unless_given():
    assert chosen_fold(5, 2, seed=None, split_seed=3) == Fold(2, 5, 3)
    assert chosen_fold(5, 2, seed=0, split_seed=3) == Fold(2, 5, 0)
    assert chosen_fold(None, None, seed=None, split_seed=3) is None


def test_the_module_leaves_the_test_out_of_its_parts_and_counts_it(tiny_model):
    frame = frame_of(200)
    usual, data = (
        TextData(frame, tokenizer=str(tiny_model), **more) for more in ({}, {"folds": 4, "fold": 1})
    )
    usual.setup("fit")
    data.setup("fit")
    assert data.untouched == len(usual.parts["test"])
    assert set(data.parts) == {"train", "validation", "test"}
    assert set(data.split_frame()["split"]) == {"train", "validation", "test"}
    assert len(data.split_frame()) == 200 - data.untouched
    assert data.fingerprint() == usual.fingerprint()
