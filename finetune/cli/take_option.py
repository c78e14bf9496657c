"""An option of our own, split off the words of a command line. Loads nothing heavy."""

from finetune.errors import ConfigError

FLAGS = (
    *("--resume", "--trust", "--looked_at", "--keep_models", "--help", "-h", "--print_config", "--version"),
    *("--yes", "--no-explain", "--force", "--none", "--move"),
)
"""Options that take no value."""


def take_option(argv: list[str], names: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Splits off every `--name value` and `--name=value`: the rest, and the values in their order."""
    rest: list[str] = []
    values: list[str] = []
    items = iter(argv)
    for item in items:
        name, equals, value = item.partition("=")
        if name not in names:
            rest.append(item)
        elif equals:
            values.append(value)
        else:
            following = next(items, None)
            if following is None:
                raise ConfigError("{name} needs a value.", name=name)
            values.append(following)
    return rest, values
