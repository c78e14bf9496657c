import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from finetune.data.batching.batches import LengthSampler, StepSampler, round_up
from finetune.data.batching.largest import largest_micro_batch, longest_rows
from finetune.tasks.batch import FILLER
from tests.finetune.data.batching.test_batches import lengths_of_rows


@settings(max_examples=80, deadline=None)
@given(lengths_of_rows, st.integers(1, 12), st.integers(0, 3), st.integers(1, 5))
@example([80] * 5 + [72] * 19, 2, 0, 5)  # the longest step is not the one with the largest groups in one
def test_no_micro_batch_of_any_epoch_is_larger_than_the_one_said_to_be(lengths, parts, epoch, together):
    lengths, parts = np.array(lengths), min(parts, -(-12 // together))
    largest = largest_micro_batch(lengths, 12, parts=parts, pad_to=8, together=together)
    length = round_up(int(lengths[largest.positions].max()), 8)
    rows = len(largest.positions)
    sampler = StepSampler(lengths, effective_batch_size=12, accumulation=parts, pad_to=8, together=together)
    sampler.set_epoch(epoch)
    for step in sampler:
        own = round_up(int(lengths[step.positions[step.positions != FILLER]].max(initial=1)), 8)
        assert own <= length
        assert len(step.positions) * own <= rows * length
        assert len(step.positions) * own**2 <= rows * length**2
    assert rows <= min(-(-12 // together) * together, len(lengths))


@settings(max_examples=40, deadline=None)
@given(lengths_of_rows, st.integers(1, 2000))
def test_no_evaluation_batch_is_larger_than_the_one_said_to_be(lengths, tokens):
    lengths = np.array(lengths)
    largest = longest_rows(lengths, tokens, pad_to=8)
    length = round_up(int(lengths[largest.positions].max()), 8)
    for batch in LengthSampler(lengths, max_tokens=tokens, pad_to=8):
        own = round_up(int(lengths[batch.positions].max()), 8)
        # of more rows than that there are none, and a single row may be longer than allowed
        assert len(batch.positions) * own <= max(len(largest.positions) * length, length)
