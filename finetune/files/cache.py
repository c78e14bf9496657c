"""Where files that can be made again are kept, and how a folder gets there whole; not what is in it."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from callbacks.saving.patience import patiently
from finetune.errors import UserError
from finetune.files.home import expanded, own_folder
from finetune.language.say import reason

CACHE_VARIABLE = "FINETUNE_CACHE"
# what the user can mend: no space, no permission, a place that is no folder
PLACE_ERRORS = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOTDIR,
    errno.EEXIST,
}


def cache_dir() -> Path:
    """Returns the folder for files that can be made again; it need not exist yet.

    `FINETUNE_CACHE` wins; else the system's usual place: `LOCALAPPDATA` on Windows, `~/Library/Caches` on
    macOS, `XDG_CACHE_HOME` or `~/.cache` elsewhere.

    Raises:
        UserError: The usual place is in the user's own folder, and nobody knows that.
    """
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        # absolute, so that a process started in another folder (a DDP rank) means the same place
        return expanded(chosen).absolute()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (
            (Path(local) if local else own_folder(CACHE_VARIABLE) / "AppData" / "Local")
            / "finetune"
            / "cache"
        )
    if sys.platform == "darwin":
        return own_folder(CACHE_VARIABLE) / "Library" / "Caches" / "finetune"
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    # the XDG specification says that a relative path there is to be ignored
    return (Path(xdg) if Path(xdg).is_absolute() else own_folder(CACHE_VARIABLE) / ".cache") / "finetune"


@contextlib.contextmanager
def told_where_it_cannot_be(target: Path) -> Iterator[None]:
    """Has a place of the cache that cannot be written told as what the user can mend.

    Raises:
        UserError: The place cannot be written to, or the disk is full.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in PLACE_ERRORS:
            raise
        raise UserError(
            "cannot write {target}: {reason}. Free some space there, or name another folder for the cache:\n"
            "  {variable}=/another/folder",
            target=target,
            reason=reason(error),
            variable=CACHE_VARIABLE,
        ) from error


def publish_folder(
    target: Path,
    build: Callable[[Path], None],
    *,
    is_good: Callable[[Path], bool] = Path.is_dir,
) -> None:
    """Makes `target` appear whole or not at all, also when two processes build it at once.

    Args:
        target: The folder to make.
        build: Writes the content into the empty folder that it is given.
        is_good: Whether a folder that is there can stay; one that cannot is replaced.

    Raises:
        UserError: The place cannot be written to, or the disk is full.
    """
    with told_where_it_cannot_be(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        # beside the target: a rename is only atomic within one file system
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            build(draft)
            draft.chmod(0o755)  # mkdtemp lets only the owner in; a cache may be shared
            _swap_in(draft, target, is_good)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _swap_in(draft: Path, target: Path, is_good: Callable[[Path], bool]) -> None:
    """Renames `draft` to `target`; a good folder that another process put there first stays."""
    for _ in range(10):  # each round is lost only to another process that has just published the same
        try:
            patiently(lambda: draft.rename(target))
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        if is_good(target):
            return
        with contextlib.suppress(FileNotFoundError):  # another process has moved it away first
            old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
            # within it: only Linux and macOS put a folder in the place of another
            patiently(partial(target.rename, old / target.name))
            shutil.rmtree(old, ignore_errors=True)
    raise UserError(
        "{target} keeps being replaced by other processes: start again when they have ended", target=target
    )
