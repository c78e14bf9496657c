"""finetune runs: what is asked of the runs in a folder, a verb each; without one they are listed."""

import argparse

from finetune.cli.plain_parser import PlainParser
from finetune.commands.runs.delete import delete
from finetune.commands.runs.listing import show_runs
from finetune.commands.runs.naming import name_run
from finetune.commands.runs.tidy import tidy
from finetune.language.say import say
from finetune.runs.folder import ROOT


def parser() -> PlainParser:
    """Returns what the command line may hold."""
    made = PlainParser(
        prog="finetune runs",
        description=say(
            "Lists the runs with date, data, model, score, size on disk and name. finetune runs name 3 producao gives "
            "one a name, finetune runs delete 3 removes one, finetune runs tidy frees what nothing needs."
        ),
    )
    actions = made.add_subparsers(dest="action", metavar="{name,delete,tidy}")
    which = say("3, version_3, adapt_0, baseline_0, crossval_0, latest, or a name")
    name = actions.add_parser(
        "name", help=say("give a run a name, by which --run finds it; alone, tell which it has")
    )
    name.add_argument("run", metavar=say("RUN"), help=which)
    name.add_argument(
        "name",
        nargs="*",
        metavar=say("NAME"),
        help=say(
            "one word: a letter first, then letters, digits, - and _; it is the same in large and small letters, with "
            "accents and without"
        ),
    )
    name.add_argument("--none", action="store_true", help=say("take its name away"))
    name.add_argument("--move", action="store_true", help=say("take the name from the run that has it"))
    remove = actions.add_parser("delete", help=say("delete runs for good, by number, folder, name or latest"))
    remove.add_argument("runs", nargs="+", metavar=say("RUN"), help=which)
    free = actions.add_parser(
        "tidy", help=say("free what nothing needs of runs that have finished, and say what is lost by it")
    )
    free.add_argument("runs", nargs="*", metavar=say("RUN"), help=say("the same; all runs when left out"))
    for verb in (remove, free):
        verb.add_argument("--yes", action="store_true", help=say("do not ask"))
        verb.add_argument("--force", action="store_true", help=say("runs that have a name, too"))
    return made


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    asked: argparse.Namespace = parser().parse_args(argv[1:])
    if asked.action == "name":
        name = (
            " ".join(asked.name) if asked.name else None
        )  # of several words it is told what is wrong with them
        name_run(asked.run, name, ROOT, none=asked.none, move=asked.move)
    elif asked.action == "delete":
        delete(asked.runs, ROOT, yes=asked.yes, force=asked.force)
    elif asked.action == "tidy":
        tidy(asked.runs, ROOT, yes=asked.yes, force=asked.force)
    else:
        show_runs(ROOT)
    return 0
