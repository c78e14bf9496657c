"""Words of a command line that belong to no option: mostly a name with blanks, or a table alone. Parses nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from finetune.cli.recipes import looks_like_a_table, recipe_names
from finetune.cli.take_option import FLAGS
from finetune.errors import ConfigError
from finetune.language.lists import listed, quoted
from finetune.language.typed import command_line
from finetune.runs.folder import ROOT, is_run
from finetune.runs.named import called

TABLE_OF = {
    "predict": "--data.predict_path",
    "test": "--data.test_path",
    "validate": "--data.validation_path",
}
"""Where a command that works with a run takes its table; the others take it with --data.path."""

NAMES_A_RUN = ("latest", "best")
"""What stands for a run where one is named, besides its number, its folder and its name."""

TAKES_A_TABLE = ("--data.path", *TABLE_OF.values())

TAKES_A_FILE = (*TAKES_A_TABLE, "--output", "--report", "--config", "-c", "--run")
"""Options whose value may end as the name of a table does."""

WHOLE = ("latest", "best", "null", "true", "false")
"""Values that no name with a blank begins with."""


@dataclass
class Given:
    """An option with its value, and the words that stand behind that.

    Attributes:
        words: As typed: the option, and its value if that is a word of its own; none before the first option.
        strays: The words behind it that belong to nothing.
    """

    words: list[str]
    strays: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The option's name; "" before the first option."""
        return self.words[0].partition("=")[0] if self.words else ""

    @property
    def value(self) -> str | None:
        """Its value; None where it has none, or takes none."""
        if len(self.words) > 1:
            return self.words[1]
        return self.words[0].partition("=")[2] if self.words and "=" in self.words[0] else None


def taken_apart(options: Sequence[str]) -> list[Given]:
    """Returns the options in their order, each with what stands behind it."""
    found = [Given([])]
    for word in options:
        last = found[-1]
        if word.startswith("--") or word in ("-c", "-h"):
            found.append(Given([word]))
        elif last.words and last.value is None and last.name not in FLAGS:
            last.words.append(word)
        else:
            last.strays.append(word)
    return found


def refuse_strays(argv: Sequence[str]) -> None:
    """Refuses words that belong to no option where it shows what was meant, with the command line to copy.

    Args:
        argv: The command and its options, as typed.

    Raises:
        ConfigError: if there are some.
    """
    given = taken_apart(argv[1:])
    strays = [" ".join(each.strays) for each in given if each.strays]
    line = in_place(argv)
    if line != list(argv):
        raise ConfigError(
            "{words} belongs to no option: a value stands behind its option, and a name with blanks in quotes. Like "
            "this:\n  {line}",
            "{words} belong to no option: a value stands behind its option, and a name with blanks in quotes. Like "
            "this:\n  {line}",
            n=len(strays),
            words=quoted(strays),
            line=command_line(["finetune", *line]),
        )
    for each in given:  # of what is left, the parser says that it belongs to nothing
        _refuse_tables(each)


def in_place(argv: Sequence[str]) -> list[str]:
    """Returns a command line with all words where they were meant to stand; as it is, where that does not show."""
    given = taken_apart(argv[1:])
    first: list[str] = []
    others: list[str] = []
    for each in given:
        if any(word.startswith("-") for word in each.strays):
            return list(argv)
        alone = each.strays and _stands_alone(each)
        meant = _meant(each.strays, given, argv[0]) if alone else []
        end = len(each.strays) if alone else _begin_of_table(each)
        behind = _meant(each.strays[end:], given, argv[0]) if end < len(each.strays) else None
        if behind is not None:
            meant, each = behind, Given(each.words, each.strays[:end])
        if meant is None:
            return list(argv)
        first += meant
        others += each.words if alone or not each.strays else _joined(each)
    return [argv[0], *first, *others]


def refuse_split_name(names: Sequence[str], argv: Sequence[str]) -> None:
    """Refuses words that are the name of one folder, of a command that takes several.

    Args:
        names: The words that are taken for a name each.
        argv: The command and its options, as typed.

    Raises:
        ConfigError: if they are.
    """
    whole = " ".join(names)
    if len(names) > 1 and Path(whole).exists():
        options = [word for word in argv[1:] if word not in names]
        raise ConfigError(
            '"{name}" is one name with blanks, and stands in quotes. Like this:\n  {line}',
            name=whole,
            line=command_line(["finetune", argv[0], whole, *options]),
        )


def _refuse_tables(given: Given) -> None:
    """Refuses several tables where one is taken: a shell makes them of *.csv."""
    tables = [given.value or "", *given.strays]
    if (
        len(tables) > 1
        and given.name.startswith("--data.")
        and all(looks_like_a_table(table) for table in tables)
    ):
        raise ConfigError(
            "{name} takes one table, and here are {n}: {tables}. Files of one table can stand in a folder of their "
            "own: {name} FOLDER.",
            name=given.name,
            n=len(tables),
            tables=listed(tables),
        )


def _stands_alone(given: Given) -> bool:
    """Whether the words behind an option are none of its value."""
    value = given.value
    if value is None:
        return True
    if Path(" ".join([value, *given.strays])).exists():
        return False
    if looks_like_a_table(value) and all(map(looks_like_a_table, given.strays)):
        return True
    return Path(value).exists() or value in WHOLE or value in recipe_names() or _is_number(value)


def _begin_of_table(given: Given) -> int:
    """How many words behind an option are of its value, where those behind them are a table of their own."""
    strays = given.strays
    if given.value is None or Path(" ".join([given.value, *strays])).exists():
        return len(strays)
    for at in range(len(strays)):
        if Path(" ".join(strays[at:])).exists():
            return at if given.name not in TAKES_A_TABLE else len(strays)
    looks = bool(strays) and given.name not in TAKES_A_FILE and looks_like_a_table(strays[-1])
    return len(strays) - looks


def _is_number(value: str) -> bool:
    return value.replace(".", "", 1).replace(",", "", 1).isdecimal()


def _joined(given: Given) -> list[str]:
    """An option with the words behind it as one value."""
    if len(given.words) > 1:
        return [given.words[0], " ".join([given.words[1], *given.strays])]
    return [" ".join([*given.words, *given.strays])]


def _meant(strays: Sequence[str], given: Sequence[Given], command: str) -> list[str] | None:
    """The options that words without one were meant for; None where that does not show."""
    whole = " ".join(strays)
    if Path(whole).exists() or not all(_is_known(stray, command) for stray in strays):
        strays = [whole]
    if not all(_is_known(stray, command) for stray in strays):
        return None
    options: list[str] = []
    for stray in strays:
        option = _option_of(stray, command)
        if option is None or option in options or any(each.name == option for each in given):
            return None
        options += [option, stray]
    if command in TABLE_OF and not any(each.name in ("--run", "--config", "-c") for each in given):
        options = options if "--run" in options else ["--run", "latest", *options]
    return options


def _is_known(word: str, command: str) -> bool:
    return (
        looks_like_a_table(word)
        or word in recipe_names()
        or Path(word).exists()
        or (command in TABLE_OF and _names_a_run(word))
    )


def _names_a_run(word: str) -> bool:
    return word in NAMES_A_RUN or word.isdecimal() or is_run(Path(word)) or bool(called(word, ROOT))


def _option_of(word: str, command: str) -> str | None:
    if is_run(Path(word)) or (command in TABLE_OF and _names_a_run(word)):
        return "--run" if command in TABLE_OF else None
    if word in recipe_names() or word.endswith((".yaml", ".yml")):
        return "--config"
    return TABLE_OF.get(command, "--data.path")
