"""Gives memory back to the system that reading a large table left free in this process."""

import ctypes
import platform

import pyarrow as pa


def give_back() -> None:
    """Has Arrow and the C library give back what they keep for later: after a large table most of what was taken."""
    pa.default_memory_pool().release_unused()
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)
