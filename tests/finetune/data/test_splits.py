import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.data.splits import SPLITS, stratified
from finetune.errors import ConfigError, DataError

tables = st.dictionaries(st.text(min_size=1, max_size=5), st.integers(3, 60), min_size=1, max_size=6).map(
    lambda counts: [label for label, count in counts.items() for _ in range(count)]
)


@given(tables, st.floats(0.05, 0.3), st.floats(0.05, 0.3), st.integers(0, 5))
def test_every_row_is_in_exactly_one_part_and_every_class_in_each(labels, validation, test, seed):
    split = stratified(labels, validation, test, seed)
    everything = np.concatenate([split.train, split.validation, split.test])
    assert sorted(everything) == list(range(len(labels)))
    for part in (split.train, split.validation, split.test):
        assert {labels[i] for i in part} == set(labels)
        assert list(part) == sorted(part)


@given(tables, st.integers(0, 5))
def test_the_same_seed_gives_the_same_split(labels, seed):
    first, second = stratified(labels, 0.1, 0.1, seed), stratified(labels, 0.1, 0.1, seed)
    assert first.train.tolist() == second.train.tolist()
    assert first.test.tolist() == second.test.tolist()


def test_shares_are_kept_and_another_seed_gives_other_rows():
    labels = ["soja"] * 700 + ["milho"] * 300
    split = stratified(labels, 0.1, 0.2, 1)
    assert [len(split.train), len(split.validation), len(split.test)] == [700, 100, 200]
    assert sum(labels[i] == "milho" for i in split.test) == 60
    assert stratified(labels, 0.1, 0.2, 2).test.tolist() != split.test.tolist()


def test_a_part_that_is_not_wanted_is_empty():
    split = stratified(["a", "b"] * 5, 0.2, 0.0, 0)
    assert len(split.test) == 0
    assert len(split.train) + len(split.validation) == 10


def test_a_class_too_small_for_each_split_is_named_with_its_count():
    with pytest.raises(DataError, match=r'1 of 2 classes.*"raro" \(2\).*--data\.test_path'):
        stratified(["comum"] * 10 + ["raro"] * 2, 0.1, 0.1, 0)


@pytest.mark.parametrize("fractions", [(0.5, 0.5), (-0.1, 0.1), (0.9, 0.3)])
def test_fractions_that_leave_nothing_to_train_on_are_refused(fractions):
    with pytest.raises(ConfigError, match=r"validation_fraction .* sum below 1"):
        stratified(["a", "b"] * 50, *fractions, 0)


@pytest.mark.parametrize("fractions", [(0.5, 0.4), (0.45, 0.45), (0.8, 0.1), (0.1, 0.8)])
@pytest.mark.parametrize("rows", [3, 4, 5])
def test_rounding_never_leaves_a_class_without_a_row_to_learn_from(fractions, rows):
    labels = ["a"] * rows + ["b"] * 40
    split = stratified(labels, *fractions, 0)
    for part in (split.train, split.validation, split.test):
        assert {labels[i] for i in part} == {"a", "b"}


@pytest.mark.parametrize("name", SPLITS)
def test_each_split_is_disjoint_complete_and_repeatable(name):
    labels = ["a", "b", "c"] * 40
    first, second = (SPLITS[name](labels, 0.1, 0.2, 3) for _ in range(2))
    everything = np.concatenate([first.train, first.validation, first.test])
    assert sorted(everything) == list(range(120))
    assert first.test.tolist() == second.test.tolist()
