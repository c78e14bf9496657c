"""The parser of options; what it parsed, as a file. How its errors are told: `refused`. Without Lightning."""

import os
from argparse import Action, ArgumentError
from pathlib import Path
from typing import Any, NoReturn

import yaml
from jsonargparse import ArgumentParser, DefaultHelpFormatter, Namespace

from finetune.cli.plain_parser import HelpFormatter, put_headings
from finetune.cli.refused import refuse
from finetune.cli.slips import refuse_groups_in_a_file
from finetune.errors import ConfigError
from finetune.language.say import note, say
from finetune.moved import brought_up_to_date
from finetune.runs.before import as_meant
from finetune.runs.folder import is_of_a_run

ONE_CALL = {
    *("ckpt_path", "weights_only", "config", "output", "adapt_first", "plan_only", "seeds", "steps"),
    *("with", "from", "new_labels", "quick"),
}
"""Options of one call, which are no part of what repeats the run."""


def config_text(parser: ArgumentParser, config: Namespace) -> str:
    """Returns a command's options as `config.yaml` keeps them."""
    config = config.clone()
    for key in ONE_CALL:
        config.pop(key, None)
    text = parser.dump(config, skip_unset=False, skip_validation=True)
    return yaml.safe_dump(yaml.safe_load(text), sort_keys=False, allow_unicode=True)


def check_yaml(content: str, path: str | os.PathLike[str]) -> None:
    """Refuses a file that has no options in it.

    Raises:
        ConfigError: if it has none, cannot be read, or has one value for a group of options.
    """
    try:
        options = yaml.safe_load(content)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ConfigError(
            "{file}: this is no valid YAML, line {line}. Look there and above at the indentation, at colons, brackets "
            "and quotes.",
            file=path,
            line=mark.line + 1 if mark else "?",
        ) from error
    if not isinstance(options, dict):
        raise ConfigError(
            "{file} holds no options: each stands in a line with a colon, such as data.path: dados.csv.",
            file=path,
        )
    refuse_groups_in_a_file(options, Path(path))


class Help(HelpFormatter, DefaultHelpFormatter):
    """jsonargparse's help with the words around types and defaults in the reader's language."""

    def _get_help_string(self, action: Action) -> str:
        text: str = super()._get_help_string(action)
        text = text.replace("type: %(type)s", say("type: %(type)s"))
        return text.replace("default: %(default)s", say("default: %(default)s"))


class Parser(ArgumentParser):
    """jsonargparse's parser with short errors and exit status 2."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # an abbreviated option would be taken silently, and mean something else once a longer one is added
        super().__init__(*args, allow_abbrev=False, **{"formatter_class": Help, **kwargs})
        put_headings(self)
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
        """Parses a file's content; that of a run may name classes as they were called then, and lack later options.

        Raises:
            ConfigError: if it is none of YAML, or no options.
        """
        if path:
            check_yaml(content, path)
        if path and is_of_a_run(Path(path).absolute()):  # a file of the user's own is for its author to mend
            content, found = brought_up_to_date(content)
            for name in [name for name in found if name not in self._told]:
                note("{file}: {name} is now {new}", file=Path(path).absolute(), name=name, new=found[name])
            self._told |= found.keys()
            content = as_meant(content)
        parsed: Namespace = super().parse_string(content, path, ext_vars, env, defaults, **private)
        return parsed

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Raises what is wrong with the options, in one sentence.

        Raises:
            ConfigError: always; of a parser that tries one type of several, what jsonargparse expects of it.
        """
        if not self.exit_on_error:
            raise ArgumentError(None, message) from ex
        commands = [
            name for action in self._actions for name in getattr(action, "_name_parser_map", None) or ()
        ]
        refuse(message, self.keys(), program=" ".join([self.prog, *commands]))
