"""Proof before the first step: the largest batch is run once on the real device. Decides nothing, changes nothing.

Forward and backward, and again with the gradients in place, beside as much memory as the optimizer will take. On a
CPU, where a process that takes too much is killed, its data is limited meanwhile, so that it gets an error instead.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.utilities import move_data_to_device
from lightning.pytorch import LightningModule
from lightning.pytorch.plugins.precision import Precision
from lightning.pytorch.utilities.memory import garbage_collection_cuda, is_oom_error

STATUS = Path("/proc/self/status")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out: torch's allocators say it in several ways."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)) or is_oom_error(error):
        return True
    words = ("not enough memory", "backend out of memory", "CUBLAS_STATUS_ALLOC_FAILED", "std::bad_alloc")
    return isinstance(error, RuntimeError) and any(word in str(error) for word in words)


def can_limit_memory() -> bool:
    """Whether this system gives a process an error in place of ending it."""
    return STATUS.is_file()


def data_bytes() -> int:
    """Returns the memory that this process has asked the system for, used or not (Linux)."""
    kib = next(
        int(line.split()[1])
        for line in STATUS.read_text(encoding="utf-8").splitlines()
        if line.startswith("VmData:")
    )
    return kib * 1024


@contextmanager
def memory_limit(limit_bytes: int) -> Iterator[None]:
    """Lets this process ask for no more memory than this in all, of which it has `data_bytes` already (Linux)."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = limit_bytes if hard < 0 else min(limit_bytes, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


@contextmanager
def as_it_was(module: LightningModule, device: torch.device) -> Iterator[None]:
    """Gives a module back with its buffers, gradients, modes and torch's random states as they were."""
    buffers = [
        (part, name, buffer, None if buffer is None else buffer.detach().clone())
        for part in module.modules()
        for name, buffer in part._buffers.items()
    ]
    gradients = [(parameter, parameter.grad) for parameter in module.parameters()]
    modes = [(part, part.training) for part in module.modules()]
    mps = torch.mps.get_rng_state() if device.type == "mps" else None
    try:
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            yield
    finally:
        if mps is not None:
            torch.mps.set_rng_state(mps)
        for part, mode in modes:  # one by one: a frozen part may be in evaluation mode
            part.training = mode
        with torch.no_grad():
            for part, name, buffer, content in buffers:
                part._buffers[name] = buffer if content is None or buffer is None else buffer.copy_(content)
        for parameter, gradient in gradients:
            parameter.grad = gradient


def training_fits(
    module: LightningModule,
    batch: Any,
    precision: Precision,
    device: torch.device,
    *,
    accumulates: bool,
    beside_bytes: int = 0,
    limit_bytes: int | None = None,
) -> bool:
    """Runs a micro-batch forward and backward, as training will; returns whether memory was enough.

    Args:
        module: A built module that tells its loss by `training_loss(batch)`; it is moved to the device.
        batch: The largest micro-batch.
        precision: The plug-in in whose context the loss is computed.
        device: What training will run on.
        accumulates: Whether a micro-batch may find the gradients of another in place.
        beside_bytes: What will lie beside it: the optimizer's state, buckets of gradients.
        limit_bytes: What the process may have of memory in all; None for no limit, on a card.
    """

    def run(on_device: Any) -> None:
        for parameter in module.parameters():
            parameter.grad = None
        loss_of: Any = module.training_loss
        for _ in range(2 if accumulates else 1):
            with precision.train_step_context():
                loss = loss_of(on_device)
            loss.backward()

    return _fits(run, module, batch, device, beside_bytes=beside_bytes, limit_bytes=limit_bytes)


def evaluation_fits(
    module: LightningModule,
    batch: Any,
    precision: Precision,
    device: torch.device,
    *,
    beside_bytes: int = 0,
    limit_bytes: int | None = None,
) -> bool:
    """Runs a batch without gradients, as an evaluation will; see `training_fits`."""

    def run(on_device: Any) -> None:
        module.eval()
        with torch.no_grad(), precision.val_step_context():
            module(on_device)

    return _fits(run, module, batch, device, beside_bytes=beside_bytes, limit_bytes=limit_bytes)


def _fits(
    run: Callable[[Any], None],
    module: LightningModule,
    batch: Any,
    device: torch.device,
    *,
    beside_bytes: int,
    limit_bytes: int | None,
) -> bool:
    ceiling = nullcontext() if limit_bytes is None else memory_limit(limit_bytes)
    try:
        module.to(device)
        with as_it_was(module, device), ceiling:
            beside = torch.empty(beside_bytes, dtype=torch.uint8, device=device)
            run(move_data_to_device(batch, device))
            del beside
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        out_of_memory = True
    else:
        out_of_memory = False
    if out_of_memory:  # not within the except block, where the traceback still holds the tensors
        garbage_collection_cuda()
        if device.type == "mps":
            torch.mps.empty_cache()
    return not out_of_memory
