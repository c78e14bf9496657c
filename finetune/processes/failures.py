"""What ended a command, as what the user is to be told: the errors that can be mended. Handles none of them."""

import errno
import traceback
from pathlib import Path

from lightning.fabric.utilities.exceptions import MisconfigurationException
from torch.distributed import DistError

from finetune.errors import ConfigError, DiskError, LostProcessError, UserError, WorkerError
from finetune.language.say import AnyMessage, Message, joined, reason

REMEDIES = {
    errno.ENOSPC: Message("Free some space on that disk"),
    errno.EDQUOT: Message("Free some of your share of that disk"),
    errno.EROFS: Message("Write elsewhere (--trainer.default_root_dir), or have that disk made writable"),
    errno.EACCES: Message(
        "Use another place (--trainer.default_root_dir), or ask who may write and read there"
    ),
    errno.EPERM: Message("Use another place (--trainer.default_root_dir)"),
    errno.EIO: Message("Use another disk (--trainer.default_root_dir)"),
}
"""What to do when a disk refuses."""

IN_USE = (5, 32, 33)
"""What Windows answers to who replaces or removes a file that a program has open: also that access is denied."""

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
        return refused_by_lightning(error)
    if isinstance(error, ConnectionError | EOFError):
        return lost_batch(error)
    if isinstance(error, OSError):
        return refusing_disk(error)
    if isinstance(error, ValueError | TypeError):
        check = failed_check(error)
        if check is not None and "lightning" in raised_in(check).parts:
            return refused_by_lightning(check)
        return None if check is None else ConfigError(_said(check))
    return (killed_worker(error) or lost_process(error)) if isinstance(error, RuntimeError) else None


def _said(error: BaseException) -> AnyMessage:
    said = next(iter(error.args), "")
    return said if isinstance(said, AnyMessage) else joined([str(error)])


def refusing_disk(error: OSError) -> DiskError | None:
    """Returns what to tell of a disk that is full or refuses; None where an error is about something else."""
    if error.errno not in REMEDIES or (error.errno == errno.EIO and error.filename is None):
        return None  # without a file it may be a terminal
    remedy = REMEDIES[error.errno]
    if getattr(error, "winerror", None) in IN_USE:
        remedy = Message(
            "If a program such as Excel has it open, close it there. Else: {remedy}", remedy=remedy
        )
    file = error.filename2 or error.filename  # what was to be replaced, not the draft of it
    return DiskError(
        "{file}{why}. {remedy}. What was written before stays.",
        file="" if file is None else f"{file}: ",
        why=reason(error),
        remedy=remedy,
    )


def refused_by_lightning(error: BaseException) -> ConfigError:
    """Returns what to tell where Lightning refuses to train or measure with these options."""
    return ConfigError(
        "the Trainer cannot work with these options: change the one that is named here. (Lightning said: {text})",
        text=str(error).strip(),
    )


def failed_check(error: BaseException | None) -> BaseException | None:
    """Returns the error of a check in the callbacks, of the Trainer's arguments or processes that led to this one.

    The parser wraps what a class says of its arguments into a page about types.
    """
    while error is not None:
        folder = raised_in(error).parent
        # ours have rooms: callbacks/metrics/monitored.py
        if isinstance(error, ValueError) and "callbacks" in (folder.name, folder.parent.name):
            return error
        if "lightning" in folder.parts and folder.name in ("accelerators", "connectors", "environments"):
            return error
        error = error.__cause__
    return None


def raised_in(error: BaseException) -> Path:
    """Returns the file in which an error was raised."""
    return Path(traceback.extract_tb(error.__traceback__)[-1].filename)


def killed_worker(error: RuntimeError) -> WorkerError | None:
    """Returns what to tell when the system killed a process that makes batches; None where it is something else."""
    return worker_error(str(error)) if str(error).startswith(KILLED) else None


def lost_batch(error: ConnectionError | EOFError) -> WorkerError | None:
    """Returns what to tell when a process that makes batches was killed while it handed one over."""
    frames = traceback.extract_tb(error.__traceback__)
    if not any(frame.filename.endswith(LOADER) for frame in frames):
        return None
    return worker_error(str(error) or type(error).__name__)


def worker_error(text: str) -> WorkerError:
    """Returns what to tell of a process that makes batches and is no more.

    Args:
        text: What torch says of it.
    """
    return WorkerError(
        "a process that makes batches died. The usual cause: the memory was used up, and the system ended the process. "
        "Free some, or give --data.num_workers 0, which needs no such process and is mostly as fast. (torch said: "
        "{text})",
        text=text.splitlines()[0].strip(),
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
