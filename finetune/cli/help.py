"""The help of a command, kept: to make it takes seconds, most of them for imports. Knows no command."""

import contextlib
import io
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from finetune.errors import UserError
from finetune.files.cache import cache_dir
from finetune.files.whole import write_text
from finetune.language.which import language

HELP = (["-h"], ["--help"])

SOURCES = ("lightning-", "jsonargparse-", "docstring_parser-", "torch-")
"""Packages whose classes and docstrings make the text, besides our own: how the folders with their versions begin."""

SUFFIXES = {".py", ".yaml", ".po"}


def fingerprint() -> str:
    """Returns a hash of what the text depends on besides the terminal: our files, the versions of the others."""
    import hashlib  # here: the list of commands does without

    root = Path(__file__).parents[2]
    files = [file for package in ("finetune", "callbacks") for file in (root / package).rglob("*")]
    facts: list[object] = [sys.version, *versions()]
    for file in sorted(file for file in files if file.suffix in SUFFIXES):
        facts.append((str(file), file.stat().st_mtime_ns, file.stat().st_size))
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def versions() -> list[str]:
    """Returns name and version of the other packages: `importlib.metadata` would take longer than all the rest."""
    places = [Path(place) for place in sys.path if place.endswith("-packages")]
    names = [name for place in places if place.is_dir() for name in os.listdir(place)]  # noqa: PTH208, a third of the time
    return sorted(name for name in names if name.startswith(SOURCES) and name.endswith("-info"))


def show_help(command: str, make: Callable[[], int]) -> int:
    """Prints a command's help, from the cache if it is there; returns the exit status.

    Args:
        command: The command's name.
        make: Prints the help, as argparse does: it may end with `SystemExit`.
    """
    try:
        folder = cache_dir() / "help"
    except UserError:  # nowhere to keep it: it is made anew each time
        return make()
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
