"""The errors that a user can mend. The command line prints them without a traceback and exits with their status."""


class UserError(Exception):
    """Something in the input is wrong: the message says what we got, what there is and what to do."""

    status = 2


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
