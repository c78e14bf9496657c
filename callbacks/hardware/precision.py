"""Which precision a device computes fastest without losing the result. Changes no Trainer."""

import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from lightning.pytorch.plugins.precision import Precision

CPU_FLAGS = ("avx512_bf16", "amx_bf16")
"""Processor flags that mean bf16 products in hardware; without them they are emulated, slower than float32."""

PLANNED_PRECISIONS = ("32-true", "bf16-mixed", "16-mixed")
"""Those that leave the weights in float32: what is planned, estimated and tried."""

TENSOR_CORES = (7, 0)
"""The first compute capability with tensor cores. Before it float16 gains nothing and may be 64 times slower
(throughput of native arithmetic instructions, NVIDIA's CUDA C++ Programming Guide: capability 6.1)."""


def cpu_has_bf16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Returns whether the processor multiplies bf16 in hardware; False where the system does not say."""
    if not cpuinfo.is_file():
        return False
    words = cpuinfo.read_text(encoding="utf-8", errors="replace").split()
    return any(flag in words for flag in CPU_FLAGS)


LEAST_ROUNDS = 12
"""Products of each kind that are timed, the first apart."""


@cache
def cpu_bf16_speedup() -> float | None:
    """Returns how many times as fast as float32 the processor multiplies bf16; None where it has no bf16.

    The flag alone does not do: a hypervisor may show it and emulate, or torch be built without the kernels.
    """
    return timed_speedup() if cpu_has_bf16() else None


def timed_speedup(size: int = 768, seconds: float = 0.05) -> float:
    """Times square float32 and bf16 products in turn; returns the ratio of the best times.

    Args:
        size: Side of the matrices: those of BERT base.
        seconds: How long to go on. Each is done at least `LEAST_ROUNDS` times: of a busy machine's first few all may
            have been waited for, and the next command would compute in another precision than this one.
    """
    matrices = {kind: torch.ones(size, size, dtype=kind) for kind in (torch.float32, torch.bfloat16)}
    best = dict.fromkeys(matrices, float("inf"))
    begin, rounds = time.perf_counter(), 0
    while rounds <= LEAST_ROUNDS or time.perf_counter() - begin < seconds:
        for kind, matrix in matrices.items():
            start = time.perf_counter()
            matrix @ matrix
            took = time.perf_counter() - start
            if rounds:  # the first round builds the kernels
                best[kind] = min(best[kind], took)
        rounds += 1
    return best[torch.float32] / best[torch.bfloat16]


def precision_plugin(precision: str, device_type: str) -> "Precision":
    """Returns Lightning's plug-in for a precision; all but the mixed ones are what the weights themselves are in."""
    # here: what only asks the processor need not wait for Lightning
    from lightning.pytorch.plugins.precision import MixedPrecision, Precision

    if precision == "bf16-mixed":
        return MixedPrecision("bf16-mixed", device_type)
    return MixedPrecision("16-mixed", device_type) if precision == "16-mixed" else Precision()
