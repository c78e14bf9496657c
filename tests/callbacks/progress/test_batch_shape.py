from __future__ import annotations

import torch

from callbacks.progress.batch_shape import shape_of


def test_the_shape_of_a_batch_is_that_of_its_first_rows() -> None:
    rows = torch.zeros(4, 7)
    assert shape_of({"step": torch.tensor(4), "x": rows}) == (4, 7)
    assert shape_of([rows, torch.zeros(4)]) == shape_of(rows) == (4, 7)
    assert shape_of({}) == ()
