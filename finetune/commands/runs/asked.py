"""What the verbs of finetune runs have in common: which runs are meant, what may not be touched, the question."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from finetune.errors import ConfigError
from finetune.language.numbers import number
from finetune.language.say import AnyMessage, say
from finetune.runs.find import find
from finetune.runs.folder import names
from finetune.runs.lock import holder
from finetune.runs.named import run_named, there_are
from finetune.runs.run_name import name_of

YES = ("y", "yes", "s", "sim")
"""Answers that mean it, whatever the language of the question; its own one, too."""


def size_text(size: int) -> str:
    """Returns bytes as people say them."""
    for unit, factor in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if size >= factor:
            return f"{number(size / factor, digits=1)} {unit}"
    return f"{size} B"


def chosen(words: Iterable[str], root: Path, *, nothing: AnyMessage) -> list[Path]:
    """Returns the runs that are meant, each once.

    Args:
        words: Numbers, folders, names, or `latest`.
        root: Folder of the runs: none that lies elsewhere is ever meant.
        nothing: That nothing was done.

    Raises:
        ConfigError: if one is not there.
    """
    return list(dict.fromkeys(one(word, root, nothing=nothing) for word in words))


def one(word: str, root: Path, *, nothing: AnyMessage) -> Path:
    """Returns the run that is meant.

    Raises:
        ConfigError: if it is not there.
    """
    if word == "latest":
        return find(word, root)
    there = there_are(root)
    meant = (
        run for run in there if word in (run.name, run.name.removeprefix("version_")) or Path(word) == run
    )
    folder = next(meant, None) or run_named(word, root)
    if folder is None:
        raise ConfigError(
            'there is no run "{name}" in {root}. There are: {known}. {nothing}',
            name=word,
            root=root,
            known=names(there),
            nothing=nothing,
        )
    return folder


def refuse_untouchable(folders: Sequence[Path], *, nothing: AnyMessage, force: bool) -> None:
    """Refuses runs of which nothing may be taken away.

    Args:
        folders: Of the runs.
        nothing: That nothing was done.
        force: Whether those that have a name may be touched.

    Raises:
        ConfigError: if one is being trained, is a link or has a name.
    """
    refuse_trained(folders, nothing=nothing)
    for folder in folders:
        refuse_link(folder, nothing=nothing)
    if not force:
        refuse_named(folders, nothing=nothing)


def refuse_trained(folders: Sequence[Path], *, nothing: AnyMessage) -> None:
    """Refuses runs in which another process trains.

    Raises:
        ConfigError: if one does.
    """
    for folder in folders:
        process = holder(folder)
        if process is not None:
            raise ConfigError(
                "{folder} is being trained by another process (PID {process}). {nothing} Wait until it has ended, or "
                "end it.",
                folder=folder,
                process=process,
                nothing=nothing,
            )


def refuse_named(folders: Sequence[Path], *, nothing: AnyMessage) -> None:
    """Refuses runs that have a name: somebody counts on them.

    Raises:
        ConfigError: if one has.
    """
    for folder in folders:
        name = name_of(folder)
        if name is not None:
            raise ConfigError(
                '{folder} has the name "{name}", and what has a name is not touched without --force. {nothing} To take '
                "the name away:\n  finetune runs name {run} --none",
                folder=folder,
                name=name,
                run=folder.name,
                nothing=nothing,
            )


def refuse_link(folder: Path, *, nothing: AnyMessage) -> None:
    """Refuses a run whose folder lies elsewhere.

    Raises:
        ConfigError: if it is a link.
    """
    if folder.is_symlink():
        raise ConfigError(
            "{folder} is a link to {place}. {nothing} Remove the link, or the folder that it leads to.",
            folder=folder,
            place=folder.readlink(),
            nothing=nothing,
        )


def is_meant(question: str) -> bool:
    """Asks, and returns whether the answer is yes.

    Raises:
        ConfigError: if nobody can be asked.
    """
    if not sys.stdin.isatty():
        raise ConfigError("this has to be confirmed, and there is no terminal to ask at: add --yes.")
    answer = input(question).strip().lower()
    return answer in (*YES, say("y", context="answer"))
