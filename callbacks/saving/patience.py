"""Doing what a file that another program holds open for a moment forbids on Windows, once it is let go."""

import os
import time
from collections.abc import Callable

PAUSES_SECONDS = (0.01, 0.03, 0.06, 0.1, 0.2, 0.4, 0.6, 0.6)
"""Two seconds in all: what scans or indexes a new file is done within some milliseconds."""


def patiently(act: Callable[[], object]) -> None:
    """Renames, replaces or removes files; on Windows again and again for two seconds, elsewhere once.

    There a virus scanner, the search index or OneDrive opens each new file, and until it closes it nobody may move it.
    What is open in Excel, or is not ours to write, stays so: its error comes late.

    Args:
        act: What is done; it may be done several times.

    Raises:
        OSError: as `act` raises it, at last.
    """
    for pause in PAUSES_SECONDS if os.name == "nt" else ():
        try:
            act()
        except PermissionError:
            time.sleep(pause)
        else:
            return
    act()
