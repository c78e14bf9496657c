"""What ended a command, as what the user is to be told: the errors that can be mended. Handles none of them."""

import errno
import traceback
from pathlib import Path

from lightning.fabric.utilities.exceptions import MisconfigurationException
from torch.distributed import DistError

from finetune.errors import ConfigError, DiskError, LostProcessError, UserError, WorkerError

REMEDIES = {
    errno.ENOSPC: "Free some space on that disk",
    errno.EDQUOT: "Your share of that disk is used up: free some of it",
    errno.EROFS: "That disk can only be read: write elsewhere (--trainer.default_root_dir), or have it made writable",
    errno.EACCES: "You may not write or read there: use another place (--trainer.default_root_dir), or ask who may",
    errno.EPERM: "The system does not allow it there: use another place (--trainer.default_root_dir)",
    errno.EIO: "The disk fails: use another one (--trainer.default_root_dir)",
}
"""What to do when a disk refuses."""

LOST = (
    "Connection closed by peer",
    "Connection reset by peer",
    "Broken pipe",
    "remote process exiting prematurely",
)
"""What Gloo and NCCL answer to a process that exchanges something with one that is no more."""

LOADER = str(Path("torch", "utils", "data", "dataloader.py"))
"""Where a batch is received in."""

KILLED = "DataLoader worker (pid"
"""How torch's message begins, in the loader as in its signal handler; an error within a worker begins otherwise."""


def as_user_error(error: BaseException) -> UserError | None:
    """Returns what to tell in place of an error of the system or of a library; None where it is a defect of ours."""
    if isinstance(error, UserError):
        return error
    if isinstance(error, MisconfigurationException):
        return ConfigError(str(error))
    if isinstance(error, ConnectionError | EOFError):
        return lost_batch(error)
    if isinstance(error, OSError):
        return refusing_disk(error)
    if isinstance(error, ValueError):
        check = failed_check(error)
        return None if check is None else ConfigError(str(check))
    return (killed_worker(error) or lost_process(error)) if isinstance(error, RuntimeError) else None


def refusing_disk(error: OSError) -> DiskError | None:
    """Returns what to tell of a disk that is full or refuses; None where an error is about something else."""
    if error.errno not in REMEDIES or (error.errno == errno.EIO and error.filename is None):
        return None  # without a file it may be a terminal
    where = "" if error.filename is None else f": {error.filename}"
    return DiskError(f"{error.strerror}{where}. {REMEDIES[error.errno]}. What was written before stays.")


def failed_check(error: BaseException | None) -> BaseException | None:
    """Returns the error of a check in the callbacks, of the Trainer's arguments or processes that led to this one.

    The parser wraps what a class says of its arguments into a page about types.
    """
    while error is not None:
        folder = Path(traceback.extract_tb(error.__traceback__)[-1].filename).parent
        # ours have rooms: callbacks/metrics/monitored.py
        if folder.name in ("callbacks", "connectors", "environments") or folder.parent.name == "callbacks":
            return error
        error = error.__cause__
    return None


def killed_worker(error: RuntimeError) -> WorkerError | None:
    """Returns what to tell when the system killed a process that makes batches; None where it is something else."""
    return worker_error(str(error)) if str(error).startswith(KILLED) else None


def lost_batch(error: ConnectionError | EOFError) -> WorkerError | None:
    """Returns what to tell when a process that makes batches was killed while it handed one over."""
    frames = traceback.extract_tb(error.__traceback__)
    if not any(frame.filename.endswith(LOADER) for frame in frames):
        return None
    return worker_error(f"{KILLED} not known): {str(error) or type(error).__name__}")


def worker_error(reason: str) -> WorkerError:
    """Returns what to tell of a process that makes batches and is no more."""
    return WorkerError(
        f"a process that makes batches died ({reason.splitlines()[0].strip()}). The usual cause: the memory was "
        "used up, and the system ended the process. Free some, or give --data.num_workers 0, which needs no such "
        "process and is mostly as fast."
    )


def lost_process(error: RuntimeError) -> LostProcessError | None:
    """Returns what to tell when a process of the same training has ended; None where it is something else."""
    told = str(error)
    if not ("gloo" in told or isinstance(error, DistError)) or not any(words in told for words in LOST):
        return None
    return LostProcessError(
        "another process of this command has ended, so this one ends too. Why, that one has said above, or in its own "
        "output; one that was killed, mostly for want of memory, could not."
    )
