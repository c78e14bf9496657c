"""The name that a user gave to a run: what may be one, and the file in the run's folder that holds it. Finds no run."""

import re
import unicodedata
from pathlib import Path

from finetune.errors import ConfigError

NAME = "name.txt"
"""In the run's own folder, so that it moves with it."""

MOST_LETTERS = 40

SHAPE = re.compile(r"[^\W\d_][\w-]*")
"""A letter, then letters, digits, `-` and `_`: a number, a path or an option it can never be, nor needs it quotes."""

RESERVED = frozenset(["latest", "best", "last", "previous", "embedded", "none", "null", "true", "false"])
"""What stands for something else where a run or a model is named."""

OF_FOLDERS = re.compile(r"(version|adapt|baseline|crossval|fold|seed)([_-]?\d*)")
"""What the program calls its own folders."""


def name_of(folder: Path) -> str | None:
    """Returns the name that a run was given; None where it has none.

    What the file holds is the name, whoever wrote it: a run that looks like a named one is treated as one.
    """
    file = folder / NAME
    if not file.is_file():
        return None
    with file.open(encoding="utf-8", errors="replace") as opened:
        lines = opened.read(10 * MOST_LETTERS).split("\n")
    return unicodedata.normalize("NFC", lines[0]).strip()[:MOST_LETTERS] or None


def key_of(name: str) -> str:
    """Returns what is alike of names that are the same one: who types `Producao` means `produção`."""
    letters = unicodedata.normalize("NFKD", name.strip())
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()


def may_be_name(text: str) -> bool:
    """Returns whether a run may be called so: whatever else is typed is no name, whoever wrote it into a file."""
    return _is_word(text) and not _is_reserved(text)


def _is_word(text: str) -> bool:
    return SHAPE.fullmatch(unicodedata.normalize("NFC", text)) is not None


def _is_reserved(text: str) -> bool:
    return key_of(text) in RESERVED or OF_FOLDERS.fullmatch(key_of(text)) is not None


def check_name(text: str) -> str:
    """Returns a name as it is kept.

    Raises:
        ConfigError: if a run cannot be called so.
    """
    name = unicodedata.normalize("NFC", text.strip())
    if not _is_word(name):
        raise ConfigError(
            'a run cannot be called "{name}": a name is one word that begins with a letter, of letters (with accents, '
            'too), digits, "-" and "_", such as {example}.',
            name=text,
            example=_near(name),
        )
    if len(name) > MOST_LETTERS:
        raise ConfigError(
            'a run cannot be called "{name}": that has {n} characters, and a name has {most} at most.',
            name=name,
            n=len(name),
            most=MOST_LETTERS,
        )
    if _is_reserved(name):
        raise ConfigError(
            'a run cannot be called "{name}": that stands for something else where a run or a model is named. Give '
            "another name, such as {example}.",
            name=name,
            example="producao",
        )
    return name


def _near(text: str) -> str:
    """A name that can be given in place of one that cannot."""
    words = re.sub(r"[^\w-]+", "-", text).strip("-_")
    near = words if SHAPE.fullmatch(words) else f"v{words}"
    return near if words and may_be_name(near) and len(near) <= MOST_LETTERS else "producao"
