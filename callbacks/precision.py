"""Which precision this machine computes fastest without losing the result. Changes no Trainer."""

from pathlib import Path

import torch

CPU_FLAGS = ("avx512_bf16", "amx_bf16")
"""Processor flags that mean bf16 products in hardware; without them they are emulated, slower than float32."""


def cpu_has_bf16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Returns whether the processor multiplies bf16 in hardware; False where the system does not say."""
    if not cpuinfo.is_file():
        return False
    words = cpuinfo.read_text(encoding="utf-8", errors="replace").split()
    return any(flag in words for flag in CPU_FLAGS)


def best_precision(accelerator: str = "auto") -> str:
    """Returns a value for `Trainer(precision=...)`: bf16 where it is real, float16 on older GPUs, else float32.

    Args:
        accelerator: What the Trainer is to run on; `cpu` leaves a GPU unasked.
    """
    if accelerator == "cpu":
        return "bf16-mixed" if cpu_has_bf16() else "32-true"
    if torch.cuda.is_available():
        # asked plainly, torch says yes to Turing cards too, which emulate it
        return "bf16-mixed" if torch.cuda.is_bf16_supported(including_emulation=False) else "16-mixed"
    if torch.backends.mps.is_available():
        return "32-true"
    return "bf16-mixed" if cpu_has_bf16() else "32-true"
