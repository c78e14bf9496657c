"""`msvcrt` as far as we use it, for tests on Linux: `locking` of bytes of an open file, at its position."""

import fcntl
import os

LK_NBLCK = 2


def locking(handle: int, mode: int, count: int) -> None:
    assert mode == LK_NBLCK
    assert os.lseek(handle, 0, os.SEEK_CUR) > 10_000, "nobody else could read what stands in it"
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise PermissionError(13, "Permission denied") from None
