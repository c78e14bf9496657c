"""The device that step.py measures on: what it is called, what it does best, and the time that work takes on it."""

import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import __version__ as transformers_version

from callbacks.hardware.precision import cpu_has_bf16

WARM_UP = 3
LEAST_STEPS = 5


def name_of(device: torch.device) -> str:
    """Returns what a device is called."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor() or "a CPU"
    return f"{name}, threads: {torch.get_num_threads()}"


def best_precision(device: torch.device) -> str:
    """Returns bf16-mixed where the hardware multiplies bf16 itself, else 32-true."""
    on_a_card = device.type == "cuda"
    has = torch.cuda.is_bf16_supported(including_emulation=False) if on_a_card else cpu_has_bf16()
    return "bf16-mixed" if has else "32-true"


def wait(device: torch.device) -> None:
    """Waits until the device has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def timed(work: Callable[[], Any], device: torch.device, seconds: float) -> list[float]:
    """Returns the milliseconds of each of many calls, after some that are not counted."""
    for _ in range(WARM_UP):
        work()
    wait(device)
    found: list[float] = []
    while len(found) < LEAST_STEPS or sum(found) < 1000 * seconds:
        start = time.perf_counter()
        work()
        wait(device)
        found.append(1000 * (time.perf_counter() - start))
    return found


def matmul_limit(device: torch.device, precision: str) -> float:
    """Returns the best rate that products of large square matrices keep up, in TFLOP/s."""
    kind = torch.bfloat16 if precision == "bf16-mixed" else torch.float32
    best = 0.0
    for size in (4096, 8192) if device.type == "cuda" else (1024, 2048):
        a, b = (torch.randn(size, size, device=device, dtype=kind) for _ in range(2))
        ms = statistics.median(timed(lambda a=a, b=b: torch.mm(a, b), device, 0.5))
        best = max(best, 2 * size**3 / ms / 1e9)
    return best


def machine_of(device: torch.device, precision: str) -> dict[str, Any]:
    """Returns what stands above the measurements of a device."""
    return {
        "device": device.type,
        "name": name_of(device),
        "precision": precision,
        "torch": torch.__version__,
        "transformers": transformers_version,
        "limit_tflops": matmul_limit(device, precision),
    }
