from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from callbacks.hardware.precision import precision_plugin
from callbacks.hardware.trial import evaluation_fits, is_out_of_memory, training_fits

CPU = torch.device("cpu")
ROOT = Path(__file__).parents[3]


@pytest.fixture
def batch() -> dict[str, torch.Tensor]:
    return {"x": torch.randn(8, 16), "y": torch.zeros(8)}


def build(model: Callable[..., Any], **rooms: float) -> Any:
    made = model(**rooms)
    made.configure_model()
    return made


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed", "16-mixed"])
def test_a_batch_that_fits_leaves_all_as_it_was(rows_model: Any, batch: Any, precision: str) -> None:
    module = build(rows_model)
    module.eval()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    state = torch.get_rng_state()
    plugin = precision_plugin(precision, "cpu")
    assert training_fits(module, batch, plugin, CPU, accumulates=True, beside_bytes=100)
    assert evaluation_fits(module, batch, plugin, CPU)
    # the running averages of the norm, too
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())
    assert all(parameter.grad is None for parameter in module.parameters())
    assert torch.equal(torch.get_rng_state(), state)
    assert not module.training


def test_each_part_keeps_its_mode(rows_model: Any, batch: Any) -> None:
    """A frozen part stays in evaluation mode through the trial and after it."""
    seen = set()

    class Frozen(rows_model):  # type: ignore[misc]
        def training_loss(self, batch: Any) -> Any:
            seen.add(self.norm.training)
            return super().training_loss(batch)

    module = build(Frozen)
    module.norm.eval()
    plugin = precision_plugin("32-true", "cpu")
    assert training_fits(module, batch, plugin, CPU, accumulates=True)
    assert evaluation_fits(module, batch, plugin, CPU)
    assert (seen, module.norm.training, module.layers.training) == ({False}, False, True)


def test_a_buffer_that_the_forward_pass_makes_is_gone_again(rows_model: Any, batch: Any) -> None:
    class Caches(rows_model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("cache", None)

        def training_loss(self, batch: Any) -> Any:
            self.cache = torch.ones(3)
            return super().training_loss(batch)

    module = build(Caches)
    assert training_fits(module, batch, precision_plugin("32-true", "cpu"), CPU, accumulates=False)
    assert module.cache is None


def test_gradients_that_were_there_stay(rows_model: Any, batch: Any) -> None:
    module = build(rows_model)
    module.late.weight.grad = torch.ones(1, 1)
    assert training_fits(module, batch, precision_plugin("32-true", "cpu"), CPU, accumulates=True)
    assert module.late.weight.grad.item() == 1


def test_a_batch_that_does_not_fit_leaves_all_as_it_was(rows_model: Any, batch: Any) -> None:
    module = build(rows_model, room=100, eval_room=100)
    state = torch.get_rng_state()
    plugin = precision_plugin("32-true", "cpu")
    assert not training_fits(module, batch, plugin, CPU, accumulates=True)
    assert not evaluation_fits(module, batch, plugin, CPU)
    assert torch.equal(torch.get_rng_state(), state)
    assert module.training


def test_the_random_state_returns_though_memory_ran_out_half_way(rows_model: Any, batch: Any) -> None:
    class Draws(rows_model):  # type: ignore[misc]
        def training_loss(self, batch: Any) -> Any:
            torch.rand(7)
            raise torch.OutOfMemoryError("half way")

    module = build(Draws)
    state = torch.get_rng_state()
    assert not training_fits(module, batch, precision_plugin("32-true", "cpu"), CPU, accumulates=False)
    assert torch.equal(torch.get_rng_state(), state)


def test_another_error_is_no_lack_of_memory(rows_model: Any, batch: Any) -> None:
    class Broken(rows_model):  # type: ignore[misc]
        def training_loss(self, batch: Any) -> Any:
            raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes do not match"):
        training_fits(build(Broken), batch, precision_plugin("32-true", "cpu"), CPU, accumulates=False)


ALONE = """
import resource, torch
from callbacks.hardware.precision import precision_plugin
from callbacks.hardware.trial import data_bytes, memory_limit, training_fits

MIB = 2**20

class Wide(torch.nn.Module):  # takes 4 MiB for each row of a batch, some times over
    def training_loss(self, batch):
        return (batch[:, :1] * torch.ones(1, MIB, requires_grad=True)).exp().sum()

def fits(rows, **limits):
    plugin = precision_plugin("32-true", "cpu")
    return training_fits(Wide(), torch.ones(rows, 1), plugin, torch.device("cpu"), accumulates=False, **limits)

before = resource.getrlimit(resource.RLIMIT_DATA)
limit = data_bytes() + 400 * MIB
assert fits(2, limit_bytes=limit)
assert not fits(2, limit_bytes=limit, beside_bytes=500 * MIB)
assert not fits(200, limit_bytes=limit)
assert resource.getrlimit(resource.RLIMIT_DATA) == before
assert fits(200)
try:
    with memory_limit(data_bytes() + 64 * MIB):
        torch.empty(8000 * MIB, dtype=torch.uint8)
except RuntimeError as error:
    print(error)
assert torch.empty(256 * MIB, dtype=torch.uint8).nbytes == 256 * MIB
"""


def test_a_real_lack_of_memory_on_a_cpu_is_an_error_and_not_the_end() -> None:
    """Going past the limit of a container ends a process; within `memory_limit` torch says that it got nothing.

    In a process of its own: what earlier tests freed may be used again without asking the system.
    """
    done = subprocess.run(
        [sys.executable, "-c", ALONE], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "can't allocate memory" in done.stdout


@pytest.mark.parametrize(
    ("error", "memory"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (MemoryError(), True),
        (
            RuntimeError(
                "[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: you"
            ),
            True,
        ),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), True),
        (RuntimeError("std::bad_alloc"), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 8.00 GB"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("not enough memory"), False),
    ],
)
def test_how_allocators_say_it(error: Exception, memory: bool) -> None:
    assert is_out_of_memory(error) is memory
