"""Which shell a person types into: decides how a line for it is written. Writes none."""

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

PROGRAMS = {
    "powershell.exe": "powershell",
    "pwsh.exe": "powershell",
    "cmd.exe": "cmd",
    "bash.exe": "bash",  # Git Bash
    "zsh.exe": "zsh",
    "sh.exe": "sh",
}
"""The programs of Windows that are shells."""


def shell_of(system: str, environ: Mapping[str, str], parents: Iterable[str] = ()) -> str:
    """Returns the shell's name, such as `powershell`, `cmd`, `bash` or `fish`; `sh` where nothing tells.

    On Windows each shell hands its variables to those that are started in it: cmd its `PROMPT` to PowerShell. So the
    programs above this one tell it better.

    Args:
        system: As `sys.platform` names it.
        environ: The environment variables.
        parents: On Windows the names of the programs above this one, the nearest first.
    """
    if system != "win32":
        return PurePosixPath(environ.get("SHELL") or "sh").name
    shells = (PROGRAMS[name.lower()] for name in parents if name.lower() in PROGRAMS)
    return next(shells, None) or _by_variables(environ)


def _by_variables(environ: Mapping[str, str]) -> str:
    if "MSYSTEM" in environ:
        return "bash"
    return "cmd" if "PROMPT" in environ else "powershell"


def this_shell() -> str:
    """Returns the shell that this program was started in."""
    return shell_of(sys.platform, os.environ, _parents() if sys.platform == "win32" else ())


def _parents() -> list[str]:
    """Returns the names of the programs above this one, as far as the system tells them."""
    import psutil  # not before it is asked for: the help comes at once

    names = []
    try:
        for each in psutil.Process().parents():
            names.append(each.name())
    except (psutil.Error, OSError):  # the program of another user, or one that has just ended
        return names
    return names
