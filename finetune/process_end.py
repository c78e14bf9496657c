"""How a process ends that trained together with others. Ends none by itself, and loads no torch."""

import atexit
import os
import sys


def leave_at_end(status: int) -> None:
    """Has every process but the first leave without taking Python apart, once it comes to its end.

    Some of torch's threads may still run there, and abort the process (with gloo 2 of 10 times, torch 2.13). Lightning
    and torchrun take that for a failure, and end the first process, which may not have written all yet.

    Args:
        status: With which the process ends.
    """
    torch = sys.modules.get("torch")
    if torch is None or not torch.distributed.is_available() or not torch.distributed.is_initialized():
        return
    if torch.distributed.get_rank() > 0:
        atexit.register(leave, status)


def leave(status: int) -> None:
    """Ends this process at once, with all written that was printed."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
