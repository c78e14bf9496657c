"""What is said before a training of how it is spread."""

from types import SimpleNamespace

import pytest
from lightning.pytorch.accelerators import CPUAccelerator, CUDAAccelerator

from finetune.cli.training import note_where_one_process_is_faster


@pytest.mark.parametrize(
    ("processes", "machines", "accelerator", "said"),
    [
        (2, 1, CPUAccelerator, True),
        (1, 1, CPUAccelerator, False),
        (4, 2, CPUAccelerator, False),
        (2, 1, CUDAAccelerator, False),
    ],
)
def test_processes_that_share_a_processor_are_told_that_one_is_faster(
    caplog, processes, machines, accelerator, said
):
    trainer = SimpleNamespace(world_size=processes, num_nodes=machines, accelerator=accelerator())
    with caplog.at_level("INFO"):
        note_where_one_process_is_faster(trainer)
    assert said == (f"{processes} processes share" in caplog.text)
    assert said == ("one process, which uses all cores, is faster" in caplog.text)
