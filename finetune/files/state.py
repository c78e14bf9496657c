"""Where is kept what cannot be made again and belongs to the user alone; not what is in it."""

import os
import sys
from pathlib import Path

from finetune.files.home import own_folder


def state_dir() -> Path:
    """Returns the user's folder for what one run leaves for the next; it need not exist yet.

    It is none of the shared places that `FINETUNE_CACHE` may name: what stands here is believed. It is the system's
    usual place: `LOCALAPPDATA` on Windows, `~/Library/Application Support` on macOS, `XDG_STATE_HOME` or
    `~/.local/state` elsewhere.

    Raises:
        UserError: The usual place is in the user's own folder, and nobody knows that.
    """
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (
            (Path(local) if local else own_folder("LOCALAPPDATA") / "AppData" / "Local")
            / "finetune"
            / "state"
        )
    if sys.platform == "darwin":
        return own_folder("HOME") / "Library" / "Application Support" / "finetune"
    xdg = os.environ.get("XDG_STATE_HOME", "")
    # the XDG specification says that a relative path there is to be ignored
    return (
        Path(xdg) if Path(xdg).is_absolute() else own_folder("XDG_STATE_HOME") / ".local" / "state"
    ) / "finetune"
