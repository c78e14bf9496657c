"""An application with all that stands before it, served until a signal comes, and what the command ends with then."""

import os
import socket
import sys
import time
from collections.abc import Callable
from typing import Protocol

from starlette.types import ASGIApp

from finetune.web.counted import Counted
from finetune.web.guards import Guard, Rules
from finetune.web.leaving import Leaving
from finetune.web.limits import Limits
from finetune.web.server import SIGNALS, Server, server

INTERRUPTED = 130


class Chosen(Protocol):
    """What the command line says of the address."""

    host: str
    allowed_hosts: list[str]


def guarded(
    app: ASGIApp, chosen: Chosen, *, token: str | None, counted: Counted, leaving: Leaving, limits: Limits
) -> Server:
    """Returns the server of an application, with the guard before it.

    Args:
        app: What answers.
        chosen: Says by which names the server may be called.
        token: What every request has to show.
        counted: Is told of every request.
        leaving: Whether the server is ending.
        limits: How much is taken.
    """
    hosts = {chosen.host.strip("[]"), socket.gethostname(), *chosen.allowed_hosts}
    rules = Rules(frozenset(name.lower() for name in hosts), token, limits)
    guard = Guard(app, rules, counted, leaving, log=logged)
    return server(guard, counted=counted, leaving=leaving, limits=limits)


def status_of(ended: Server, leave: Callable[[], object] = lambda: None) -> int:
    """Returns the exit status of a server that has ended.

    Args:
        ended: The server.
        leave: Leaves nothing behind where the end of what works is not waited for.

    Raises:
        KeyboardInterrupt: It was ended by Ctrl+C, as any command may be.
    """
    status = INTERRUPTED if ended.ended_by == SIGNALS[0] else 0
    if ended.force_exit:  # something may be at work still, and a thread of Python's is waited for
        leave()
        sys.stdout.flush()
        os._exit(status)
    if status:
        raise KeyboardInterrupt
    return 0


def logged(line: str) -> None:
    """Writes a line of the log."""
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}", file=sys.stderr, flush=True)
