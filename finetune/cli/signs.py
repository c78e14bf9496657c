"""Dashes, quotation marks and blanks as text programs make them of those that were typed. Knows no option's meaning."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from finetune.cli.recipes import looks_like_a_table
from finetune.cli.take_option import FLAGS
from finetune.errors import ConfigError
from finetune.language.typed import command_line

DASHES = "-\u00ad\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
OPTION = re.compile(rf"[{DASHES}]+(?P<name>[A-Za-z][A-Za-z_]+(?:\.[A-Za-z_0-9]+)*)(?P<rest>.*)", re.S)
BARE = re.compile(r"(?P<name>(?:data|model|trainer)(?:\.[a-z][a-z_0-9]*)+)(?P<value>=.*)?", re.S)
SLASHED = re.compile(r"/(?P<name>(?:data|model|trainer)\.[a-z_]+)(?P<rest>.*)", re.S)
ODD_BLANKS = "\u00a0\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff"
QUOTES = "“”„‟«»‘’‚‛″"
STRAIGHT = "'\""

TAKE_NAMES = ("report", "runs")
"""Commands that take names without an option."""

OPTIONS = (".yaml", ".yml")
"""How the name of a file of options ends."""

WITHOUT_POINT = (
    *("run", "config", "resume", "trust", "help", "version", "language", "output", "report", "gpu", "folds", "seeds"),
    *("baselines", "mix", "answer", "yes"),
)  # fmt: skip
"""Options of one word: any other that begins with a dash of a text program may be a value."""


def refuse_signs(argv: Sequence[str]) -> None:
    """Refuses a command line with signs that were meant for others, with the one that was meant, to copy.

    Args:
        argv: The command and its options, as typed.

    Raises:
        ConfigError: if it has some.
    """
    plain = list(plain_signs(argv))
    if plain == list(argv):
        return
    from finetune.cli.strays import in_place  # here: what is typed well is not kept waiting

    takes_options = bool(plain) and plain[0] not in TAKE_NAMES and not plain[0].startswith("-")
    line = in_place(plain) if takes_options else plain
    raise ConfigError(
        "{words} is not understood. On a command line an option begins with two plain hyphens (--), its value stands "
        "behind a plain blank, and quotation marks are straight ones. Like this:\n  {line}",
        words=" ".join(word for word in argv if word not in plain),
        line=command_line(["finetune", *line]),
    )


def plain_signs(argv: Sequence[str]) -> Iterator[str]:
    """Gives the words with plain signs; those between quotation marks that a shell does not know are one."""
    words = list(argv)
    awaited = False  # an option's value, which may look like an option of a text program
    while words:
        word = words.pop(0)
        typed = re.sub(rf"^[{ODD_BLANKS}]+|[{ODD_BLANKS}]+$", "", word)
        more = bool(words) and not _is_option(words[0])
        name, value = "", typed
        if awaited and not _is_option(typed):
            if typed == "=" and more:
                continue
            value = typed.removeprefix("=") or typed
        elif typed and not without_dashes(typed) and _lacks_dashes(words):
            words[0] = f"--{without_dashes(words[0])}"
            continue
        else:
            name, value = _parted(f"--{typed}" if _is_bare([typed, *words]) else typed) or (name, value)
        if name.endswith("=") and not value and more:
            value = words.pop(0)
        if value[:1] and value[0] in QUOTES + STRAIGHT:
            value, words = _unquoted([value, *words])
        if name.endswith("="):
            yield f"{name}{value}"
        else:
            yield from [each for each in (name, value) if each] or [""] * (word == "")
        if name or value or word == "":
            waits = "=" not in name and name not in FLAGS if name else value == "-c" and not awaited
            awaited = waits and (not value or not name)


def without_dashes(word: str) -> str:
    """Returns a word without the dashes that it begins with, whatever program has made them."""
    return re.sub(f"^[{DASHES}]+", "", word)


def _is_option(word: str) -> bool:
    return re.match("--[A-Za-z]", word) is not None or word in ("-c", "-h")


def _is_bare(words: Sequence[str]) -> bool:
    """Whether words begin with the name of an option without hyphens, and its value."""
    found = BARE.fullmatch(words[0])
    if found is None or looks_like_a_table(found["name"]) or Path(words[0]).exists():
        return False
    return found["value"] is not None or (len(words) > 1 and not _is_option(words[1]))


def _lacks_dashes(words: Sequence[str]) -> bool:
    """Whether words begin with an option, which dashes of their own stand before."""
    if not words or not without_dashes(words[0]):
        return bool(words) and _lacks_dashes(words[1:])
    return _is_bare(words) or words[0].partition("=")[0] in WITHOUT_POINT or _parted(words[0]) is not None


def _parted(word: str) -> tuple[str, str] | None:
    """An option and what stands with it in one word, the option with its equals sign; None for anything else."""
    found = OPTION.fullmatch(word) or SLASHED.fullmatch(word)
    if found is None or (word.startswith("/") and Path(word).exists()):
        return None
    name, rest = found["name"], found["rest"]
    if name.endswith(OPTIONS):  # -cmeu.yaml
        return None
    plain = word.startswith("--") and word[2:3].isalpha()
    if not (plain or "." in name or "_" in name or name in WITHOUT_POINT) or (
        not plain and looks_like_a_table(name)
    ):
        return None
    if rest.startswith("="):
        return f"--{name}=", rest[1:]
    behind = re.fullmatch(rf"[:\s{ODD_BLANKS}]+(?P<value>.*)", rest, re.S)
    if behind and "." in name:
        return f"--{name}", behind["value"]
    return (f"--{name}{rest}", "") if not rest or plain else None


def _unquoted(words: list[str]) -> tuple[str, list[str]]:
    """What stands between the quotation marks at whose first the words begin, and the words behind; else the words."""
    for end, last in enumerate(words):
        if len(last) > (end == 0) and last[-1] in QUOTES + STRAIGHT:
            within = " ".join(words[: end + 1])[1:-1]
            if words[0][0] in QUOTES or looks_like_a_table(within):
                return within, words[end + 1 :]
        if last.startswith("--"):
            break
    return words[0], words[1:]
