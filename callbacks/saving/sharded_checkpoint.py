"""Checkpoints of a model that is shared out over processes: a folder with a part of each. Loads none: Lightning does.

The format is that of Lightning's ModelParallelStrategy: `__RANK_0.distcp` has what a process keeps of the weights and
of the optimizer's state, `.metadata` says what is where, `meta.pt` holds all else. Ours has SHA256SUMS besides.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lightning.pytorch import Trainer
from lightning.pytorch.strategies import ModelParallelStrategy, Strategy
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.filesystem import FileSystemWriter
from torch.distributed.checkpoint.state_dict_saver import save

from callbacks.agreement import by_rank_zero, gathered
from callbacks.language.say import Message
from callbacks.saving.checksum import record, sha256
from callbacks.saving.on_disk import remove, sync_folder
from callbacks.saving.summed_file import write_summed

FACTS = "meta.pt"
"""Name of the file that holds what is not shared out."""


def shares_out(strategy: Strategy) -> bool:
    """Whether a strategy shares the model out and writes checkpoints in parts."""
    return isinstance(strategy, ModelParallelStrategy) and strategy._save_distributed_checkpoint


def facts_file(checkpoint: Path) -> Path:
    """Returns the file of a checkpoint that holds all but the tensors of a model that was shared out."""
    return checkpoint / FACTS if checkpoint.is_dir() else checkpoint


@contextmanager
def in_one_file(strategy: Strategy) -> Iterator[None]:
    """Has a checkpoint of weights gathered by rank zero, which writes one file that any process can open."""
    if not shares_out(strategy):
        yield
        return
    assert isinstance(strategy, ModelParallelStrategy)
    strategy._save_distributed_checkpoint = False
    try:
        yield
    finally:
        strategy._save_distributed_checkpoint = True


def write_parts(trainer: Trainer, checkpoint: dict[str, Any], folder: Path) -> None:
    """Writes a checkpoint as a folder, forced to disk, with the sums of its files. Every process takes part.

    Args:
        trainer: Whose it is.
        checkpoint: As Lightning has put it together on each process.
        folder: Where it goes; what is there is removed.

    Raises:
        OSError: on every process, if one of them could not write; nothing is left of the folder.
    """
    facts = dict(checkpoint)
    tensors = {"state_dict": facts.pop("state_dict")}
    tensors |= {f"optimizer_{place}": each for place, each in enumerate(facts.pop("optimizer_states", []))}
    by_rank_zero(trainer, lambda: _make(folder))
    sums, wrong = _write_own_part(tensors, facts, folder, rank=trainer.global_rank)
    found = gathered((sums, wrong), trainer.world_size)
    by_rank_zero(trainer, lambda: _close(folder, found))


def _make(folder: Path) -> None:
    remove(folder)
    folder.mkdir(parents=True)


def _write_own_part(
    tensors: dict[str, Any], facts: dict[str, Any], folder: Path, *, rank: int
) -> tuple[dict[str, str], OSError | None]:
    """Writes what this process keeps, rank zero what is not shared out too; returns the sums, and what went wrong."""
    try:
        save(tensors, storage_writer=FileSystemWriter(folder))
        sums = {FACTS: write_summed(facts, folder / FACTS)} if rank == 0 else {}
        for part in [*folder.glob(f"__{rank}_*"), *([folder / ".metadata"] if rank == 0 else [])]:
            sums[part.name] = sha256(part)
    except CheckpointException as failed:  # the same on every process
        return {}, _as_disk_error(next(iter(failed.failures.values()))[0], folder)
    except OSError as error:
        return {}, _as_disk_error(error, folder)
    return sums, None


def _close(folder: Path, found: list[tuple[dict[str, str], OSError | None]]) -> None:
    """Writes the sums of all processes, or removes the folder and raises what went wrong on one of them."""
    try:
        for _, wrong in found:
            if wrong is not None:
                raise wrong
        record({folder / name: [each] for sums, _ in found for name, each in sums.items()})
        sync_folder(folder)
    except OSError:
        remove(folder)
        raise


def _as_disk_error(error: BaseException, folder: Path) -> OSError:
    if isinstance(error, OSError) and error.errno is not None:
        return OSError(error.errno, error.strerror, str(folder))
    return OSError(
        Message("{folder} could not be written (PyTorch said: {error})", folder=folder, error=str(error))
    )
