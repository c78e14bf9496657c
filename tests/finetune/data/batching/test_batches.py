import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune.data.batching.batches import LengthSampler, StepSampler, balanced_cuts, round_up
from finetune.errors import ConfigError
from finetune.tasks.batch import FILLER

lengths_of_rows = st.lists(st.integers(1, 200), min_size=1, max_size=120)


def samplers(lengths, *, batch=8, accumulation=1, world_size=1, seed=3, together=1):
    return [
        StepSampler(
            np.array(lengths),
            effective_batch_size=batch,
            accumulation=accumulation,
            world_size=world_size,
            rank=rank,
            seed=seed,
            together=together,
        )
        for rank in range(world_size)
    ]


def steps(lengths, **settings):
    """The rows of every optimizer step, over all its micro-batches and ranks."""
    ranks = [list(sampler) for sampler in samplers(lengths, **settings)]
    accumulation = settings.get("accumulation", 1)
    count = len(ranks[0]) // accumulation
    return [
        [m for rank in ranks for m in rank[i * accumulation : (i + 1) * accumulation]] for i in range(count)
    ]


@settings(max_examples=60, deadline=None)
@given(lengths_of_rows, st.integers(1, 4), st.integers(1, 3))
def test_each_step_has_exactly_the_effective_batch_in_exactly_the_micro_batches(
    lengths, accumulation, world_size
):
    batch = 12
    found = steps(lengths, batch=batch, accumulation=accumulation, world_size=world_size)
    seen = []
    for number, step in enumerate(found):
        rows = np.concatenate([m.positions for m in step])
        rows = rows[rows != FILLER]
        seen += rows.tolist()
        assert len(step) == accumulation * world_size
        assert {m.step_rows for m in step} == {len(rows)}
        assert len(rows) == batch or number == len(found) - 1
    assert sorted(seen) == list(range(len(lengths)))


@settings(max_examples=40, deadline=None)
@given(lengths_of_rows, st.integers(1, 4), st.integers(1, 3))
def test_the_rows_of_a_step_do_not_depend_on_how_it_is_cut(lengths, accumulation, world_size):
    def rows(**cut):
        return [
            sorted(r for m in step for r in m.positions.tolist() if r != FILLER)
            for step in steps(lengths, batch=12, **cut)
        ]

    assert rows() == rows(accumulation=accumulation, world_size=world_size)


@settings(max_examples=40, deadline=None)
@given(lengths_of_rows, st.integers(1, 3))
def test_length_is_exact(lengths, accumulation):
    (sampler,) = samplers(lengths, accumulation=accumulation)
    assert len(sampler) == len(list(sampler))


def test_set_epoch_gives_another_order_and_the_same_epoch_the_same():
    (sampler,) = samplers(list(range(1, 101)))

    def order():
        return [m.positions.tolist() for m in sampler]

    first = order()
    sampler.set_epoch(1)
    second = order()
    sampler.set_epoch(0)
    assert first != second
    assert order() == first


def test_steps_hold_rows_of_like_length_so_that_little_is_padded():
    lengths = np.random.default_rng(0).integers(5, 120, 2000)
    (sampler,) = samplers(lengths, batch=16)
    padded = sum(len(m.positions) * round_up(int(lengths[m.positions].max()), 8) for m in sampler)
    plain = sum(16 * round_up(int(lengths[i : i + 16].max()), 8) for i in range(0, 2000, 16))
    assert padded < 1.15 * lengths.sum()
    assert plain > 1.5 * lengths.sum()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=3, max_size=9), st.integers(1, 3))
def test_cuts_are_the_best_there_are(lengths, parts):
    from itertools import combinations

    lengths = sorted(lengths, reverse=True)

    def largest(ends):
        starts = [0, *ends[:-1]]
        return max(
            (end - start) * round_up(lengths[start], 8) for start, end in zip(starts, ends, strict=True)
        )

    ends = balanced_cuts(lengths, parts, 8)
    best = min(largest([*cut, len(lengths)]) for cut in combinations(range(1, len(lengths)), parts - 1))
    assert ends[-1] == len(lengths)
    assert largest(ends) == best


@settings(max_examples=40, deadline=None)
@given(lengths_of_rows, st.integers(1, 2), st.integers(1, 2), st.integers(1, 3))
def test_rows_that_stay_together_do_so_however_a_step_is_cut(lengths, accumulation, world_size, together):
    cut = {"batch": 12, "together": together}

    def groups(**how):
        return [
            {
                frozenset(m.positions[at : at + together].tolist())
                for m in step
                if FILLER not in m.positions
                for at in range(0, len(m.positions), together)
            }
            for step in steps(lengths, **cut, **how)
        ]

    assert groups() == groups(accumulation=accumulation, world_size=world_size)


def test_more_micro_batches_than_groups_of_rows_that_stay_together_are_refused():
    assert len(samplers([1] * 70, batch=32, accumulation=2, together=16)[0]) == 6
    with pytest.raises(
        ConfigError,
        match=r"of 32 rows cannot be cut into 3 micro-batches: 16 rows at a time .*takes 33 rows",
    ):
        samplers([1] * 70, batch=32, accumulation=3, together=16)


def test_an_effective_batch_smaller_than_the_micro_batches_is_refused():
    with pytest.raises(
        ConfigError, match=r"effective batch of 4 rows cannot be cut into 3 .* 2 processes: that takes 6"
    ):
        samplers([1] * 20, batch=4, accumulation=3, world_size=2)


@settings(max_examples=40, deadline=None)
@given(lengths_of_rows, st.integers(1, 4), st.integers(8, 600))
def test_evaluation_counts_every_row_once_on_any_number_of_processes(lengths, world_size, max_tokens):
    ranks = [
        list(LengthSampler(np.array(lengths), max_tokens=max_tokens, world_size=world_size, rank=rank))
        for rank in range(world_size)
    ]
    assert len({len(batches) for batches in ranks}) == 1
    batches = [m.positions for rank in ranks for m in rank if FILLER not in m.positions]
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    for rows in batches:
        assert len(rows) == 1 or len(rows) * round_up(max(lengths[i] for i in rows), 8) <= max_tokens


def test_a_sample_of_steps_goes_from_the_shortest_to_the_longest():
    lengths = np.random.default_rng(0).integers(1, 400, 1600)
    whole = StepSampler(lengths, effective_batch_size=16)
    few = StepSampler(lengths, effective_batch_size=16, accumulation=2, sample=10)
    assert (len(whole), few.steps, len(few)) == (100, 10, 20)
    tokens = [few.tokens(rows) for rows in few.sampled()]
    every = sorted(whole.tokens(rows) for rows in whole.sampled())
    assert (tokens[0], tokens[1]) == (every[-1], every[0])
    assert sorted(tokens)[1:-1] == pytest.approx([every[11 * i] for i in range(1, 9)], rel=0.02)
    assert len(list(few)) == 20
    assert StepSampler(lengths[:20], effective_batch_size=16, sample=10).steps == 2
