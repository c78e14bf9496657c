"""Texts that are typed on the command line itself: taken off it before anybody takes them for words of its own.

A text may hold dashes and quotation marks of text programs, be called null or like a file, or be as long as a page.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from finetune.cli.take_option import take_option
from finetune.errors import ConfigError

TEXT, PAIR = "--text", "--text_pair"


@dataclass(frozen=True)
class TypedText:
    """What was typed.

    Attributes:
        argv: The command and its other options.
        text: The text; None where there is none.
        text_pair: The second text, where there is one.
    """

    argv: list[str]
    text: str | None = None
    text_pair: str | None = None


def without_texts(argv: Sequence[str]) -> list[str]:
    """Returns a command line without the texts that are typed on it; of a command that takes none all of it."""
    return take_option(list(argv), (TEXT, PAIR))[0] if argv[:1] == ["predict"] else list(argv)


def typed_text(argv: Sequence[str]) -> TypedText:
    """Takes the texts off a command line.

    Raises:
        ConfigError: if one has no value, or is given twice.
    """
    left, found = list(argv), {}
    for option in (TEXT, PAIR):
        left, texts = take_option(left, (option,))
        if len(texts) > 1:
            raise ConfigError(
                "{option} is given {times} times: it answers one text. Give several in a table, with "
                "--data.predict_path.",
                option=option,
                times=len(texts),
            )
        found[option] = texts[0] if texts else None
    if found[PAIR] is not None and found[TEXT] is None:
        raise ConfigError("--text_pair is the second text, and the first is missing: add --text.")
    return TypedText(left, found[TEXT], found[PAIR])
