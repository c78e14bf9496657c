"""The parser of the Lightning commands, whose errors name value and nearest key; what it parsed, as a file."""

import difflib
import re
import sys
from typing import Any, NoReturn

import yaml
from jsonargparse import Namespace
from lightning.pytorch.cli import LightningArgumentParser

from finetune.errors import ConfigError
from finetune.processes.failing_together import take_turns


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


class Parser(LightningArgumentParser):
    """Lightning's parser with short errors and exit status 2."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # an abbreviated option would be taken silently, and mean something else once a longer one is added
        super().__init__(*args, allow_abbrev=False, **kwargs)

    def keys(self) -> list[str]:
        """Returns every option's key, those of the subcommands included."""
        keys = [action.dest for action in self._actions]
        for action in self._actions:
            for parser in (getattr(action, "_name_parser_map", None) or {}).values():
                keys += parser.keys()
        return keys

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Prints one message without the list of all options, and exits."""
        take_turns(ConfigError(message))
        program = self.prog.replace(" [options]", "")
        sys.stderr.write(f"{program}: error: {message}{nearest_key(message, self.keys())}\n")
        sys.stderr.write(f"{program} --help lists all options.\n")
        sys.exit(2)
