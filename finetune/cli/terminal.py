"""What a command says while it works: one handler to the terminal, from one process, without other people's tips."""

import logging
import sys
import warnings
from typing import TextIO

from lightning_utilities.core.rank_zero import rank_zero_only

from finetune.language.say import Message, say, wrapped

SPEAKERS = ("lightning", "finetune", "callbacks")
"""Loggers whose messages are for the user."""

NOISE = (
    "💡 Tip",
    "GPU available",  # HardwareTier says it in full
    "TPU available",
    "Seed set to",
    "[rank:",
    "Restoring states from",
    "Restored all states from",
    "Loaded model weights from",
    "`Trainer.fit` stopped: `max_epochs",
    "`Trainer.fit` stopped: `max_steps",
    "`Trainer(",  # the arguments as they were given
    "Trainer already configured",
    "Loading `train_dataloader`",
    "Initializing distributed",
    "LOCAL_RANK:",
    "Using 16bit",  # HardwareTier says it
    "Using bfloat16",
    "Detected KeyboardInterrupt",  # the command itself says so
    "distributed_backend=",
    "-----",
)
"""Beginnings of messages that a user can do nothing with."""

TAKEN_UP = {
    "Running in `fast_dev_run`": Message("a trial (fast_dev_run): a few batches, and nothing is kept"),
    "`Trainer.fit` stopped: No training": Message("there are no training batches: nothing is trained"),
    "Time limit reached": Message("the time of --trainer.max_time is over: the training ends"),
}
"""Beginnings of Lightning's messages that a user can do something with, and what is said in their place."""

OTHERS = ("huggingface_hub.utils._http",)
"""Loggers of libraries whose warnings end in an error that we tell, or in nothing."""

WARNINGS = (
    r".*isinstance\(treespec, LeafSpec\).*",
    r".*smaller than the logging interval.*",  # a short run logs its epochs all the same
    r".*Checkpoint directory .* exists and is not empty.*",  # that is what resuming means
    r".*sync_dist=True.*",  # torchmetrics gathered the value already
    r".*``compute`` method of metric .* was called before the ``update`` method.*",  # a process without rows
    r".*GPU available but not used.*",  # that was asked for
    r".*callbacks used to create the checkpoint need to be provided.*",  # `changed since the run began` says it
    r".*but have no logger configured.*",  # measuring after the training is no part of its curves
    r".*instantiate_classes.* was deprecated.*",  # Lightning's own call
    r".*Total length of `list` across ranks is zero.*",  # no validation rows were asked for
)


class Terminal(logging.StreamHandler[TextIO]):
    """Writes to whatever `sys.stderr` is at the time, on the first process alone."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def filter(self, record: logging.LogRecord) -> bool:
        """Returns whether a message is shown."""
        first = getattr(rank_zero_only, "rank", None) in (0, None)
        return (
            first and not record.getMessage().lstrip("\n").startswith(NOISE) and bool(super().filter(record))
        )

    def format(self, record: logging.LogRecord) -> str:
        """Returns a message in lines as wide as the terminal."""
        text, library = super().format(record), library_of(record.pathname)
        if library is not None:
            known = (message for start, message in TAKEN_UP.items() if text.startswith(start))
            text = str(
                next(known, None) or Message("{library} says: {text}", library=library, text=text.strip())
            )
        return wrapped(text)

    def emit(self, record: logging.LogRecord) -> None:
        """Shows a message."""
        self.stream = sys.stderr
        super().emit(record)


def warning_text(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None
) -> str:
    """Returns a warning as a sentence: where in the code it was said is nothing that a user can do anything with."""
    library = library_of(filename)
    said = message if library is None else Message("{library} says: {text}", library=library, text=message)
    return wrapped(say("warning: {message}", message=said)) + "\n"


def library_of(file: str) -> str | None:
    """Returns the library that a file belongs to; None for a file of ours or of the user's."""
    _, installed, inside = file.replace("\\", "/").partition(
        "-packages/"
    )  # site-packages, on Debian dist-packages
    library = inside.partition("/")[0].removesuffix(".py")
    return library if installed and library not in SPEAKERS[1:] else None


def speak() -> None:
    """Sends messages of the Lightning and of this project to the terminal, each once."""
    handler = Terminal()
    for name in SPEAKERS:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(logging.INFO)
        logger.propagate = False
    for name in ("lightning.pytorch", "lightning.fabric"):  # Lightning's own handlers would say all twice
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    for name in OTHERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.formatwarning = warning_text
    for pattern in WARNINGS:
        warnings.filterwarnings("ignore", pattern)
