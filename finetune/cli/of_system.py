"""Errors of the system (a full disk, a file that may not be read) on the ways that need no Lightning."""

from collections.abc import Iterator
from contextlib import contextmanager

from finetune.errors import UserError


@contextmanager
def told_as_the_users() -> Iterator[None]:
    """Tells what the system refuses as the whole way does.

    Raises:
        UserError: in the place of such an error.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        from finetune.processes.failures import as_user_error  # it loads Lightning

        told = as_user_error(error)
        if told is None:
            raise
        raise told from error
