"""What is said to the reader: a sentence and its values, put together in the reader's language when it is shown."""

import string
import sys
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any, ClassVar

from callbacks.language.catalogue import Catalogue
from callbacks.language.numbers import localized
from callbacks.language.visible import visible
from callbacks.language.which import ENGLISH, language, languages, speaking


class _Writer(string.Formatter):
    """Puts values into a sentence; numbers as the reader's language writes them."""

    def format_field(self, value: Any, format_spec: str) -> str:
        text = str(super().format_field(value, format_spec))
        return localized(text) if isinstance(value, Real) else text


_WRITER = _Writer()


class Message:
    """A sentence for the reader, told in the language of whoever shows it: `str(message)`.

    It stands in English where it is said. The translations stand in the `.po` files, which `scripts/messages.py`
    keeps in step with the sources: so the sentence is always written out as a literal.

    What it is told with is only shown, whatever characters are in it: see `visible`.

    Args:
        one: The sentence in English, `{name}` for each value; for one thing, where `several` is given.
        several: The sentence for any other number of things than one, which is the value `n`.
        context: What tells a short word from the same word with another meaning.
        values: What is put in: `{share:.1%}`, `{rows:,}`. A message is told in the same language; text stays as it is.
            Without any, the sentence is taken as it stands, braces and all.
    """

    folder: ClassVar[Path] = Path(__file__).parent
    """Where the languages of the package are that says it."""

    def __init__(self, one: str, several: str = "", /, *, context: str = "", **values: object) -> None:
        self.one, self.several, self.context = one, several, context
        self.values: Mapping[str, object] = values

    def __str__(self) -> str:
        sentence = self._sentence()
        if not self.values:
            return sentence
        try:
            return visible(_WRITER.vformat(sentence, (), self.values))
        except (KeyError, ValueError):
            # a translation with a broken gap must not hide what is to be said; the English sentence has to be right
            with speaking(ENGLISH):
                return visible(_WRITER.vformat(self._sentence(), (), self.values))

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.one, self.several, self.context))

    def _sentence(self) -> str:
        n = self.values.get("n", 1)
        number = int(n) if isinstance(n, Integral) else 2
        spoken = language()
        if spoken != ENGLISH:
            catalogue = Catalogue.of(self.folder, spoken)
            forms = catalogue.find(self.context, self.one)
            if forms != (self.one,):
                return forms[catalogue.plural(abs(number))] if self.several else forms[0]
        return self.several if self.several and number != 1 else self.one


def say(one: str, several: str = "", /, *, context: str = "", **values: object) -> str:
    """Returns a sentence in the reader's language: see `Message`."""
    return str(Message(one, several, context=context, **values))


def note(one: str | Message, several: str = "", /, *, context: str = "", **values: object) -> None:
    """Tells something by the log of Lightning, from the first process alone: see `Message`."""
    from lightning_utilities.core import rank_zero  # here, for those who only say

    text = str(one if isinstance(one, Message) else Message(one, several, context=context, **values))
    if (
        getattr(rank_zero.rank_zero_only, "rank", None) is None
    ):  # Lightning, which counts processes, is not loaded
        print(visible(text), file=sys.stderr, flush=True)
    else:
        rank_zero.rank_zero_info(text)


def in_every_language(message: Message) -> dict[str, str]:
    """Returns a message in each language there is, by its code: for files that any reader may open."""
    told = {}
    for each in languages():
        with speaking(each):
            told[each] = str(message)
    return told


class Joined(Message):
    """Messages and other values one behind the other, as one."""

    def _sentence(self) -> str:
        return self.one


def joined(parts: Sequence[object], mark: str = " ") -> Message:
    """Returns messages and other values one behind the other, with a mark between them, as one message."""
    values = {f"part{number}": part for number, part in enumerate(parts)}
    made = Joined(mark.join(f"{{{name}}}" for name in values))
    made.values = values
    return made
