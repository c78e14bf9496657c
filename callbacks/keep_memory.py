"""KeepMemory: the C library keeps freed memory for the next tensor, in place of giving it back to the kernel."""

import ctypes
import platform

from lightning.pytorch import Callback, LightningModule, Trainer
from typing_extensions import override

M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
"""Numbers of glibc's `mallopt` (malloc.h)."""

LARGEST = 2**31 - 1
"""`mallopt` takes a C int; glibc caps the mmap threshold to half a heap by itself."""


def keep_freed_memory() -> bool:
    """Raises glibc's thresholds in this process; returns whether that could be done.

    Left alone, glibc maps every large block anew and gives it back when freed, so that each training step on a
    CPU faults all its tensors in again, page by page.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    done = [mallopt(option, LARGEST) for option in (M_MMAP_THRESHOLD, M_TRIM_THRESHOLD)]
    return all(done)


class KeepMemory(Callback):
    """Makes training on a CPU faster by reusing freed memory; with a GPU, or without glibc, does nothing.

    The process keeps its peak of memory until it ends. Logs no key.
    """

    @override
    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if trainer.strategy.root_device.type == "cpu":
            keep_freed_memory()
