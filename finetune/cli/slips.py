"""What people type in place of what they mean, told before a parser takes it for something else. Parses nothing."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from finetune.cli.recipes import check_letters, looks_like_a_table
from finetune.cli.strays import refuse_strays
from finetune.errors import ConfigError
from finetune.language.say import Message
from finetune.runs.folder import CONFIG, is_run

FIRST = {"data": "path", "model": "name", "trainer": "max_epochs"}
"""Groups of options, and what is mostly meant by a group's own name."""

OPTIONS = (".yaml", ".yml", ".json")
"""How a file ends from which a whole group may be read."""

TABLES = ("--data.path", "--data.validation_path", "--data.test_path", "--data.predict_path")


def pairs(options: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """Gives each option with its value; None where none stands behind it."""
    following = [*options, "--"][1:]
    for word, after in zip(options, following, strict=True):
        name, equals, value = word.partition("=")
        if name.startswith("--"):
            yield name, value if equals else None if after.startswith("--") else after


def refuse_slips(argv: Sequence[str]) -> None:
    """Refuses what was meant otherwise.

    Args:
        argv: The command and its options, as typed.

    Raises:
        ConfigError: if an option has an empty value, a group of options has the value of one of them, a table is named
            twice, what is named as a table is a run, or a word belongs to no option.
    """
    named: dict[str, str] = {}
    for name, value in pairs(argv[1:]):
        if value is None:
            continue
        if not value.strip():
            raise ConfigError(
                "{name} has an empty value. Write one behind it, or leave {name} away; one that comes from a variable "
                "($NAME) is not set.",
                name=name,
            )
        if name.removeprefix("--") in FIRST:
            refuse_group(name.removeprefix("--"), value, command=argv[0])
        if name in TABLES:
            refuse_table(name, value, before=named.get(name))
            named[name] = value
    refuse_strays(argv)


def refuse_group(group: str, value: str, *, command: str) -> None:
    """Refuses a value for a group of options, unless it is a file of them or stands in braces.

    Raises:
        ConfigError: if it is one option's, or a file of other letters than UTF-8.
    """
    if value.lower().endswith(OPTIONS):
        check_letters(value, option=f"--{group}")
    elif not value.startswith("{"):
        raise ConfigError(
            "--{group} stands for several options. Did you mean --{group}.{option} {value}?",
            group=group,
            option="predict_path" if (command, group) == ("predict", "data") else meant(group, value),
            value=value,
        )


def refuse_table(name: str, value: str, *, before: str | None) -> None:
    """Refuses a table that is a run, or a second one where one counts.

    Raises:
        ConfigError: if it is.
    """
    if is_run(Path(value)):
        raise ConfigError(
            "{name} {folder} is the folder of a run, not a table. To label or measure with that run, give --run "
            "{folder} and the table with {name}; which table it was trained on stands in {config}.",
            name=name,
            folder=value,
            config=Path(value) / CONFIG,
        )
    if before not in (None, value):
        raise ConfigError(
            "{name} is given twice ({first} and {second}), and only one counts: give one. Files of one table can stand "
            "in a folder: {name} FOLDER.",
            name=name,
            first=before,
            second=value,
        )


def meant(group: str, value: str) -> str:
    """Returns the option of a group that a value is mostly meant for."""
    if group == "trainer" and not value.isdecimal():
        return "precision" if any(letter.isdecimal() for letter in value) else "accelerator"
    return FIRST[group]


def refuse_groups_in_a_file(content: dict[str, object], file: Path) -> None:
    """Refuses a file of options in which a group of them has a value of its own.

    Args:
        content: The file's.
        file: Its path.

    Raises:
        ConfigError: if one has.
    """
    for group in FIRST.keys() & content.keys():
        value = content[group]
        if isinstance(value, dict):
            continue
        if isinstance(value, str) and value.lower().endswith(OPTIONS):
            check_letters(str(file.parent / value), option=f"{file}, {group}:")
            continue
        text = "" if value is None else str(value)
        raise ConfigError(
            '{file}: "{group}" stands for several options, each in a line of its own below it, such as\n'
            "  {group}:\n    {option}: {value}",
            file=file,
            group=group,
            option=meant(group, text) if text else FIRST[group],
            value=text or "...",
        )


def hint_for(word: str) -> Message | str:
    """Returns what a word that belongs to no option was meant for, where it shows."""
    if not looks_like_a_table(word):
        return ""
    return Message(" Did you mean --data.path {table}? A name with blanks stands in quotes.", table=word)
