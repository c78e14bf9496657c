"""Losses of single rows: logits and labels in, one number a row out. Averages nothing.

Add one by writing a function, a row in `LOSSES` and its name in the tasks that it is for, or name your own as
`package.module:function`. It gets `(logits [B, C], labels, label_smoothing=...)` and returns [B].
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from finetune.tasks.number_losses import absolute, huber, squared
from finetune.tasks.order_losses import cumulative, emd

RowLoss = Callable[..., Tensor]


def cross_entropy(logits: Tensor, labels: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
    """Minus the log probability of the right class. [B]"""
    return functional.cross_entropy(logits, labels, reduction="none", label_smoothing=label_smoothing)


def focal(logits: Tensor, labels: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
    """Cross-entropy times (1 - p)^2, p the right class's probability: easy rows count less. [B]

    Source: Lin et al., Focal Loss for Dense Object Detection, arXiv 1708.02002, with its gamma of 2.
    """
    right = torch.softmax(logits, dim=-1).gather(1, labels.unsqueeze(1)).squeeze(1)  # [B]
    return (1 - right) ** 2 * cross_entropy(logits, labels, label_smoothing=label_smoothing)


def binary_cross_entropy(logits: Tensor, labels: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
    """Minus the log probability of what is true of each label, on average over the labels. [B]

    Rows that have a label count as much as others, however few they are: what thresholds find is as good, and
    probabilities stay honest. Smoothing goes to either in equal parts.
    """
    smooth = labels * (1 - label_smoothing) + label_smoothing / 2
    return functional.binary_cross_entropy_with_logits(logits, smooth, reduction="none").mean(dim=1)


LOSSES: dict[str, RowLoss] = {
    "cross_entropy": cross_entropy,
    "focal": focal,
    "binary_cross_entropy": binary_cross_entropy,
    "cumulative": cumulative,
    "emd": emd,
    "squared": squared,
    "absolute": absolute,
    "huber": huber,
}


def row_losses(loss: RowLoss, logits: Tensor, labels: Tensor, counts: Tensor, *, smoothing: float) -> Tensor:
    """Returns each row's loss, 0 for those that do not count. [B]

    Args:
        loss: A row of `LOSSES`, or one like them.
        logits: [B, C].
        labels: [B] or [B, C], as the batch contract has them.
        counts: [B] which rows count.
        smoothing: Probability taken from what is right and spread over all.
    """
    losses = loss(logits, labels, label_smoothing=smoothing)
    return torch.where(counts, losses, 0.0)
