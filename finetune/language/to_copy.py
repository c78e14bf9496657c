"""Words of a command line as one line to copy."""

import re
import shlex
from collections.abc import Iterable

PLAIN = re.compile(r"[\w./:=@%+,\\-]+")
WITHIN_QUOTES = re.compile(r"[^\"$`!%\\]+")


def to_copy(words: Iterable[str]) -> str:
    """Words as they are typed: those with blanks in double quotes, which every shell takes, also that of Windows."""
    return " ".join(map(_word, words))


def _word(word: str) -> str:
    if PLAIN.fullmatch(word):
        return word
    option, equals, value = word.partition("=")
    if equals and option.startswith("--") and PLAIN.fullmatch(option):
        return f"{option}={_word(value)}"
    return f'"{word}"' if WITHIN_QUOTES.fullmatch(word) else shlex.quote(word)
