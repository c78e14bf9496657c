"""The parser of the Lightning commands, whose errors name value and nearest key; what it parsed, as a file."""

import difflib
import os
import re
import sys
from pathlib import Path
from typing import Any, NoReturn

import yaml
from jsonargparse import Namespace
from lightning.pytorch.cli import LightningArgumentParser
from lightning_utilities.core.rank_zero import rank_zero_info

from finetune.errors import ConfigError
from finetune.plugins import brought_up_to_date, said_of_moved
from finetune.processes.failing_together import take_turns
from finetune.runs.folder import is_of_a_run


def nearest_key(message: str, keys: list[str]) -> str:
    """Returns a sentence with the valid key that looks most like an unknown one in a message, or nothing."""
    if not re.search(r"unrecognized|does not accept|not expected|No action|Unknown|not defined", message):
        return ""
    for found in re.finditer(r"--[\w.]+|\w+(?:\.\w+)+|'[\w.]+'", message):
        word = found.group().strip("-'")
        if word in keys:
            continue
        near = difflib.get_close_matches(word, keys, n=1, cutoff=0.6)
        if near:
            return f' There is no "{word}". Did you mean "{near[0]}"?'
    return ""


ONE_CALL = {"ckpt_path", "weights_only", "config", "output"}
"""Options of one call, which are no part of what repeats the run."""


def config_text(parser: LightningArgumentParser, config: Namespace) -> str:
    """Returns a command's options as `config.yaml` keeps them."""
    config = config.clone()
    for key in ONE_CALL:
        config.pop(key, None)
    text = parser.dump(config, skip_unset=False, skip_validation=True)
    return yaml.safe_dump(yaml.safe_load(text), sort_keys=False, allow_unicode=True)


def where_it_is_now(message: str) -> str:
    """Returns a message short where all that is wrong is a module that has moved; else nothing.

    Of a class path that it cannot use, jsonargparse tells every type that it tried.
    """
    moved = said_of_moved(message)
    if not moved:
        return ""
    given = re.findall(r"Given value: (.*)", message)
    return f"{message.splitlines()[0].rstrip(':')}{f', {given[-1]}' if given else ''}: {moved}"


class Parser(LightningArgumentParser):
    """Lightning's parser with short errors and exit status 2."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # an abbreviated option would be taken silently, and mean something else once a longer one is added
        super().__init__(*args, allow_abbrev=False, **kwargs)
        self._told: set[str] = set()  # of what has moved

    def keys(self) -> list[str]:
        """Returns every option's key, those of the subcommands included."""
        keys = [action.dest for action in self._actions]
        for action in self._actions:
            for parser in (getattr(action, "_name_parser_map", None) or {}).values():
                keys += parser.keys()
        return keys

    def parse_string(
        self,
        content: str,
        path: str | os.PathLike[str] = "",
        ext_vars: dict[str, Any] | None = None,
        env: bool | None = None,
        defaults: bool = True,
        **private: Any,  # jsonargparse hands itself more than it documents
    ) -> Namespace:
        """Parses a file's content; what a run has kept may name classes as they were called then."""
        if path and is_of_a_run(Path(path).absolute()):  # a file of the user's own is for its author to mend
            content, found = brought_up_to_date(content)
            for name in found.keys() - self._told:
                rank_zero_info(f"{Path(path).absolute()}: {name} is now {found[name]}")
            self._told |= found.keys()
        parsed: Namespace = super().parse_string(content, path, ext_vars, env, defaults, **private)
        return parsed

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Prints one message without the list of all options, and exits."""
        take_turns(ConfigError(message))
        program = self.prog.replace(" [options]", "")
        told = where_it_is_now(message) or message + nearest_key(message, self.keys())
        sys.stderr.write(f"{program}: error: {told}\n")
        sys.stderr.write(f"{program} --help lists all options.\n")
        sys.exit(2)
