"""The batch contract: what data hands to the model, and what a micro-batch's loss weighs. Makes no batch, no loss.

B rows, T tokens, C classes. A batch is a dict of tensors:

    input_ids       [B, T] int64     T is a multiple of `pad_to`, the longest row of this batch rounded up
    attention_mask  [B, T] int64     1 where there is a token
    token_type_ids  [B, T] int64     which of two texts a token is of; absent where it has one, or the model asks not
    labels          [B]    int64     a class's number; absent when there are none (predicting)
                    [B, C] float32   of several labels: 1 where the row has the label
                    [B]    float32   of a number
    row             [B]    int64     the row's position in the user's table, counted from 0; `FILLER`: it has none and
                                     does not count, whatever its label, and is the only one of its batch
    step_rows       []     int64     rows of this optimizer step, over all its micro-batches and ranks

The model answers logits [B, C].

Each optimizer step holds exactly `effective_batch_size` rows (the last of an epoch may hold fewer), cut into
exactly `accumulation` micro-batches on each of `world_size` ranks, so that each has about as many tokens:

    one step of 8 rows, accumulation 2, world_size 1         lengths   micro-batches (rows x tokens)
                                                             31 29     2 x 32
                                                             12 11 9 8 7 5     6 x 16

Micro-batches differ in rows while Lightning divides by their number and DDP by the ranks. Hence the loss of a
micro-batch is `sum(row losses) x accumulation x world_size / step_rows`: the gradient is then the plain mean
over the step's rows however they were cut.
"""

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from torch import Tensor

    Batch: TypeAlias = dict[str, Tensor]
else:
    Batch = dict  # who only divides a table need not wait for torch

TYPES = "token_type_ids"
"""As transformers calls them."""

FILLER = -1
"""Stands for a row that does not count: where there are fewer rows than micro-batches, so that ranks keep in step."""


def counting(batch: Batch) -> "Tensor":
    """Returns which rows of a batch count. [B]"""
    return batch["row"] != FILLER


def weighed(total: "Tensor", step_rows: "Tensor", *, accumulation: int, world_size: int) -> "Tensor":
    """Returns the loss of a micro-batch whose gradients, averaged over all of a step, are the mean over its rows.

    Args:
        total: The sum of its rows' losses. []
        step_rows: Rows of the whole step. []
        accumulation: Micro-batches of the step on each process.
        world_size: Processes.
    """
    return total * accumulation * world_size / step_rows
