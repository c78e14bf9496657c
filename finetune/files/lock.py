"""A lock that is a file: one process at a time has it, and of one that was killed the system takes it back."""

import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from finetune.errors import UserError

CANNOT = (errno.ENOTSUP, errno.ENOLCK, errno.ENOSYS)
"""What file systems answer that know no locks."""

FAR_BYTE = 2**30
"""Windows locks bytes, and nobody else may read them: one that no lock file has, so that all can read whose it is."""

LOOK_EVERY_SECONDS = 0.2


def locked(path: Path, *, unable: Callable[[OSError], None]) -> IO[str] | None:
    """Returns the open and locked file, or None if another process has it.

    Whoever has it removes the file before closing it: see `release`.

    Args:
        path: The file; made if it is not there.
        unable: Called where the file system knows no locks; the file is then returned without one.

    Raises:
        UserError: if it is a link: whoever has the lock writes into it.
    """
    while True:
        file = _opened(path)
        try:
            _take(file)
        except BlockingIOError:
            file.close()
            return None
        except OSError as error:
            if error.errno == errno.ESTALE:  # on another machine its owner has just removed it
                file.close()
                continue
            if error.errno not in CANNOT:
                raise
            unable(error)
            return file
        if _is_at(file, path):
            return file
        file.close()  # its owner has just ended and removed it: the name stands for nothing, or for another file


def _take(file: IO[str]) -> None:
    """Locks an open file; `BlockingIOError` where another process has it."""
    if sys.platform == "win32":
        import msvcrt

        try:
            os.lseek(file.fileno(), FAR_BYTE, os.SEEK_SET)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError(*error.args) from error
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _opened(path: Path) -> IO[str]:
    def not_followed(name: str, flags: int) -> int:
        return os.open(name, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)

    try:
        if not hasattr(os, "O_NOFOLLOW") and path.is_symlink():  # Windows
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        return open(path, "a+", encoding="ascii", opener=not_followed)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise UserError(
            "{path} is a link to another place, and is not followed: a lock is a file of its own. Remove it.",
            path=path,
        ) from error


def release(file: IO[str]) -> None:
    """Gives a locked file back and removes it."""
    if os.name == "nt":  # it removes no file that is open: another one, which waits for it, will
        file.close()
    with suppress(PermissionError):  # there, where another one has it open
        Path(file.name).unlink(missing_ok=True)  # before others can have it: see `locked`
    file.close()


@contextmanager
def one_at_a_time(path: Path, *, waiting: Callable[[], None]) -> Iterator[None]:
    """Has the lock while the block runs; waits for it as long as another process has it.

    Args:
        path: The file.
        waiting: Called once where it has to be waited for.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = locked(path, unable=lambda error: None)  # without a lock the work may be done twice, and no worse
    if file is None:
        waiting()
    while file is None:
        time.sleep(LOOK_EVERY_SECONDS)
        file = locked(path, unable=lambda error: None)
    try:
        yield
    finally:
        release(file)


def _is_at(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ESTALE):
            return False
        raise
