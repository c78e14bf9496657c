from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from finetune.data.dividing.divisible import Divisible, bundles
from finetune.data.dividing.splits import SPLITS, by_time, divide, folds
from finetune.data.dividing.stratified import stratified
from finetune.errors import ConfigError, DataError

SHARES = (0.7, 0.1, 0.2)

tables = st.dictionaries(st.text(min_size=1, max_size=5), st.integers(3, 60), min_size=1, max_size=6).map(
    lambda counts: [label for label, count in counts.items() for _ in range(count)]
)
seeds = st.integers(0, 5)
orders = st.permutations(SHARES)


def alone(labels, times=None):
    """Rows of which each stands for itself."""
    return Divisible(labels, np.arange(len(labels)), times)


def tied(size, *, classes, largest, seed):
    """Rows of random classes in random bundles of up to `largest` rows, at random moments."""
    random = np.random.default_rng(seed)
    bundle = np.repeat(np.arange(size), random.integers(1, largest + 1, size))
    labels = [f"c{code}" for code in random.integers(0, classes, len(bundle)) ** 2 // classes]
    shuffled = random.permutation(len(bundle))
    return Divisible(labels, bundle[shuffled] * 7, random.integers(0, 3 * size, len(bundle)))


bundled = st.builds(
    tied, st.integers(30, 90), classes=st.integers(1, 5), largest=st.integers(1, 9), seed=st.integers(0, 99)
)


def cut(rows, validation=0.1, test=0.2, *, seed=0, split=stratified):
    return divide(rows, validation_fraction=validation, test_fraction=test, seed=seed, split=split)


def parts_of(split):
    return {"train": split.train, "validation": split.validation, "test": split.test}


# ---- three parts ----------------------------------------------------------------------------------------------


@given(tables, st.floats(0.05, 0.3), st.floats(0.05, 0.3), seeds)
def test_every_row_is_in_exactly_one_part_and_every_class_in_each(labels, validation, test, seed):
    split = cut(alone(labels), validation, test, seed=seed)
    assert sorted(np.concatenate(list(parts_of(split).values()))) == list(range(len(labels)))
    for part in parts_of(split).values():
        assert {labels[i] for i in part} == set(labels)
        assert list(part) == sorted(part)


@pytest.mark.parametrize("name", SPLITS)
@given(rows=bundled, seed=seeds)
def test_each_split_is_complete_repeatable_and_keeps_bundles_whole(name, rows, seed):
    part, again = (SPLITS[name](rows, SHARES, seed) for _ in range(2))
    assert part.tolist() == again.tolist()
    assert set(part.tolist()) == {0, 1, 2}
    assert len(set(zip(rows.bundle.tolist(), part.tolist(), strict=True))) == len(set(rows.bundle.tolist()))


@pytest.mark.parametrize("name", SPLITS)
@given(rows=bundled)
def test_a_part_without_a_share_gets_no_row(name, rows):
    assume(
        min(Counter(rows.labels).values()) > 1
    )  # a class of one row is refused, which another test asks for
    assert set(SPLITS[name](rows, (0.8, 0.0, 0.2), 0).tolist()) == {0, 2}
    split = cut(rows, 0.2, 0.0, split=SPLITS[name])
    assert len(split.test) == 0
    assert len(split.train) + len(split.validation) == len(rows.labels)


def test_shares_are_kept_and_another_seed_gives_other_rows():
    rows = alone(["soja"] * 700 + ["milho"] * 300)
    split = cut(rows, seed=1)
    assert [len(part) for part in parts_of(split).values()] == [700, 100, 200]
    assert sum(rows.labels[i] == "milho" for i in split.test) == 60
    assert cut(rows, seed=2).test.tolist() != split.test.tolist()
    pairs = Divisible(rows.labels, np.arange(1000) // 2)
    assert cut(pairs, seed=1).test.tolist() != cut(pairs, seed=2).test.tolist()


@settings(max_examples=300)
@given(
    st.lists(st.integers(20, 80), min_size=1, max_size=12), st.sampled_from([SHARES, (0.5, 0.3, 0.2)]), seeds
)
def test_single_rows_keep_each_class_to_the_row_and_the_sizes_of_the_parts_too(counts, shares, seed):
    codes = np.repeat(np.arange(len(counts)), counts)
    part = stratified(alone([f"c{code:02}" for code in codes]), shares, seed)
    for code, count in enumerate(counts):
        held = np.bincount(part[codes == code], minlength=3)
        assert np.abs(held - np.multiply(shares, count)).max() < 1 - 1e-6
    # each class rounded without a thought for the others, twelve may be six rows off
    assert np.abs(np.bincount(part) - np.multiply(shares, len(codes))).max() < 2


def test_many_small_classes_do_not_move_the_sizes():
    labels = [f"c{i // 14}" for i in range(14 * 100)]  # 1.4 rows of each class are due to validation
    assert np.bincount(stratified(alone(labels), SHARES, 0)).tolist() == [980, 140, 280]


@given(st.integers(0, 99), st.integers(1, 5), st.integers(2, 12))
def test_bundles_keep_the_shares_of_the_classes(seed, classes, largest):
    rows = tied(400, classes=classes, largest=largest, seed=seed)
    part = stratified(rows, SHARES, seed)
    for label, count in Counter(rows.labels).items():
        held = np.bincount(part[np.asarray(rows.labels) == label], minlength=3)
        assert np.abs(held - np.multiply(SHARES, count)).max() <= largest / 2 + 1


def test_single_rows_even_out_what_a_large_bundle_did():
    rows = Divisible(
        ["a"] * 50 + ["b"] * 50 + ["a", "b"] * 50, np.r_[np.zeros(100), np.arange(1, 101)].astype(int)
    )
    split = cut(rows)
    for part, size in (("train", 70), ("validation", 10), ("test", 20)):
        assert Counter(rows.labels[i] for i in parts_of(split)[part]) == {"a": size, "b": size}


@settings(max_examples=500)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 14)), min_size=3, max_size=25), orders)
def test_each_part_gets_a_row_of_a_class_that_has_single_rows_enough(pairs, shares):
    labels, bundle = (list(column) for column in zip(*pairs, strict=True))
    part = stratified(Divisible(labels, np.array(bundle)), shares, 0)
    single = [bundle.count(number) == 1 for number in bundle]
    for label in set(labels):
        own = [place for place, name in enumerate(labels) if name == label]
        bound = {part[place] for place in own if not single[place]}
        if sum(single[place] for place in own) >= 3 - len(bound):
            assert {part[place] for place in own} == {0, 1, 2}


def test_training_gets_the_only_single_row_of_a_class():
    # by what is due, "raro" would go to the test part: of nine rows it wants 3.6 and gets 3
    assert stratified(alone([*"a" * 9, "raro"]), (0.2, 0.4, 0.4), 0)[-1] == 0


def test_large_bundles_are_shared_in_proportion():
    # after 40 rows training has half of what it needs, the other part nothing: the next 20 are better there
    rows = Divisible(["a"] * 100, np.r_[[0] * 40, [1] * 20, 2 + np.arange(40) // 2])
    part = stratified(rows, (0.8, 0.2), 0)
    assert part[[0, 40]].tolist() == [0, 1]
    assert np.bincount(part).tolist() == [80, 20]


def test_parts_that_have_too_much_get_no_single_row():
    rows = Divisible(["a"] * 100, np.r_[[0] * 90, np.arange(1, 11)])
    assert [len(part) for part in parts_of(cut(rows)).values()] == [90, 3, 7]


def test_five_farms_fill_three_parts():
    rows = Divisible(["a", "b"] * 100, np.repeat(np.arange(5), [50, 40, 40, 40, 30]))
    assert [len(part) for part in parts_of(cut(rows, 0.1, 0.1)).values()] == [130, 30, 40]
    assert stratified(Divisible(["a", "b"], np.array([7, 7])), SHARES, 0).tolist() == [0, 0]  # one cannot


@pytest.mark.parametrize("fractions", [(0.5, 0.4), (0.45, 0.45), (0.8, 0.1), (0.1, 0.8), (0.3, 0.1)])
@pytest.mark.parametrize("rows", [3, 4, 5])
def test_rounding_never_leaves_a_class_without_a_row_to_learn_from(fractions, rows):
    labels = ["a"] * rows + ["b"] * 40
    for part in parts_of(cut(alone(labels), *fractions)).values():
        assert {labels[i] for i in part} == {"a", "b"}


def test_rows_that_are_not_divided_all_train_and_need_no_moments():
    split = cut(alone(["a", "b", "c"]), 0.0, 0.0, split=by_time)
    assert [part.tolist() for part in parts_of(split).values()] == [[0, 1, 2], [], []]


# ---- by time --------------------------------------------------------------------------------------------------


@given(bundled)
def test_no_row_of_an_older_part_is_as_late_as_what_decides_a_newer_one(rows):
    part = by_time(rows, SHARES, 0)
    latest = {number: max(rows.times[rows.bundle == number]) for number in set(rows.bundle.tolist())}
    moment = np.array([latest[number] for number in rows.bundle.tolist()])
    for older, newer in ((0, 1), (1, 2)):
        assert rows.times[part == older].max() < moment[part == newer].min()


@given(bundled)
def test_time_is_cut_at_the_place_nearest_to_the_share(rows):
    part = by_time(rows, (0.8, 0.2), 0)
    moment = np.array([max(rows.times[rows.bundle == number]) for number in rows.bundle])
    possible = [np.count_nonzero(moment <= edge) for edge in sorted(set(moment.tolist()))[:-1]]
    off = [abs(0.8 * len(part) - before) for before in possible]
    assert abs(0.8 * len(part) - np.count_nonzero(part == 0)) == pytest.approx(min(off))


def test_time_is_cut_between_moments_only_and_each_part_gets_one():
    assert by_time(alone("ab" * 5, np.arange(10)[::-1]), SHARES, 0).tolist() == [2, 2, 1, *[0] * 7]
    assert by_time(alone("ab" * 5, np.array([0.5] * 8 + [7, 8])), SHARES, 0).tolist() == [*[0] * 8, 1, 2]
    assert by_time(alone("ab" * 5, np.array([1, 2] + [3] * 8)), SHARES, 0).tolist() == [0, 1, *[2] * 8]


def test_a_bundle_counts_at_its_latest_moment():
    rows = Divisible(list("ab" * 5), np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 0]), np.arange(10))
    assert by_time(rows, SHARES, 0)[[0, 9]].tolist() == [2, 2]


def test_a_class_of_one_row_is_no_matter_to_time():
    assert cut(alone("aaaaaaaaab", np.arange(10)), split=by_time).test.tolist() == [8, 9]


def test_a_split_by_time_asks_for_its_column():
    with pytest.raises(
        DataError, match=r"needs a column of dates or numbers: name it with --data\.time_column"
    ):
        cut(alone(["a", "b"] * 5), split=by_time)


def test_too_few_moments_are_counted():
    with pytest.raises(DataError, match=r"2 different moments, too few for 3 parts .* --data\.time_column"):
        cut(alone(["a", "b"] * 5, np.array([2023, 2024] * 5)), split=by_time)


# ---- folds ----------------------------------------------------------------------------------------------------


@given(bundled, st.integers(2, 7), seeds)
def test_folds_hold_each_row_out_once_and_bundles_whole(rows, count, seed):
    made = folds(rows, count=count, seed=seed, split=stratified)
    assert len(made) == count
    assert sorted(np.concatenate([held for _, held in made])) == list(range(len(rows.labels)))
    for train, held in made:
        assert len(held)
        assert sorted([*train, *held]) == list(range(len(rows.labels)))
        assert not set(rows.bundle[train].tolist()) & set(rows.bundle[held].tolist())


@given(bundled, st.integers(2, 7))
def test_folds_by_time_train_on_all_that_is_older(rows, count):
    made = folds(rows, count=count, seed=0, split=by_time)
    assert len(made) == count
    oldest = made[0][0]
    assert sorted(np.concatenate([oldest, *(held for _, held in made)])) == list(range(len(rows.labels)))
    for number, (train, held) in enumerate(made):
        assert sorted(train) == sorted(np.concatenate([oldest, *(held for _, held in made[:number])]))
        assert len(train)
        assert rows.times[train].max() < rows.times[held].max()


def test_classes_smaller_than_the_folds_are_spread_over_all():
    labels = [f"c{i // 2}" for i in range(40)]
    sizes = [len(held) for _, held in folds(alone(labels), count=5, seed=0, split=stratified)]
    assert sizes == [8] * 5
    sizes = [len(held) for _, held in folds(alone(range(12)), count=5, seed=0, split=stratified)]
    assert sorted(sizes) == [2, 2, 2, 3, 3]


def test_folds_that_cannot_be_are_refused():
    rows = Divisible(["a", "b"] * 6, np.arange(12) // 4, np.arange(12) // 6)
    with pytest.raises(ConfigError, match=r"1 fold cannot be made: .* give 2 or more"):
        folds(rows, count=1, seed=0, split=stratified)
    with pytest.raises(
        DataError, match=r"12 rows cannot be divided into 4 parts: 4 of them .* 3 such bundles in all"
    ):
        folds(rows, count=4, seed=0, split=stratified)
    with pytest.raises(DataError, match=r"2 different moments, too few for 3 parts"):
        folds(rows, count=2, seed=0, split=by_time)


# ---- bundles --------------------------------------------------------------------------------------------------


def same(numbers):
    """Which rows have an equal number, whatever it is."""
    return [[a == b for a in numbers] for b in numbers]


def test_rows_with_a_key_in_common_are_one_bundle_also_through_others():
    assert same(bundles(["x", "y", "x", None, None])) == same([0, 1, 0, 2, 3])
    text, group = ["x", "y", "x", "z", "w", "v"], ["f1", "f1", "f2", "f2", None, None]
    assert same(bundles(text, group)) == same([0, 0, 0, 0, 1, 2])
    assert same(bundles([None, None], [None, None])) == same([0, 1])
    assert same(bundles(["a", "b"], ["b", "a"])) == same([0, 1])  # a text is no group of that name


keys = st.lists(st.one_of(st.none(), st.integers(0, 12), st.sampled_from("abc")), min_size=12, max_size=12)


@given(keys, keys)
def test_bundles_are_what_a_walk_from_row_to_row_reaches(one, other):
    number = np.arange(12)
    for _ in range(12):
        for a in range(12):
            for b in range(12):
                if any(key[a] is not None and key[a] == key[b] for key in (one, other)):
                    number[number == number[a]] = number[b]
    assert same(bundles(one, other)) == same(number)


# ---- what is refused ------------------------------------------------------------------------------------------


def test_a_class_too_small_for_each_split_is_named_with_its_count():
    rows = alone(["comum"] * 10 + ["raro"] * 2)
    with pytest.raises(
        DataError, match=r'1 of 2 classes.*each of the 3 splits: "raro" \(2\).*--data\.test_path'
    ):
        cut(rows, 0.1, 0.1)
    assert len(cut(rows, 0.1, 0.0).validation)


@pytest.mark.parametrize("fractions", [(0.5, 0.5), (-0.1, 0.1), (0.9, 0.3)])
def test_fractions_that_leave_nothing_to_train_on_are_refused(fractions):
    with pytest.raises(ConfigError, match=r"validation_fraction .* sum below 1"):
        cut(alone(["a", "b"] * 50), *fractions)


@pytest.mark.parametrize("name", SPLITS)
def test_rows_that_nearly_all_hang_together_are_refused(name):
    rows = Divisible(["a", "b"] * 10, np.array([0] * 18 + [1, 1]), np.arange(20))
    with pytest.raises(
        DataError,
        match=r"into 3 parts: 18 of them hang together, .* repeated in several groups, leave --data\.group_",
    ):
        cut(rows, split=SPLITS[name])
    assert len(cut(rows, 0.1, 0.0, split=SPLITS[name]).train) in (2, 18)


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=12, max_size=20),
    st.floats(0.05, 0.45),
    st.floats(0.05, 0.45),
)
def test_no_part_comes_out_empty_where_there_are_bundles_for_all(pairs, validation, test):
    labels = [*"abcd" * 3, *("abcd"[code] for code, _ in pairs)]
    rows = Divisible(labels, np.array([0] * 12 + [number for _, number in pairs]))
    if len(set(rows.bundle.tolist())) >= 3:
        split = cut(rows, validation, test)
        assert min(len(part) for part in parts_of(split).values()) > 0


def test_a_split_of_the_users_own_divides():
    own = cut(
        alone(["a", "b"] * 5), split=lambda rows, shares, seed: [i % 3 for i in range(len(rows.labels))]
    )
    assert own.validation.tolist() == [1, 4, 7]


@pytest.mark.parametrize(
    ("given_back", "said"),
    [
        (
            [0, 1, 2],
            r"list: as an array it is int64 of shape \(3,\)\. It must give each of the 10 rows the number",
        ),
        (np.zeros(10), r"ndarray: as an array it is float64 of shape \(10,\)"),
        (([0, 1], [2], [3]), r"tuple: as an array it is object of shape \(\)"),
        (None, r"NoneType: as an array it is object of shape \(\)"),
        ([0, 3] * 5, r"list: its numbers go from 0 to 3"),
        ([0, -1] * 5, r"list: its numbers go from -1 to 0"),
        ([0, 1] * 5, r"list: part 2, whose share is 0\.2, has 0 rows"),
        ([1, 2] * 5, r"list: part 0, whose share is 0\.7, has 0 rows"),
    ],
)
def test_a_split_of_the_users_own_that_breaks_its_contract_is_refused(given_back, said):
    def meu(rows, shares, seed):
        return given_back

    with pytest.raises(ConfigError, match=f'^the split "meu" gave a {said}'):
        cut(alone(["a", "b"] * 5), split=meu)


def test_rows_given_to_a_part_that_is_not_wanted_are_refused():
    with pytest.raises(
        ConfigError, match=r"part 2, whose share is 0, has 5 rows.* a share \(0\.8, 0\.2, 0\)"
    ):
        cut(alone(["a", "b"] * 5), 0.2, 0.0, split=lambda rows, shares, seed: [0, 2] * 4 + [1, 2])


def test_a_split_of_the_users_own_with_other_parameters_is_told_the_right_ones():
    def old(labels, validation_fraction, test_fraction, seed):
        return np.zeros(len(labels))

    with pytest.raises(ConfigError, match=r'"old" cannot be called as split\(rows, shares, seed\)'):
        divide(alone(["a", "b"] * 10), validation_fraction=0.1, test_fraction=0.1, seed=0, split=old)
