"""The command table: what `finetune` can do. Imports only the chosen command, and nothing heavy by itself."""

import difflib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from io import TextIOWrapper

from finetune import __version__
from finetune.cli.help import HELP, show_help
from finetune.cli.lasting_output import lasting_output
from finetune.errors import ConfigError, UserError
from finetune.processes.leaving import leave_at_end

LANGUAGE = "FINETUNE_LANGUAGE"

COMMANDS: dict[str, tuple[str, str]] = {
    "fit": (
        "finetune.commands.fit.command:main",
        "train on a table, test the best model, keep all in a new run folder",
    ),
    "validate": (
        "finetune.commands.validate:main",
        "measure a run's best model on the validation rows",
    ),
    "test": (
        "finetune.commands.test:main",
        "measure a run's best model on the test rows, or on another table",
    ),
    "predict": (
        "finetune.commands.predict:main",
        "label the rows of a table with a run's best model",
    ),
    "plan": (
        "finetune.commands.plan.command:main",
        "show what fit would do, here or on a named GPU, and how long it takes",
    ),
    "check": (
        "finetune.commands.check:main",
        "say what is wrong with a table, before anything is trained",
    ),
    "baseline": (
        "finetune.commands.baseline:main",
        "show what simple models reach on the same rows, in seconds",
    ),
    "crossval": (
        "finetune.commands.crossval.command:main",
        "train once a fold: scores of every row but the test's, with an interval",
    ),
    "report": (
        "finetune.commands.report:main",
        "a run as one page to read and pass on; several runs side by side",
    ),
    "runs": (
        "finetune.commands.runs:main",
        "list the runs with data, model, score and size; delete some",
    ),
}


def usage() -> str:
    """Returns the list of commands."""
    width = max(map(len, COMMANDS))
    rows = "\n".join(f"  {name:<{width}}  {line}" for name, (_, line) in COMMANDS.items())
    return (
        f"finetune {__version__}: fine-tunes BERT-family text classifiers\n\n"
        f"usage: finetune COMMAND [OPTIONS]\n\n{rows}\n\n"
        "  finetune fit --config demo                         try it on the demonstration table\n"
        "  finetune check --data.path dados.csv               say what is wrong with your own table\n"
        "  finetune fit --data.path dados.csv                 train on it\n"
        "  finetune predict --run latest --data.predict_path novos.csv --output saida.csv\n\n"
        "finetune COMMAND --help shows a command's options. --language pt tells results in Portuguese."
    )


def run(argv: list[str]) -> int:
    """Runs one command and returns the exit status.

    Raises:
        UserError: what the user can mend.
    """
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    name = argv[0]
    if name == "--version":
        print(__version__)
        return 0
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f' Did you mean "{near[0]}"?' if near else ""
        raise UserError(f'there is no command "{name}".{hint} There are: {", ".join(COMMANDS)}')

    def command() -> int:
        module, function = COMMANDS[name][0].split(":")
        chosen: Callable[[list[str]], int] = getattr(import_module(module), function)
        return chosen(argv)

    return show_help(name, command) if argv[1:] in HELP else command()


def take_language(argv: list[str]) -> tuple[list[str], str | None]:
    """Splits `--language` off a command line: the rest, and the language if one is given.

    Raises:
        ConfigError: if it is one that we do not speak.
    """
    if not any(argument.startswith("--language") for argument in argv):
        return argv, None
    # not before it is needed: it is heavier than all the rest here
    from finetune.cli.command_line import take_option

    rest, chosen = take_option(argv, ("--language",))
    for language in chosen:
        if language[:2].lower() not in ("en", "pt"):
            raise ConfigError(f"--language {language}: there are en (English) and pt (Portuguese).")
    return rest, chosen[-1] if chosen else None


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """Has this process, and those that it starts, speak a language for a while; as before where none is given."""
    before = os.environ.get(LANGUAGE)
    if language is not None:
        os.environ[LANGUAGE] = language
    try:
        yield
    finally:
        if before is not None:
            os.environ[LANGUAGE] = before
        elif language is not None:
            del os.environ[LANGUAGE]


def show_notes(error: BaseException | None) -> None:
    """Prints what was added to an error, and to those that led to it, as a traceback would."""
    while error is not None:
        for note in getattr(error, "__notes__", ()):
            print(note, file=sys.stderr)
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
    """Runs one command and tells how it ended; returns the exit status."""
    try:
        argv, language = take_language(argv)
        with speaking(language):
            status = run(argv)
        sys.stdout.flush()
    except UserError as error:
        print(f"finetune {argv[0] if argv else ''}: error: {error}", file=sys.stderr)
        show_notes(error)
        return error.status
    except KeyboardInterrupt as error:
        if isinstance(error.__context__, SystemExit):  # once more, while it was ending with all saved
            from callbacks.saving.stop_signals import STOPPED

            if error.__context__.code == STOPPED:
                return STOPPED
        print("\nfinetune: interrupted", file=sys.stderr)
        show_notes(error)
        return 130  # as shells count it: 128 and the signal
    except SystemExit as error:
        show_notes(error)
        raise
    except BrokenPipeError:
        # whoever read our output has seen enough (`| head`); the rest goes nowhere, or Python complains at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


if __name__ == "__main__":
    sys.exit(main())
