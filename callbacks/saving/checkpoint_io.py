"""Checkpoint files that are whole or not there: written beside, checked, then put in place. Decides not when."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning.fabric.plugins.io import TorchCheckpointIO
from lightning.pytorch import Trainer
from typing_extensions import override

from callbacks.agreement import by_rank_zero
from callbacks.language.say import Message
from callbacks.run_folder import is_remote
from callbacks.saving.checksum import record, recorded, sha256
from callbacks.saving.last_and_previous import previous_to
from callbacks.saving.on_disk import remove, sync_folder
from callbacks.saving.patience import patiently
from callbacks.saving.sharded_checkpoint import shares_out, write_parts
from callbacks.saving.summed_file import write_summed


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
        written = write_summed(content, temporary)
        if sha256(temporary) != written:
            raise OSError(
                Message(
                    "{path}: what was read back is not what was written; the disk may be failing", path=path
                )
            )
        record({path: [written, *recorded(path)]})
        patiently(lambda: temporary.replace(path))
        record({path: [written]})
        sync_folder(path.parent)
    except OSError as error:
        if error.errno is not None:
            error.filename = str(path)  # a write knows no name
        raise
    finally:
        patiently(lambda: temporary.unlink(missing_ok=True))


def remove_parts(folder: Path) -> None:
    """Removes what processes that were killed while they wrote a checkpoint have left in its folder."""
    for part in folder.glob(".*.part"):
        remove(part)


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
        patiently(lambda: last.replace(previous))
    elif new.is_dir() or last.is_dir():
        remove(last)  # it is damaged, or not there; no folder takes the place of another in one step
    patiently(lambda: new.replace(last))
    record({last: of_new, new: []} | moved)
    sync_folder(last.parent)


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
        if is_remote(os.fspath(path)):
            super().remove_checkpoint(path)
        else:
            remove(Path(path))
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
    new = path.with_name(f".{path.name}.new.part")

    def make_room() -> None:
        if keep:  # the last is still there
            strategy.remove_checkpoint(previous_to(path))

    def put_new_in_place() -> None:
        put_in_place(new, path, previous_to(path) if keep else None)

    if shares_out(strategy):  # an error must be one of all processes: the next step is again for all of them
        by_rank_zero(trainer, make_room)
        write_parts(trainer, checkpoint, new)
        by_rank_zero(trainer, put_new_in_place)
        return
    if trainer.is_global_zero:
        make_room()
    strategy.save_checkpoint(checkpoint, new)
    if trainer.is_global_zero:
        put_new_in_place()


def forget_previous(trainer: Trainer, last: str) -> None:
    """Removes the previous checkpoint, of a training that is done: only the last is of use then."""
    if has_previous(trainer, last) and Path(last).exists():
        trainer.strategy.remove_checkpoint(previous_to(Path(last)))
