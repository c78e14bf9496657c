"""The errors that a user can mend. The command line prints them without a traceback and exits with their status.

UserError
DataError  ModelError  ConfigError  DiskError  WorkerError  LostProcessError
"""

from finetune.language.say import AnyMessage, Message, bounded


class UserError(Exception):
    """Something in the input is wrong: the message says what we got, what there is and what to do.

    It is told in the language of whoever shows it, and can be sent between processes with its values.

    Args:
        one: The sentence in English, as `Message` takes it, or a message made elsewhere.
        several: For any other number than one of what is counted, the value `n`.
        context: What tells it from the same sentence with another meaning.
        values: What is put into the sentence.
    """

    status = 2

    def __init__(
        self, one: str | AnyMessage, several: str = "", /, *, context: str = "", **values: object
    ) -> None:
        self.message = bounded(
            one if isinstance(one, AnyMessage) else Message(one, several, context=context, **values)
        )
        super().__init__(self.message)


class DataError(UserError):
    """The table cannot be used as it is."""


class ModelError(UserError):
    """The model cannot be found or does not fit."""


class ConfigError(UserError):
    """A parameter has a value that cannot be used."""


class DiskError(UserError):
    """A disk is full, can only be read, or fails."""


class WorkerError(UserError):
    """A process that makes batches was killed: mostly a matter of memory."""


class LostProcessError(UserError):
    """Another process of the same training has ended: that one says why."""

    status = 1
