"""A path as it is typed where the user is."""

import os
from pathlib import Path


def near(path: Path) -> str:
    """Returns a path as seen from the current folder, where it is below it; else as it is."""
    try:
        short = os.path.relpath(path)
    except ValueError:  # on Windows, where it is on another drive
        return str(path)
    return str(path) if short.startswith("..") else short
