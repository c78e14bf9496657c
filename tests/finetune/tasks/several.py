"""Answers to rows that may have several labels, for the tests of their scores."""

import numpy as np


def answers(labels: int, rows: int, seed: int = 0):
    """Targets [N, C], from frequent to rare, and logits that know something of them."""
    random = np.random.default_rng(seed)
    truth = (random.random((rows, labels)) < 0.5 / np.arange(1, labels + 1)).astype(np.float32)
    logits = 1.5 * random.normal(size=(rows, labels)) + 2.5 * truth - 1.5
    return truth, logits.astype(np.float32)
