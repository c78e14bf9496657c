"""Losses of classes in order, of single rows as in `losses`: to miss by many steps costs more than by one."""

import torch
from torch import Tensor


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
