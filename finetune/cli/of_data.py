"""Commands that need no more than the data: run without Lightning, where nothing is asked that is Lightning's.

What is asked of the data is parsed by the parser of all commands. What this one does not know (options of the Trainer,
of callbacks, of the network; `--help`), and what is wrong, goes the whole way of `lightning_cli`, which says it.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, NoReturn, Protocol, TypeAlias

from jsonargparse import ActionConfigFile, Namespace  # type: ignore[attr-defined]

from finetune.cli.command_line import Prepared, prepare
from finetune.cli.of_system import told_as_the_users
from finetune.cli.options import add_shared_options
from finetune.cli.parser import Parser, config_text
from finetune.cli.take_option import take_option
from finetune.cli.taken_apart import runs_root
from finetune.cli.terminal import speak
from finetune.cli.trusted import hold_against_own_runs, names_ones_own
from finetune.data.table_data import TableData
from finetune.errors import UserError
from finetune.plugins import search_here
from finetune.pretrained.hub import EMBEDDED
from finetune.runs.folder import is_of_a_run

PROCESSES = ("WORLD_SIZE", "SLURM_NTASKS")
"""Environment variables that say how many processes do the same."""


class OfData(Protocol):
    """What a verb works with that needs no more than the data; `Ready` of other verbs is more."""

    @property
    def data(self) -> TableData:
        """What on."""

    @property
    def options(self) -> Namespace:
        """The options that all verbs share."""

    @property
    def config(self) -> str:
        """The options as `config.yaml` of a run keeps them."""

    @property
    def base(self) -> str:
        """The name of the pretrained model."""

    @property
    def root(self) -> Path | None:
        """The folder in which runs are kept; None where it is not named."""

    @property
    def is_first(self) -> bool:
        """Whether this is the only process, or the first of several."""


@dataclass(frozen=True)
class DataAlone:
    """The same where there is neither Trainer nor network; each as `OfData` has it."""

    data: TableData
    options: Namespace
    config: str
    base: str
    root: Path | None = None
    is_first: bool = True


VerbOfData: TypeAlias = Callable[Concatenate[Any, ...], int]
"""A verb whose first argument is an `OfData`."""


class Strange(Exception):  # noqa: N818
    """The options are not those of the data alone, or wrong."""


class DataParser(Parser):
    """The parser of these options, which tells nothing."""

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Gives up.

        Raises:
            Strange: always; of a parser that tries one type of several, what jsonargparse expects of it.
        """
        if not self.exit_on_error:
            super().error(message, ex)
        raise Strange(message) from ex


def everything(options: Namespace) -> bool:
    """Says of any options that data are enough for them."""
    return True


def run(argv: list[str], verb: VerbOfData, *, enough: Callable[[Namespace], bool] = everything) -> int:
    """Does what a command line asks of a verb; returns the exit status.

    Args:
        argv: The command and its options, as typed.
        verb: What the command does.
        enough: Says of its options whether data are enough for them.
    """
    found = None
    if all(os.environ.get(name, "1") == "1" for name in PROCESSES):
        speak()
        prepared = prepare(argv, runs_root(argv))
        hold_against_own_runs(prepared)
        found = asked_of_data(prepared, verb, enough)
    if found is None:
        from finetune.cli.lightning_cli import run as run_whole  # seconds, which data alone need not wait for

        return run_whole(argv, verb)
    ready, own = found
    with told_as_the_users():
        return verb(ready, **own)


def asked_of_data(
    prepared: Prepared, verb: VerbOfData, enough: Callable[[Namespace], bool]
) -> tuple[DataAlone, dict[str, Any]] | None:
    """Returns what a verb works with, and its own options; None where data are not enough, or an option is wrong."""
    command, *words = prepared.argv
    _, files = take_option(words, ("--config",))
    if any(is_of_a_run(Path(file).absolute()) for file in files):  # its options are those of all
        return None
    parser = DataParser(prog=f"finetune {command}", add_help=False, print_config=None)
    parser.add_argument("-c", "--config", action=ActionConfigFile)
    parser.add_class_arguments(TableData, "data", fail_untyped=False)
    parser.add_argument("--model.name", type=str, default=EMBEDDED)
    add_shared_options(parser, command)
    names = parser.add_function_arguments(verb, as_group=False, skip={"ready"})
    try:
        if names_ones_own(prepared):
            search_here()
        options = parser.parse_args(words)
        if not enough(options):
            return None
        data = TableData(**options.data.as_dict())
    except (Strange, UserError, ValueError, TypeError):
        return None
    base = options.model.name
    if base == EMBEDDED:
        # `config.yaml` says nothing of a network then: all of its options are as they are by default
        options = options.clone()
        del options["model"]
    own = {name: options[name] for name in names}
    return DataAlone(data, options, config_text(parser, options), base), own
