"""How a process ends that trained together with others. Ends none by itself, and loads no torch."""

import atexit
import os
import sys


def leave_at_end(status: int) -> None:
    """Has a process that trained together with others leave without taking Python apart, once it comes to its end.

    Some of torch's threads may still run there, and abort the process or wait for ever (with gloo, torch 2.13: in
    several of ten runs). Lightning and torchrun take that for a failure, and end the first process, which may not have
    written all yet.

    Args:
        status: With which the process ends.
    """
    torch = sys.modules.get("torch")
    if torch is None or not torch.distributed.is_available() or not torch.distributed.is_initialized():
        return
    if torch.distributed.get_world_size() > 1:
        atexit.register(leave, status)


def leave(status: int) -> None:
    """Ends this process at once, with all written that was printed and all done that others wanted at its end."""
    atexit.unregister(leave)
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
