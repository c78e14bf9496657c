"""One measurement of what a run takes of its machine. Measures only: no thread, no file, no logger."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from callbacks.hardware.limits import GIB, Gpu, allowed_cores, allowed_memory, visible_gpus


class ResourceSampler:
    """Measures this process with its children, the memory limit, the disk and the GPUs.

    Args:
        folder: An existing folder whose disk is watched; None for no disk column.
    """

    def __init__(self, folder: Path | None) -> None:
        self.gpus: list[Gpu] = []
        self._folder = folder
        self._cores = allowed_cores()
        self._main = psutil.Process()
        self._clock = time.monotonic()
        self._cpu_seconds = dict(self._cpu_times())
        self._gpu_columns: dict[str, Callable[[], float]] = {}

    def open_gpus(self) -> None:
        """Looks for GPUs and for what each of them can tell; without any there are no GPU columns.

        Raises:
            pynvml.NVMLError: There is a driver and it does not answer.
        """
        import pynvml

        self.gpus = visible_gpus()
        for gpu in self.gpus:
            for name, read in _gpu_readers(pynvml, gpu.handle).items():
                try:
                    read()
                except (
                    pynvml.NVMLError_NotSupported,
                    pynvml.NVMLError_InvalidArgument,
                    pynvml.NVMLError_NoPermission,
                ):
                    continue  # a MIG slice has no utilisation, some cards no power: no column then
                self._gpu_columns[f"gpu{gpu.number}_{name}"] = read

    def close_gpus(self) -> None:
        """Lets go of NVML; may be called twice."""
        import pynvml

        self._gpu_columns = {}
        if self.gpus:
            self.gpus = []
            pynvml.nvmlShutdown()

    @property
    def columns(self) -> list[str]:
        """Names of what `sample` measures, in order."""
        disk = [] if self._folder is None else ["disk_free_gib"]
        return ["cpu_percent", "ram_gib", "ram_limit_percent", *disk, *self._gpu_columns]

    def sample(self) -> dict[str, float]:
        """Measures everything but the GPUs; CPU is the mean since the sample before."""
        memory = allowed_memory()
        values = {
            "cpu_percent": self._cpu_percent(),
            "ram_gib": sum(_process_bytes(process) for process in self._processes()) / GIB,
            "ram_limit_percent": 100 * memory.used_bytes / memory.limit_bytes,
        }
        if self._folder is not None:
            values["disk_free_gib"] = shutil.disk_usage(self._folder).free / GIB
        return values

    def sample_gpus(self) -> dict[str, float]:
        """Measures the GPUs.

        Raises:
            pynvml.NVMLError: NVML no longer answers (card lost, driver reloaded).
        """
        return {name: read() for name, read in self._gpu_columns.items()}

    def _processes(self) -> list[psutil.Process]:
        return [self._main, *self._main.children(recursive=True)]

    def _cpu_times(self) -> Iterator[tuple[tuple[int, float], float]]:
        for process in self._processes():
            try:
                times = process.cpu_times()
                yield (process.pid, process.create_time()), times.user + times.system
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue  # ended in between, or changed its user

    def _cpu_percent(self) -> float:
        now, cpu_seconds = time.monotonic(), dict(self._cpu_times())
        # A process not seen before began after the last sample: all its time is new
        spent = sum(seconds - self._cpu_seconds.get(key, 0.0) for key, seconds in cpu_seconds.items())
        elapsed = now - self._clock
        self._clock, self._cpu_seconds = now, cpu_seconds
        return 100 * spent / (elapsed * self._cores)


def _process_bytes(process: psutil.Process) -> int:
    """Memory of one process, with a part of the pages it shares (PSS), so that a sum over workers is true."""
    try:
        with Path(f"/proc/{process.pid}/smaps_rollup").open(encoding="ascii") as lines:
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    except (OSError, StopIteration):  # no PSS: not Linux, or the process just ended
        try:
            return int(process.memory_info().rss)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return 0


def _gpu_readers(pynvml: Any, handle: Any) -> dict[str, Callable[[], float]]:
    return {
        "utilisation_percent": lambda: float(pynvml.nvmlDeviceGetUtilizationRates(handle).gpu),
        "memory_gib": lambda: pynvml.nvmlDeviceGetMemoryInfo(handle).used / GIB,
        "temperature_celsius": lambda: float(
            pynvml.nvmlDeviceGetTemperature(handle, pynvml.NVML_TEMPERATURE_GPU)
        ),
        "power_watts": lambda: pynvml.nvmlDeviceGetPowerUsage(handle) / 1000,  # NVML gives milliwatts
    }


def gpu_order_is_sure(gpus: list[Gpu]) -> bool:
    """Whether NVML's and CUDA's numbers must agree: CUDA puts the fastest first unless told otherwise."""
    return len({gpu.name for gpu in gpus}) < 2 or os.environ.get("CUDA_DEVICE_ORDER") == "PCI_BUS_ID"
