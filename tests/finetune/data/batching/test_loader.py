import multiprocessing
import os
import signal

import numpy as np
import pytest
import torch

from finetune.data.batching.batches import LengthSampler, MicroBatch, StepSampler
from finetune.data.batching.loader import Batches, Collated
from finetune.data.batching.part import Part
from finetune.data.batching.tokens import Tokens
from finetune.errors import ConfigError
from finetune.tasks.batch import FILLER, counting


def part_of(lengths, labels=True):
    """Row i has `lengths[i]` tokens, all of them i + 1; its position in the user's table is 100 + i."""
    values = np.repeat(np.arange(1, len(lengths) + 1), lengths).astype(np.int32)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    tokens = Tokens(np.array(lengths), suffix=0, pad_token_id=0, chunks=((offsets, values),))
    rows = np.arange(len(lengths))
    return Part(tokens, rows, rows + 100, rows % 3 if labels else None)


def loader(lengths, *, accumulation=1, batch=4):
    part = part_of(lengths)
    sampler = StepSampler(np.array(lengths), effective_batch_size=batch, accumulation=accumulation)
    return Batches(Collated(part, 64, 8), sampler)


def test_a_batch_keeps_the_contract():
    data = Collated(part_of([3, 11, 5]), 64, 8)
    batch = data[MicroBatch(np.array([1, 0]), 7)]
    assert batch["input_ids"].shape == (2, 16)
    assert batch["input_ids"].dtype == torch.int64
    assert batch["input_ids"][0].tolist() == [2] * 11 + [0] * 5
    assert batch["attention_mask"].sum(1).tolist() == [11, 3]
    assert batch["labels"].tolist() == [1, 0]
    assert batch["row"].tolist() == [101, 100]
    assert batch["step_rows"].item() == 7


def test_padding_never_passes_the_longest_the_model_takes():
    batch = Collated(part_of([13, 2]), 13, 8)[MicroBatch(np.array([0, 1]), 2)]
    assert batch["input_ids"].shape == (2, 13)


def test_a_filler_row_does_not_count():
    batch = Collated(part_of([3, 3]), 64, 8)[MicroBatch(np.array([FILLER]), 1)]
    assert counting(batch).tolist() == [False]
    assert batch["row"].tolist() == [FILLER]


def test_prediction_has_no_labels():
    assert "labels" not in Collated(part_of([3], labels=False), 64, 8)[MicroBatch(np.array([0]), 1)]


@pytest.mark.parametrize("stop", [1, 5, 12])
def test_a_pass_goes_on_where_the_saved_one_stopped(stop):
    lengths = np.random.default_rng(0).integers(1, 40, 50).tolist()
    whole = loader(lengths)
    whole.sampler.set_epoch(2)
    expected = [batch["row"].tolist() for batch in whole]

    first = loader(lengths)
    first.sampler.set_epoch(2)
    batches = iter(first)
    seen = [next(batches)["row"].tolist() for _ in range(stop)]
    state = first.state_dict()

    second = loader(lengths)
    second.load_state_dict(state)
    iterator = iter(second)  # Lightning makes the iterator before it sets the epoch
    second.sampler.set_epoch(2)
    assert seen + [batch["row"].tolist() for batch in iterator] == expected
    assert second.state_dict() == {"epoch": 2, "batches": len(expected), "accumulation": 1}


def test_the_epoch_after_the_saved_one_starts_at_its_beginning():
    first = loader(list(range(1, 21)))
    first.load_state_dict({"epoch": 0, "batches": 3})
    first.sampler.set_epoch(1)
    assert len(list(first)) == len(first)


def test_steps_cut_another_way_in_mid_epoch_are_refused_with_the_way_out():
    """Batches are what is counted: the next step would begin in the middle of one."""
    with pytest.raises(
        ConfigError, match=r"in 2 micro-batches, and is to go on with 1.*accumulate_grad_batches 2"
    ):
        loader(list(range(1, 21))).load_state_dict({"epoch": 0, "batches": 6, "accumulation": 2})


def test_steps_may_be_cut_another_way_from_an_epochs_end():
    batches = loader(list(range(1, 21)))
    batches.load_state_dict({"epoch": 0, "batches": 2 * len(batches), "accumulation": 2})
    batches.sampler.set_epoch(1)
    assert len(list(batches)) == len(batches)


def test_making_batches_leaves_the_random_state_alone():
    batches = loader(list(range(1, 21)))
    torch.manual_seed(1)
    before = torch.get_rng_state()
    list(batches)
    assert torch.equal(before, torch.get_rng_state())


def test_evaluation_shows_lightning_no_sampler():
    data = Collated(part_of([3, 4]), 64, 8)
    assert not hasattr(Batches(data, LengthSampler(np.array([3, 4]), max_tokens=64)), "sampler")


def test_ctrl_c_does_not_end_a_process_that_makes_batches_where_it_is_started_anew():
    before, lengths = multiprocessing.get_start_method(), [3] * 40
    sampler = StepSampler(np.array(lengths), effective_batch_size=4, accumulation=1)
    multiprocessing.set_start_method("spawn", force=True)  # as on Windows and macOS
    try:
        batches = iter(Batches(Collated(part_of(lengths), 64, 8), sampler, num_workers=1))
        rows = next(batches)["row"].tolist()
        for worker in multiprocessing.active_children():
            os.kill(worker.pid, signal.SIGINT)  # the terminal sends it to all
        for batch in batches:
            rows += batch["row"].tolist()
    finally:
        multiprocessing.set_start_method(before, force=True)
    assert sorted(rows) == list(range(100, 140))
