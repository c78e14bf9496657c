"""What a person types into a terminal: a command, its words quoted for the shell; the line that activates our Python.

Nothing is run here.
"""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path, PureWindowsPath

from finetune.language.shell import this_shell

WINDOWS = ("powershell", "cmd")
"""The shells of Windows itself; Git Bash is none of them."""

PLAIN = {True: re.compile(r"[\w.,:=+/\\-]+"), False: re.compile(r"[\w.,:=+/@%-]+")}
"""A word that PowerShell and cmd take as it is, and one that other shells do."""

WITHIN_QUOTES = re.compile(r"[^\"$`!%\\]+")
"""What every shell takes as it is between double quotes."""

READ_BY_POWERSHELL = re.compile(r"[$`\"“”„]")
"""What PowerShell makes something else of between double quotes."""

ON_A_DRIVE = re.compile(r"[A-Za-z]:\\[^\"]*")

ACTIVATE = {"fish": "activate.fish", "csh": "activate.csh", "tcsh": "activate.csh"}
"""Shells with a file of their own; all others take `activate`."""

KNOW_SOURCE = ("bash", "zsh", *ACTIVATE)
"""Shells that know `source`; a plain `sh` knows the point alone."""


def command_line(words: Iterable[str], *, shell: str | None = None) -> str:
    """Returns words as one line to type; those with blanks in double quotes, which every shell takes.

    Args:
        words: The command and what is given to it.
        shell: The name of the shell; the one that this program was started in when left out.
    """
    shell = shell or this_shell()
    line = " ".join(quoted(word, shell=shell) for word in words)
    # PowerShell would show such a text and run nothing; cmd knows no &
    return f"& {line}" if shell == "powershell" and line.startswith(('"', "'")) else line


def quoted(word: str, *, shell: str | None = None) -> str:
    """Returns a word as it stands in the middle of a line."""
    shell = shell or this_shell()
    windows = shell in WINDOWS
    plain = PLAIN[windows]
    if not windows and ON_A_DRIVE.fullmatch(word):
        word = word.replace("\\", "/")  # Git Bash; Windows takes both
    if plain.fullmatch(word):
        return word
    option, equals, value = word.partition("=")
    if equals and option.startswith("--") and plain.fullmatch(option):
        return f"{option}={quoted(value, shell=shell)}"
    if not windows:
        return f'"{word}"' if WITHIN_QUOTES.fullmatch(word) else shlex.quote(word)
    within = word.replace('"', '\\"')
    if shell == "powershell" and READ_BY_POWERSHELL.search(word):
        return "'" + re.sub("(['‘’‚‛])", r"\1\1", within) + "'"
    within += "\\" if word.endswith("\\") else ""  # a last one would take the mark for a letter
    return f'"{within}"'


def option_value(values: Mapping[str, object]) -> str:
    """Returns several values by their names as an option takes them: {rank: 8, kind: dora}."""
    return f"{{{', '.join(f'{name}: {value}' for name, value in values.items())}}}"


def activation(
    *,
    prefix: str = sys.prefix,
    base: str = sys.base_prefix,
    environ: Mapping[str, str] = os.environ,
    system: str = sys.platform,
    shell: str | None = None,
) -> str | None:
    """Returns the line that a new terminal needs before it knows `finetune`; None where it needs none.

    Args:
        prefix: The environment that this Python is in, or its name as it is to be typed.
        base: The Python that it was made with.
        environ: The environment variables.
        system: As `sys.platform` names it.
        shell: The name of the shell; the one that this program was started in when left out.
    """
    if _found_without(prefix, environ):
        return None
    shell = shell or this_shell()
    conda = environ.get("CONDA_PREFIX")
    if prefix == base:
        name = environ.get("CONDA_DEFAULT_ENV", "base")
        in_conda = conda is not None and Path(conda) == Path(prefix)
        return command_line(["conda", "activate", name], shell=shell) if in_conda and name != "base" else None
    if shell in WINDOWS:
        script = "activate.bat" if shell == "cmd" else "Activate.ps1"
        return command_line([str(PureWindowsPath(prefix, "Scripts", script))], shell=shell)
    folder = PureWindowsPath(prefix, "Scripts").as_posix() if system == "win32" else f"{prefix}/bin"
    source = "source" if shell in KNOW_SOURCE else "."
    return command_line([source, f"{folder}/{ACTIVATE.get(shell, 'activate')}"], shell=shell)


def _found_without(prefix: str, environ: Mapping[str, str]) -> bool:
    """Whether a terminal finds `finetune` though the environment is not active, as one that pipx has installed."""
    others = [
        each for each in environ.get("PATH", "").split(os.pathsep) if Path(prefix) not in Path(each).parents
    ]
    return shutil.which("finetune", path=os.pathsep.join(others)) is not None
