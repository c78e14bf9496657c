from __future__ import annotations

from typing import Any

from callbacks.hardware.plan import Cut
from callbacks.hardware.step_memory import StepMemory
from callbacks.hardware.workload import Workload


def test_each_process_has_its_share_of_the_weights(rows_model: Any, rows_data: Any) -> None:
    model = rows_model()
    model.configure_model()
    work = Workload(model, rows_data())
    model.gathered_bytes = 1000
    alone, shared = (
        StepMemory(model, work.batch, precision="32-true", processes=4, sharded=sharded)
        for sharded in (False, True)
    )
    whole, share = alone.estimate(Cut(1, False)), shared.estimate(Cut(1, False))
    assert whole is not None
    assert share is not None
    for part in ("weights_bytes", "gradients_bytes", "optimizer_bytes"):
        assert getattr(share, part) == getattr(whole, part) // 4
    # what was hidden at the peak by gradients that are gone now
    assert share.activations_bytes == whole.activations_bytes + whole.gradients_bytes * 3 // 4
    in_two = [memory.estimate(Cut(2, False)) for memory in (alone, shared)]
    assert in_two[0].activations_bytes == in_two[1].activations_bytes
    assert (whole.buckets_bytes, share.buckets_bytes) == (whole.gradients_bytes, 1000)
    batch = work.evaluation_batch(512)
    lighter = alone.evaluation_bytes(batch) - shared.evaluation_bytes(batch)
    assert lighter == whole.weights_bytes - share.weights_bytes - 1000
    assert shared.evaluation_bytes(batch, beside_bytes=1000) == shared.evaluation_bytes(
        batch
    )  # it is in there already


def test_weights_in_fewer_bits_take_less_of_steps_and_evaluations(rows_model: Any, rows_data: Any) -> None:
    def taken(model: Any) -> tuple[Any, int]:
        model.configure_model()
        work = Workload(model, rows_data())
        memory = StepMemory(model, work.batch, precision="32-true")
        return memory.estimate(Cut(1, False)), memory.evaluation_bytes(work.evaluation_batch(512))

    class InFewerBits(rows_model):  # type: ignore[misc]
        quantization_bytes = (1000, 70)

    (step, evaluation), (less, lighter) = taken(rows_model()), taken(InFewerBits())
    assert less.weights_bytes == step.weights_bytes - 1000
    assert less.activations_bytes == step.activations_bytes + 70
    assert less.peak_bytes == step.peak_bytes - 930
    assert lighter == evaluation - 930
