"""What a person types into a terminal: a command, its words quoted for the shell; the line that activates our Python.

Nothing is run here. Windows has two shells of its own, PowerShell and cmd: what is quoted is taken by both.
"""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

PLAIN = {"win32": re.compile(r"[\w.,:=+/\\-]+"), "": re.compile(r"[\w.,:=+/@%-]+")}
"""A word that PowerShell and cmd take as it is, and one that other shells do."""

WITHIN_QUOTES = re.compile(r"[^\"$`!%\\]+")
"""What every shell takes as it is between double quotes."""

ACTIVATE = {"fish": "activate.fish", "csh": "activate.csh", "tcsh": "activate.csh"}
"""Shells with a file of their own; all others take `activate`."""


def command_line(
    words: Iterable[str], *, system: str | None = None, environ: Mapping[str, str] = os.environ
) -> str:
    """Returns words as one line to type; those with blanks in double quotes, which every shell takes.

    Args:
        words: The command and what is given to it.
        system: As `sys.platform` names it; this one when left out.
        environ: The environment variables.
    """
    line = " ".join(quoted(word, system=system) for word in words)
    # PowerShell would show such a text and run nothing; cmd knows no &, and alone sets PROMPT
    shown = (system or sys.platform) == "win32" and "PROMPT" not in environ
    return f"& {line}" if shown and line.startswith('"') else line


def quoted(word: str, *, system: str | None = None) -> str:
    """Returns a word as it stands in the middle of a line."""
    windows = (system or sys.platform) == "win32"
    plain = PLAIN["win32" if windows else ""]
    if plain.fullmatch(word):
        return word
    option, equals, value = word.partition("=")
    if equals and option.startswith("--") and plain.fullmatch(option):
        return f"{option}={quoted(value, system=system)}"
    if WITHIN_QUOTES.fullmatch(word):
        return f'"{word}"'
    if not windows:
        return shlex.quote(word)
    within = word.replace('"', '\\"')
    within += "\\" if word.endswith("\\") else ""  # a last one would take the mark for a letter
    return f'"{within}"'


def activation(
    *,
    prefix: str = sys.prefix,
    base: str = sys.base_prefix,
    environ: Mapping[str, str] = os.environ,
    system: str = sys.platform,
) -> str | None:
    """Returns the line that a new terminal needs before it knows `finetune`; None where it needs none.

    Args:
        prefix: The environment that this Python is in, or its name as it is to be typed.
        base: The Python that it was made with.
        environ: The environment variables.
        system: As `sys.platform` names it.
    """
    if _found_without(prefix, environ):
        return None
    conda = environ.get("CONDA_PREFIX")
    if prefix == base:
        name = environ.get("CONDA_DEFAULT_ENV", "base")
        in_conda = conda is not None and Path(conda) == Path(prefix)
        return (
            command_line(["conda", "activate", name], system=system) if in_conda and name != "base" else None
        )
    if system == "win32":
        folder = PureWindowsPath(prefix, "Scripts")
        script = folder / ("activate.bat" if "PROMPT" in environ else "Activate.ps1")
        return command_line([str(script)], system=system, environ=environ)
    shell = PurePosixPath(environ.get("SHELL", "")).name
    return command_line(["source", f"{prefix}/bin/{ACTIVATE.get(shell, 'activate')}"], system=system)


def _found_without(prefix: str, environ: Mapping[str, str]) -> bool:
    """Whether a terminal finds `finetune` though the environment is not active, as one that pipx has installed."""
    others = [
        each for each in environ.get("PATH", "").split(os.pathsep) if Path(prefix) not in Path(each).parents
    ]
    return shutil.which("finetune", path=os.pathsep.join(others)) is not None
