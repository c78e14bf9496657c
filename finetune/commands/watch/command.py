"""finetune watch: answers every table that comes into a folder, and says where they are other ones than before."""

import math
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable
from datetime import datetime
from types import FrameType

from callbacks.saving.stop_signals import handling
from finetune.cli.plain_parser import PlainParser
from finetune.commands.watch.answering import Answering
from finetune.commands.watch.drift.opened import opened as opened_drift
from finetune.commands.watch.journal import DAMAGED, Journal
from finetune.commands.watch.log import Log
from finetune.commands.watch.places import Places, checked, held
from finetune.commands.watch.still import Still
from finetune.commands.watch.watching import Clock, Watching
from finetune.engines.engine import Engine
from finetune.engines.opened import opened, told_as_ours
from finetune.engines.options import add_engine
from finetune.errors import ConfigError
from finetune.files.home import expanded
from finetune.language.say import Message, reason, say
from finetune.runs.folder import ROOT

EVERY_SECONDS, STILL_SECONDS = 2.0, 5.0


def parser() -> PlainParser:
    """Returns what the command line may hold."""
    made = PlainParser(
        prog="finetune watch",
        description=say(
            "Watches a folder: every table that comes into it is labelled by a run's model, and the answers go to "
            "another folder, dated. What cannot be answered goes to erros/ with its message, and stops nothing. Says "
            "where the new rows are other ones than those that the model was measured by. Ctrl+C ends it."
        ),
        epilog=say(
            "{examples}. Files count once they have stood still; hidden ones and those of programs that write are left "
            "alone; what was answered is known by what it holds, whatever it is called.",
            examples="finetune watch --run producao --in pasta --out respostas; finetune watch --in pasta --out "
            "respostas --once",
        ),
    )
    made.add_argument(
        "--run",
        default="latest",
        metavar=say("RUN"),
        help=say("a run (3, version_3, a path, best, latest), or the folder of an export; latest by default"),
    )
    made.add_argument(
        "--in", dest="source", required=True, metavar=say("FOLDER"), help=say("folder that is watched")
    )
    made.add_argument(
        "--out",
        dest="answers",
        required=True,
        metavar=say("FOLDER"),
        help=say("folder of the answers and of the log"),
    )
    add_engine(made)
    made.add_argument(
        "--once",
        action="store_true",
        help=say("answer what is there and end: for cron and the task scheduler of Windows"),
    )
    made.add_argument(
        "--every",
        type=_seconds,
        default=EVERY_SECONDS,
        metavar=say("SECONDS"),
        help=say("seconds between two looks into the folder; {seconds:g} by default", seconds=EVERY_SECONDS),
    )
    made.add_argument(
        "--still_seconds",
        type=_seconds,
        default=STILL_SECONDS,
        metavar=say("SECONDS"),
        help=say(
            "how long a file has to stand still before it counts; {seconds:g} by default",
            seconds=STILL_SECONDS,
        ),
    )
    return made


def _seconds(given: str) -> float:
    try:
        found = float(given.replace(",", "."))
    except ValueError:
        found = math.nan
    if not 0 <= found <= 86_400:
        raise ArgumentTypeError(say('"{given}" is no number of seconds from 0 to 86,400', given=given))
    return found


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    chosen = parser().parse_args(argv[1:])
    places = checked(expanded(chosen.source), expanded(chosen.answers))
    with held(places):
        log = Log(places.log, datetime.now)
        journal = _journal(places, log)
        engine = opened(chosen.run, engine=chosen.engine, answer=chosen.answer, root=ROOT)
        with told_as_ours():
            engine.warm()
        watched(engine, places, journal, log, chosen)
    return 0


def _journal(places: Places, log: Log) -> Journal:
    try:
        journal = Journal(places.journal)
    except OSError as error:
        raise ConfigError(
            "{file} cannot be read and written ({why}).", file=places.journal, why=reason(error)
        ) from error
    if journal.damaged:
        log.tell(
            Message(
                "{file}: {n:,} line of what was answered is damaged, and is left out: the file that it told of is "
                "answered once more if it comes again. What was there is in {kept}",
                "{file}: {n:,} lines of what was answered are damaged, and are left out: the files that they told of "
                "are answered once more if they come again. What was there is in {kept}",
                n=journal.damaged,
                file=places.journal,
                kept=f"{places.journal}{DAMAGED}",
            )
        )
    return journal


def watched(
    engine: Engine,
    places: Places,
    journal: Journal,
    log: Log,
    chosen: Namespace,
    *,
    clock: Clock | None = None,
    now: Callable[[], datetime] = datetime.now,
) -> None:
    """Watches until somebody asks to stop, or once.

    Args:
        engine: What answers.
        places: Where everything is.
        journal: What was answered.
        log: Is told of each file.
        chosen: What the command line holds.
        clock: The time.
        now: What day and time it is.
    """
    clock = clock or Clock()
    drift = opened_drift(
        engine, window=places.window, page=places.drift, beside=places.own, tell=log.tell, now=now
    )
    answering = Answering(engine, places, journal, log, now, drift)
    still = Still(places.source, seconds=chosen.still_seconds, clock=clock.seconds)
    watching = Watching(answering, still, clock, chosen.every)

    def asked_to_stop(number: int, frame: FrameType | None) -> None:
        watching.stop()

    with handling(asked_to_stop):
        log.tell(
            Message(
                "{model} answers ({engine}) what comes into {source}; the answers go to {answers}",
                model=engine.identity,
                engine=engine.kind,
                source=places.source,
                answers=places.answers,
            )
        )
        if chosen.once:
            watching.once()
        else:
            watching.run()
    log.tell(Message("ended: all that was begun is answered"))
