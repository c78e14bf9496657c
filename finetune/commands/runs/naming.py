"""finetune runs name: a run gets a name, by which it is found from then on; the name can go on to another run."""

import sys
from pathlib import Path

from callbacks.saving.patience import patiently
from finetune.commands.runs.asked import one
from finetune.errors import ConfigError
from finetune.files.lock import one_at_a_time
from finetune.files.whole import write_text
from finetune.language.say import Message, say, show
from finetune.runs.folder import CROSSVAL, RunFolder
from finetune.runs.named import called, several
from finetune.runs.run_name import NAME, check_name, name_of

NOTHING = Message("Nothing was named.")

LOCK = ".names.lock"
"""In the folder of the runs: two that name at once would both find a name free."""


def name_run(word: str, name: str | None, root: Path, *, none: bool = False, move: bool = False) -> None:
    """Gives a run a name, takes it away, or tells it.

    Args:
        word: Which run.
        name: What it is called from now on; None tells what it is called.
        root: Folder of the runs.
        none: Whether its name is taken away.
        move: Whether a name that another run has goes on to this one.

    Raises:
        ConfigError: if it is not there, it cannot be called so, or another run is.
    """
    run = one(word, root, nothing=NOTHING)
    if none and (name is not None or move):
        raise ConfigError(
            "--none takes a name away: leave the new one and --move away. {nothing}", nothing=NOTHING
        )
    if move and name is None:
        raise ConfigError(
            "--move needs the name that is to go on to {run}. {nothing}", run=run, nothing=NOTHING
        )
    if none:
        take_away(run)
    elif name is None:
        tell(run)
    else:
        wanted = check_name(name)
        with one_at_a_time(root / LOCK, waiting=say_that_it_waits):
            give(run, wanted, root, move=move)


def say_that_it_waits() -> None:
    """Says that it waits for another process."""
    show(say("another process is naming runs: it is waited for"), file=sys.stderr)


def tell(run: Path) -> None:
    """Says what a run is called."""
    name = name_of(run)
    show(
        say("{run} has no name", run=run)
        if name is None
        else say("{run} is called {name}", run=run, name=name)
    )


def take_away(run: Path) -> None:
    """Has a run have no name."""
    name = name_of(run)
    (run / NAME).unlink(missing_ok=True)
    show(
        say("{run} has no name", run=run)
        if name is None
        else say("{run} is no longer called {name}", run=run, name=name)
    )


def give(run: Path, name: str, root: Path, *, move: bool) -> None:
    """Gives a run a name that no other run has, or that of another.

    Raises:
        ConfigError: if another run has it and it is not to be moved, several have, or a folder here is called so.
    """
    others = [each for each in called(name, root) if each != run]
    if len(others) > 1:
        raise several(name, others)
    if others and not move:
        raise ConfigError(
            "{other} is called {name} already, and a name is that of one run. {nothing} To have {run} called so in its "
            "place:\n  finetune runs name {number} {name} --move",
            other=others[0],
            name=name_of(others[0]),
            run=run,
            number=run.name,
            nothing=NOTHING,
        )
    for place in (Path(name), root / name):
        if place.exists():
            raise ConfigError(
                "{place} is there, so that --run {name} could mean two things. {nothing} Give another name, or move "
                "what is called so.",
                place=place,
                name=name,
                nothing=NOTHING,
            )
    before = name_of(run)
    if others:
        move_on(others[0], run, name)
    else:
        write_text(run / NAME, f"{name}\n")
        show(say("{run} is called {name}", run=run, name=name))
    if before not in (None, name):
        show(say("before, it was called {before}", before=before))
    say_what_cannot_answer(run, name)


def move_on(other: Path, run: Path, name: str) -> None:
    """Has a name go from a run to another: in one step, so that at no moment both have it, or neither."""
    spelt = name_of(other)
    if spelt != name:
        write_text(other / NAME, f"{name}\n")
    patiently(lambda: (other / NAME).replace(run / NAME))
    show(
        say(
            "{run} is called {name}, and {other} no longer is. To go back:\n"
            "  finetune runs name {number} {name} --move",
            run=run,
            name=name,
            other=other,
            number=other.name,
        )
    )


def say_what_cannot_answer(run: Path, name: str) -> None:
    """Says that a run which now has a name has nothing yet that answers by it."""
    if (run / CROSSVAL).is_file():
        return
    try:
        finished = RunFolder(run).finished()
    except ConfigError as error:
        show(say("{run}: {why}", run=run, why=error.message), file=sys.stderr)
        return
    if not finished:
        said = say(
            "{run} has not finished: until it has, --run {name} may have nothing to answer with",
            run=run,
            name=name,
        )
        show(said, file=sys.stderr)
