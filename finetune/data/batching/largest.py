"""The largest batches there are, and how large they may be on which device. Tries none of them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from finetune.data.batching.batches import Integers, MicroBatch, StepSampler, round_up
from finetune.data.batching.loader import Collated
from finetune.tasks.batch import FILLER, Batch

# Measured on a CPU with bf16 (docs/measured/speed.md): coarser multiples pad more, finer ones give a new shape to
# nearly every batch; larger evaluation batches fall out of the caches. A GPU wants multiples of 8, and large batches.
CPU_PAD_TO, GPU_PAD_TO = 4, 8
CPU_EVAL_TOKENS, GPU_EVAL_TOKENS = 2048, 8192


def suited_to(device_type: str, *, pad_to: int | None, eval_tokens: int | None) -> tuple[int, int]:
    """Returns the multiple of a batch's length and the tokens of an evaluation batch: as asked for, or as suits.

    Args:
        device_type: As torch names it: `cpu`, `cuda`, ...
        pad_to: The multiple that was asked for.
        eval_tokens: The tokens that were asked for.
    """
    cpu = device_type == "cpu"
    return (
        pad_to or (CPU_PAD_TO if cpu else GPU_PAD_TO),
        eval_tokens or (CPU_EVAL_TOKENS if cpu else GPU_EVAL_TOKENS),
    )


def largest_batch(
    data: Collated, effective_batch_size: int, *, parts: int, shorten: int = 1, together: int = 1
) -> Batch:
    """Returns a batch that takes at least the memory of any that training gives.

    Args:
        data: The rows to train on.
        effective_batch_size: Rows of each optimizer step.
        parts: Micro-batches of a step, over all processes.
        shorten: The batch as it would be with texts cut at 1/shorten of the longest.
        together: Rows of a step that stay in one micro-batch.
    """
    short = replace(data, max_length=max(data.part.tokens.least, data.max_length // shorten))
    lengths, pad_to = short.lengths, data.pad_to
    return short[
        largest_micro_batch(lengths, effective_batch_size, parts=parts, pad_to=pad_to, together=together)
    ]


def largest_eval_batch(parts: Sequence[Collated], eval_tokens: int) -> Batch | None:
    """Returns a batch that takes at least the memory of any evaluation of these parts; None where there are none.

    Args:
        parts: Of at least a row each.
        eval_tokens: Padded tokens of a batch.
    """
    if not parts:
        return None
    longest = max(parts, key=lambda part: part.lengths.max())
    return longest[longest_rows(longest.lengths, eval_tokens, pad_to=longest.pad_to)]


def largest_micro_batch(
    lengths: Integers, effective_batch_size: int, *, parts: int, pad_to: int, together: int = 1
) -> MicroBatch:
    """Returns a micro-batch that takes at least the memory of any of a pass over these rows, in whatever order.

    Row by row no step is longer than that of the longest rows, so none has a larger micro-batch when cut as evenly.
    As many rows, all at the full length, hold all its padded tokens and more of what grows with length squared.

    Args:
        lengths: [N] Tokens of each row.
        effective_batch_size: Rows of each optimizer step.
        parts: Micro-batches of a step, over all ranks.
        pad_to: Multiple to which a batch's length is rounded up.
        together: Rows of a step that stay in one micro-batch.
    """
    sampler = StepSampler(
        lengths,
        effective_batch_size=effective_batch_size,
        accumulation=parts,
        pad_to=pad_to,
        together=together,
    )
    step = np.argsort(-lengths, kind="stable")[:effective_batch_size]
    cuts = [rows for rows in sampler.micro_batches(step) if rows[0] != FILLER]
    # a last group of fewer rows counts as a whole one: by that steps are cut
    counts = [round_up(len(rows), together) for rows in cuts]
    tokens = [
        count * round_up(int(lengths[rows[0]]), pad_to) for count, rows in zip(counts, cuts, strict=True)
    ]
    return longest_rows(lengths, max(tokens), pad_to=pad_to)


def longest_rows(lengths: Integers, tokens: int, *, pad_to: int) -> MicroBatch:
    """Returns the longest rows in one batch of about so many padded tokens, rather a row more than less."""
    order = np.argsort(-lengths, kind="stable")
    positions = order[: -(-tokens // round_up(int(lengths[order[0]]), pad_to))]
    return MicroBatch(positions, len(positions))
