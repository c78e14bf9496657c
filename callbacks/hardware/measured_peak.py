"""The memory that a run took at its peak, as the device or the system counted it. Estimates nothing."""

import sys
from collections.abc import Callable
from typing import Any

import psutil
import torch
from torch.profiler import ProfilerActivity, profile

from callbacks.hardware.limits import GIB


def reset_peak(device: torch.device) -> None:
    """Begins to count anew where that can be done: on CUDA."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def measured_peak(device: torch.device) -> dict[str, Any]:
    """Returns the peak in GiB with what it is a peak of.

    On CUDA `tensors` is what compares with an estimate and `reserved` what the card's other users see of it. On a
    CPU there is only what the whole process took since its start, Python and libraries included.
    """
    if device.type == "cuda":
        return {
            "tensors_gib": round(torch.cuda.max_memory_allocated(device) / GIB, 4),
            "reserved_gib": round(torch.cuda.max_memory_reserved(device) / GIB, 4),
        }
    return {
        "process_gib": round(_process_peak_bytes() / GIB, 4),
        "of": "the whole process since its start, with Python and libraries",
    }


def tensor_peak_bytes(run: Callable[[], None]) -> int:
    """Returns the most bytes at a time that torch's CPU allocator gave out during a call, beyond those before it.

    It is the profiler's count of single allocations and releases, and so a check of an estimate: the two share nothing.
    """
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        run()
    assert profiler.profiler is not None
    events: list[Any] = [
        event for event in profiler.profiler.kineto_results.events() if event.name() == "[memory]"
    ]
    now = most = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        now += event.nbytes()
        most = max(most, now)
    return most


def _process_peak_bytes() -> int:
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # bytes there, KiB elsewhere
