"""Losses of single rows: logits and labels in, one number a row out. Averages nothing.

Add one by writing a function, a row in `LOSSES` and its name in the tasks that it is for, or name your own as
`package.module:function`. It gets `(logits [B, C], labels, label_smoothing=...)` and returns [B].
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

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


def cumulative(logits: Tensor, labels: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
    """Cross-entropy of each "at most this class" of classes in order: far misses cost more than near ones. [B]

    The mean over the C - 1 steps of the order. What the probabilities add up to below a step is held against whether
    the class lies below it: the logarithmic kin of the ranked probability score (Epstein, Journal of Applied
    Meteorology 8, 1969). It is least for the true probabilities, so what a network is sure of still means something.
    """
    below, above = at_most(logits)
    wanted = cumulated(labels, logits, label_smoothing)
    return -(wanted * below + (1 - wanted) * above).mean(dim=-1)


def emd(logits: Tensor, labels: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
    """Squared distance that probability has to be carried along classes in order, to where it belongs. [B]

    Source: Hou, Yu and Samaras, Squared Earth Mover's Distance-based Loss, arXiv 1611.05916.
    """
    below, _ = at_most(logits)
    return (below.exp() - cumulated(labels, logits, label_smoothing)).square().sum(dim=-1)


def cross_entropy_emd(logits: Tensor, labels: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
    """Cross-entropy and `emd` added: the class itself counts, and how far off it is. [B]"""
    return cross_entropy(logits, labels, label_smoothing=label_smoothing) + emd(
        logits, labels, label_smoothing=label_smoothing
    )


def at_most(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Returns the logarithms of the probability of at most, and of more than, each class but the last. [B, C - 1]"""
    logarithms = torch.log_softmax(logits, dim=-1)
    below = torch.logcumsumexp(logarithms, dim=-1)[:, :-1]
    above = torch.logcumsumexp(logarithms.flip(-1), dim=-1).flip(-1)[:, 1:]
    return below.clamp(max=0), above.clamp(max=0)  # rounding may lift a sum above 1


def cumulated(labels: Tensor, logits: Tensor, label_smoothing: float) -> Tensor:
    """Returns how much of the wanted probability lies at or below each class but the last. [B, C - 1]"""
    classes = logits.shape[-1]
    places = torch.arange(classes - 1, device=logits.device)
    right = (labels.unsqueeze(1) <= places).to(logits)
    return (1 - label_smoothing) * right + label_smoothing * (places + 1) / classes


def squared(logits: Tensor, labels: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
    """The square of the error of a number: it learns the mean. [B]"""
    return (logits.squeeze(1) - labels).square()


def absolute(logits: Tensor, labels: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
    """The error of a number: it learns the median, and a few wild numbers hardly count. [B]"""
    return (logits.squeeze(1) - labels).abs()


def huber(logits: Tensor, labels: Tensor, *, label_smoothing: float = 0.0) -> Tensor:
    """The square of small errors of a number, and large ones as they are. [B]

    Source: Huber, Robust Estimation of a Location Parameter (Annals of Mathematical Statistics 35, 1964); the border
    is one deviation of the training numbers, in which these are learned.
    """
    return functional.huber_loss(logits.squeeze(1), labels.to(logits), reduction="none")


LOSSES: dict[str, RowLoss] = {
    "cross_entropy": cross_entropy,
    "focal": focal,
    "cumulative": cumulative,
    "emd": emd,
    "cross_entropy_emd": cross_entropy_emd,
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
