import pytest
import torch

from finetune.tasks.batch import FILLER, counting, weighed


def test_a_row_that_does_not_count_is_known_by_its_label_and_has_no_place():
    assert counting({"row": torch.tensor([0, 7, FILLER])}).tolist() == [True, True, False]
    assert FILLER < 0


@pytest.mark.parametrize(
    ("cuts", "world_size"), [([8], 1), ([2, 6], 1), ([2, 6], 2), ([1, 2, 5], 1), ([1, 1, 3, 3], 2)]
)
def test_losses_of_micro_batches_average_to_the_mean_over_the_steps_rows(cuts, world_size):
    losses = torch.arange(1.0, 9.0, dtype=torch.float64)
    accumulation = len(cuts) // world_size
    parts = [
        weighed(part.sum(), torch.tensor(8), accumulation=accumulation, world_size=world_size)
        for part in losses.split(cuts)
    ]
    # Lightning divides by the micro-batches of a process, DDP by the processes
    assert sum(parts) / accumulation / world_size == pytest.approx(losses.mean().item())
