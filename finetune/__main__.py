"""The command table: what `finetune` can do. Imports only the chosen command, and nothing heavy by itself."""

import errno
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from io import TextIOWrapper

from finetune import __version__
from finetune.cli.help import HELP, show_help
from finetune.cli.lasting_output import lasting_output
from finetune.cli.no_command import no_command
from finetune.cli.signs import refuse_signs
from finetune.cli.take_option import take_option
from finetune.cli.typed_text import without_texts
from finetune.errors import ConfigError, UserError
from finetune.language.lists import listed
from finetune.language.say import Message, say, show
from finetune.language.which import VARIABLE, language, language_of, languages, name_of, speaking
from finetune.processes.leaving import leave_at_end

COMMANDS: dict[str, tuple[str, Message]] = {
    "fit": (
        "finetune.commands.fit.command:main",
        Message("train on a table, test the best model, keep all in a new run folder"),
    ),
    "adapt": (
        "finetune.commands.adapt.command:main",
        Message("learn the language of texts without labels; fit then begins from it"),
    ),
    "validate": (
        "finetune.commands.validate:main",
        Message("measure a run's best model on the validation rows"),
    ),
    "test": (
        "finetune.commands.test:main",
        Message("measure a run's best model on the test rows, or on another table"),
    ),
    "predict": (
        "finetune.commands.predict.main:main",
        Message("label the rows of a table with a run's best model"),
    ),
    "serve": (
        "finetune.commands.serve.command:main",
        Message("a run's model as a page for colleagues and an interface for programs"),
    ),
    "label": (
        "finetune.commands.label.command:main",
        Message("label rows by hand on a page, the most useful first, to train again"),
    ),
    "watch": (
        "finetune.commands.watch.command:main",
        Message("label the tables that come into a folder; say when they change"),
    ),
    "plan": (
        "finetune.commands.plan.command:main",
        Message("show what fit would do here or on a named GPU, and how long it takes"),
    ),
    "check": (
        "finetune.commands.check:main",
        Message("say what is wrong with a table, before anything is trained"),
    ),
    "baseline": (
        "finetune.commands.baseline.command:main",
        Message("show what simple models reach in seconds, and keep one of them"),
    ),
    "crossval": (
        "finetune.commands.crossval.command:main",
        Message("train fold by fold: scores of all rows but those of the test"),
    ),
    "report": (
        "finetune.commands.report:main",
        Message("a run as one page to read and pass on; several runs side by side"),
    ),
    "export": (
        "finetune.commands.export.command:main",
        Message("a run's model as a folder to hand on, proved to answer as it does"),
    ),
    "runs": (
        "finetune.commands.runs.command:main",
        Message("list the runs with their scores; name, tidy and delete them"),
    ),
}


def usage() -> str:
    """Returns the list of commands."""
    width = max(map(len, COMMANDS))
    rows = [f"  {name:<{width}}  {line}" for name, (_, line) in COMMANDS.items()]
    examples = [
        ("finetune fit --config demo", say("try it on the demonstration table")),
        ("finetune check --data.path dados.csv", say("say what is wrong with your own table")),
        ("finetune fit --data.path dados.csv", say("train on it")),
        ("finetune predict --run latest --data.predict_path novos.csv --output saida.csv", ""),
    ]
    lines = [
        say("finetune {version}: fine-tunes BERT-family text classifiers", version=__version__),
        "",
        say("usage: finetune COMMAND [OPTIONS]"),
        "",
        *rows,
        "",
        *(f"  {command:<36}  {what}".rstrip() for command, what in examples),
        "",
        say("finetune COMMAND --help shows a command's options. --language pt tells results in Portuguese."),
    ]
    return "\n".join(lines)


def run(argv: list[str]) -> int:
    """Runs one command and returns the exit status.

    Raises:
        UserError: what the user can mend.
    """
    if not argv or argv[0] in ("-h", "--help", "help"):
        show(usage())
        return 0
    refuse_signs(without_texts(argv))
    name = argv[0]
    if name == "--version":
        print(__version__)
        return 0
    if name not in COMMANDS:
        raise no_command(argv, COMMANDS)
    from finetune.cli.foreseen import refuse_foreseen  # here: the list of commands does without

    refuse_foreseen(without_texts(argv))

    def command() -> int:
        module, function = COMMANDS[name][0].split(":")
        chosen: Callable[[list[str]], int] = getattr(import_module(module), function)
        return chosen(argv)

    return show_help(name, command) if argv[1:] in HELP else command()


def take_language(argv: list[str]) -> tuple[list[str], str]:
    """Splits `--language` off a command line: the rest, and the language to speak, the system's where none is given.

    Raises:
        ConfigError: if it is one that we do not speak.
    """
    chosen: list[str] = []
    if any(argument.startswith("--language") for argument in argv):
        argv, chosen = take_option(argv, ("--language",))
    asked = [(f"--language {name}", name) for name in chosen] or [
        (f"{VARIABLE}={name}", name) for name in (os.environ.get(VARIABLE),) if name
    ]
    found = language()
    for given, name in asked:
        code = language_of(name)
        if code is None:
            spoken = [f"{each} ({name_of(each)})" for each in languages()]
            raise ConfigError("{given}: there are {languages}.", given=given, languages=listed(spoken))
        found = code
    return argv, found


@contextmanager
def spoken_by_all(name: str) -> Iterator[None]:
    """Has this process, and those that it starts, speak a language for a while."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = name
    try:
        with speaking(name):
            yield
    finally:
        del os.environ[VARIABLE]
        if before is not None:
            os.environ[VARIABLE] = before


def show_notes(error: BaseException | None) -> None:
    """Prints what was added to an error, and to those that led to it, as a traceback would."""
    while error is not None:
        for note in getattr(error, "__notes__", ()):
            show(note, file=sys.stderr)
        error = error.__cause__


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; what the user can mend is said without a traceback, with exit status 2."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal of few letters shows ? for the others
    with lasting_output(argv[0] if argv else ""):
        try:
            status = told(argv)
        except SystemExit as error:
            if isinstance(error.code, int):
                leave_at_end(error.code)
            raise
    leave_at_end(status)
    return status


def told(argv: list[str]) -> int:
    """Runs one command in the language that is asked for, and tells how it ended; returns the exit status."""
    try:
        argv, spoken = take_language(argv)
    except UserError as error:
        return show_error(argv, error)
    with spoken_by_all(spoken):
        return told_of(argv)


def show_error(argv: list[str], error: UserError) -> int:
    """Prints what the user can mend; returns the exit status."""
    command = " ".join(["finetune", *(word for word in argv[:1] if not word.startswith("-"))])
    show(say("{command}: error: {error}", command=command, error=error.message), file=sys.stderr)
    show_notes(error)
    return error.status


def told_of(argv: list[str]) -> int:
    """Runs one command and tells how it ended; returns the exit status."""
    try:
        status = run(argv)
        sys.stdout.flush()
    except UserError as error:
        return show_error(argv, error)
    except KeyboardInterrupt as error:
        if isinstance(error.__context__, SystemExit):  # once more, while it was ending with all saved
            from callbacks.saving.stop_signals import STOPPED

            if error.__context__.code == STOPPED:
                return STOPPED
        show("\n" + say("finetune: interrupted"), file=sys.stderr)
        show_notes(error)
        return 130  # as shells count it: 128 and the signal
    except SystemExit as error:
        show_notes(error)
        raise
    except OSError as error:
        # Windows says of a closed pipe that the argument is wrong
        closed = isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == errno.EINVAL)
        if not closed:
            raise
        # whoever read our output has seen enough (`| head`); the rest goes nowhere, or Python complains at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


if __name__ == "__main__":
    sys.exit(main())
