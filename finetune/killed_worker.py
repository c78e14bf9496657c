"""What to say when the system kills a process that makes batches. Restarts nothing."""

from finetune.errors import WorkerError

KILLED = "DataLoader worker (pid"
"""How torch's message begins, in the loader as in its signal handler; an error within a worker begins otherwise."""


def killed_worker(error: RuntimeError, num_workers: int) -> WorkerError | None:
    """Returns the error to show in place of torch's; None where it is about something else.

    Args:
        error: What ended the command.
        num_workers: How many processes made batches.
    """
    if not str(error).startswith(KILLED):
        return None
    return WorkerError(
        f"a process that makes batches died ({str(error).splitlines()[0].strip()}); there were {num_workers} "
        "(--data.num_workers). The usual cause: the memory was used up, and the system ended the process. Free "
        "some, or give --data.num_workers 0, which needs no such process and is mostly as fast."
    )
