"""argparse in the reader's language: its headings, and its errors as ours. Knows no command."""

import argparse
from collections.abc import Iterable
from typing import Any, NoReturn

from finetune.cli.refused import refuse
from finetune.language.say import say


class HelpFormatter(argparse.HelpFormatter):
    """Begins the usage line in the reader's language."""

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        """Adds the usage line."""
        super().add_usage(usage, actions, groups, say("usage: ") if prefix is None else prefix)


class PlainParser(argparse.ArgumentParser):
    """A parser of a command that takes no Trainer, model and data."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"formatter_class": HelpFormatter} | kwargs)
        put_headings(self)

    def error(self, message: str) -> NoReturn:
        """Raises what is wrong with the options, in one sentence.

        Raises:
            ConfigError: always.
        """
        keys = [option.lstrip("-") for option in self._option_string_actions]
        refuse(message, keys, program=self.prog)


def put_headings(parser: argparse.ArgumentParser) -> None:
    """Gives the help of a parser its headings in the reader's language."""
    parser._positionals.title = say("positional arguments")
    parser._optionals.title = say("options", context="heading")
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction):
            action.help = say("show this help message and exit")
