"""The help of a command, kept: to make it takes seconds, most of them for imports. Knows no command."""

import contextlib
import hashlib
import io
import shutil
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from finetune.files.cache import cache_dir
from finetune.files.whole import write_text
from finetune.language.which import language

HELP = (["-h"], ["--help"])

SOURCES = ("lightning", "jsonargparse", "docstring-parser", "torch")
"""Packages whose classes and docstrings make the text, besides our own."""


SUFFIXES = {".py", ".yaml", ".po"}


def fingerprint() -> str:
    """Returns a hash of what the text depends on besides the terminal: our files, the versions of the others."""
    root = Path(__file__).parents[2]
    files = [file for package in ("finetune", "callbacks") for file in (root / package).rglob("*")]
    facts: list[object] = [sys.version, *(metadata.version(package) for package in SOURCES)]
    for file in sorted(file for file in files if file.suffix in SUFFIXES):
        facts.append((str(file), file.stat().st_mtime_ns, file.stat().st_size))
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def show_help(command: str, make: Callable[[], int]) -> int:
    """Prints a command's help, from the cache if it is there; returns the exit status.

    Args:
        command: The command's name.
        make: Prints the help, as argparse does: it may end with `SystemExit`.
    """
    folder = cache_dir() / "help"
    name = f"{command}-{language()}-{shutil.get_terminal_size().columns}"
    kept = folder / f"{name}-{fingerprint()}.txt"
    with contextlib.suppress(
        OSError, UnicodeDecodeError
    ):  # not there, another user's, damaged: it is made anew
        print(kept.read_text(encoding="utf-8"), end="")
        return 0
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        try:
            status = make()
        except SystemExit as end:
            status = int(end.code or 0)
    print(text.getvalue(), end="")
    if status == 0 and text.getvalue():
        # without a place to keep it, it is made anew each time
        with contextlib.suppress(OSError):
            for outdated in folder.glob(f"{name}-*.txt"):
                outdated.unlink(missing_ok=True)
            write_text(kept, text.getvalue())
    return status
