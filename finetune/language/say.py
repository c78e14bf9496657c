"""What is said to the reader, with the sentences of this package in other languages: see `callbacks.language.say`."""

import copy
import re
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, TextIO

from callbacks.language.reasons import reason as reason
from callbacks.language.say import Message as AnyMessage
from callbacks.language.say import in_every_language as in_every_language
from callbacks.language.say import joined as _joined
from callbacks.language.say import note as _note
from callbacks.language.visible import visible as visible
from callbacks.language.wrapped import wrapped as wrapped
from finetune.language.called import called
from finetune.language.short import short

__all__ = ["AnyMessage", "Message", "in_every_language", "joined", "note", "reason", "say", "show", "visible"]
__all__ += ["wrapped"]


NAMED = re.compile(r'"\{(\w+)\}"')
"""A value between quotes, which is a name or a cell of the user's."""

LONGEST_VALUE = 1000
"""Letters of whatever else stands in an error, such as what another program said."""


class Message(AnyMessage):
    """A sentence of this package, told in the language of whoever shows it.

    What stands between quotes in it is a name, and shown as one: short. A file that is called otherwise than its path
    is shown as it is called.
    """

    folder: ClassVar[Path] = Path(__file__).parent

    def __init__(self, one: str, several: str = "", /, *, context: str = "", **values: object) -> None:
        super().__init__(one, several, context=context, **values)
        names = {name: values.get(name) for name in NAMED.findall(one + several)}
        shown = {name: short(value) for name, value in names.items() if isinstance(value, str)}
        self.values = {name: called(value) for name, value in {**values, **shown}.items()}


def joined(parts: Sequence[object], mark: str = " ") -> AnyMessage:
    """Returns messages and other values one behind the other, with a mark between them, as one message."""
    return _joined([called(part) for part in parts], mark)


def bounded(message: AnyMessage) -> AnyMessage:
    """Returns a message none of whose values is endless, wherever they stand in it."""
    made = copy.copy(message)
    made.values = {
        name: bounded(value)
        if isinstance(value, AnyMessage)
        else short(value, most=LONGEST_VALUE)
        if isinstance(value, (str, Path)) and len(str(value)) > LONGEST_VALUE
        else value
        for name, value in message.values.items()
    }
    return made


def say(one: str, several: str = "", /, *, context: str = "", **values: object) -> str:
    """Returns a sentence in the reader's language: see `callbacks.language.say.Message`."""
    return str(Message(one, several, context=context, **values))


def note(one: str | AnyMessage, several: str = "", /, *, context: str = "", **values: object) -> None:
    """Tells something by the log of Lightning, from the first process alone."""
    _note(one if isinstance(one, AnyMessage) else Message(one, several, context=context, **values))


def show(text: object = "", *, file: TextIO | None = None) -> None:
    """Prints text for people, in lines as wide as the terminal.

    Args:
        text: Paragraphs, each in one line; a line that begins with two blanks, such as a command, stays whole.
        file: Where to; the output when left out.
    """
    print(wrapped(visible(str(text))), file=file, flush=True)
