"""Losses of numbers, of single rows as in `losses`: one output [B, 1] against numbers [B]."""

from torch import Tensor
from torch.nn import functional


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
