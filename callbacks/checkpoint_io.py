"""Checkpoint files that are whole or not there: written beside, checked, then put in place. Decides not when."""

import hashlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import torch
from lightning.fabric.plugins.io import TorchCheckpointIO
from lightning.pytorch import Trainer
from typing_extensions import override

from callbacks.checksum import record, recorded, sha256
from callbacks.last_and_previous import previous_to
from callbacks.run_folder import is_remote


class _Summed:
    """A binary file that is written from its beginning to its end, and its SHA-256."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            self._digest.update(data)
            return self._file.write(data)
        except OSError as error:
            self.error = error  # torch raises an error of its own that says nothing of this one
            raise

    def flush(self) -> None:
        self._file.flush()

    @property
    def sum(self) -> str:
        return self._digest.hexdigest()


def write_whole(content: Mapping[str, Any], path: Path) -> None:
    """Writes a checkpoint and its SHA-256; until the new one is proven the old one stays.

    It is written to a temporary file in the same folder, forced to disk, read back and compared, and takes the old
    one's place in one step. A process that is killed meanwhile leaves the old file or the new one, never a part.

    Raises:
        OSError: if it cannot be written, for example on a full disk; the old file is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        written = _write(content, temporary)
        if sha256(temporary) != written:
            raise OSError(f"{path}: what was read back is not what was written. The disk may be failing.")
        record({path: [written, *recorded(path)]})
        temporary.replace(path)
        record({path: [written]})
        sync_folder(path.parent)
    except OSError as error:
        if error.errno is not None:
            error.filename = str(path)  # a write knows no name
        raise
    finally:
        temporary.unlink(missing_ok=True)


def remove_parts(folder: Path) -> None:
    """Removes what processes that were killed while they wrote a checkpoint have left in its folder."""
    for part in folder.glob(".*.part"):
        part.unlink(missing_ok=True)


def put_in_place(new: Path, last: Path, previous: Path | None) -> None:
    """Gives a new checkpoint the name of the last one, and that one the name of the previous, their sums with them.

    Whenever it stops, `last` or `previous` is there and whole.

    Args:
        new: What takes the name; in the same folder.
        last: The name.
        previous: What the one that has the name is called from now on; None replaces it.
    """
    of_new, of_last = recorded(new), recorded(last)
    moved = {} if previous is None else {previous: of_last}
    # until all is done each name may have what it had or what it gets
    record({name: [*sums, *recorded(name)] for name, sums in ({last: of_new} | moved).items()})
    if previous is not None:
        last.replace(previous)
    new.replace(last)
    record({last: of_new, new: []} | moved)
    sync_folder(last.parent)


def sync_folder(folder: Path) -> None:
    """Forces to disk which files a folder has, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def canonical(content: Any) -> Any:
    """Returns content that is written as the same bytes whenever it is equal.

    Pickle writes an object that it meets again as a reference, and an equal one in full: without this, the text of a
    resumed run, which came from a file, would be written otherwise than that of a run that made it.
    """
    if type(content) is dict:
        return {canonical(key): canonical(value) for key, value in content.items()}
    if type(content) in (list, tuple):
        return type(content)(map(canonical, content))
    return sys.intern(content) if type(content) is str else content


def _write(content: Mapping[str, Any], path: Path) -> str:
    with path.open("wb") as file:
        summed = _Summed(file)
        try:
            torch.save(canonical(dict(content)), cast(IO[bytes], summed))  # it only writes
        except RuntimeError:
            if summed.error is not None:
                raise summed.error from None
            raise
        file.flush()
        os.fsync(file.fileno())
    return summed.sum


class WholeCheckpointIO(TorchCheckpointIO):
    """Lightning's way to write checkpoints, by `write_whole` where they go to a disk of this machine."""

    @override
    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        if is_remote(os.fspath(path)) or storage_options is not None:
            super().save_checkpoint(checkpoint, path, storage_options)
        else:
            write_whole(checkpoint, Path(path))

    @override
    def remove_checkpoint(self, path: str | Path) -> None:
        super().remove_checkpoint(path)
        if not is_remote(os.fspath(path)):
            record({Path(path): []})


def write_checkpoints_whole(trainer: Trainer) -> None:
    """Has a Trainer write its checkpoints by `write_whole`, unless it was given a way of its own."""
    if type(trainer.strategy.checkpoint_io) is TorchCheckpointIO:
        trainer.strategy.checkpoint_io = WholeCheckpointIO()


def has_previous(trainer: Trainer, last: str) -> bool:
    """Whether there is a previous checkpoint beside the last: on a disk, where our own way of writing is in use."""
    return not is_remote(last) and isinstance(trainer.strategy.checkpoint_io, WholeCheckpointIO)


def write_last(trainer: Trainer, checkpoint: dict[str, Any], last: str, *, keep: bool) -> None:
    """Writes the newest checkpoint; the one before it is kept beside it. Every process takes part, rank zero writes.

    Args:
        trainer: Whose it is.
        checkpoint: What is written.
        last: Where the newest one stands.
        keep: Whether what stands there now is good, and becomes the previous one.

    Raises:
        OSError: if it cannot be written; what is there stays.
    """
    strategy, path = trainer.strategy, Path(last)
    if not has_previous(trainer, last):
        strategy.save_checkpoint(checkpoint, last)
        return
    keep = keep and path.exists()
    if trainer.is_global_zero and keep:
        strategy.remove_checkpoint(previous_to(path))  # makes room for the new one; the last is still there
    new = path.with_name(f".{path.name}.new.part")
    strategy.save_checkpoint(checkpoint, new)
    if trainer.is_global_zero:
        put_in_place(new, path, previous_to(path) if keep else None)


def forget_previous(trainer: Trainer, last: str) -> None:
    """Removes the previous checkpoint, of a training that is done: only the last is of use then."""
    if has_previous(trainer, last) and Path(last).exists():
        trainer.strategy.remove_checkpoint(previous_to(Path(last)))
