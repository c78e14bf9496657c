"""What is told while a folder is watched: a line each, on the screen and in a file. Decides nothing."""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TextIO

from finetune.language.say import Message, reason, say, visible
from finetune.runtime.answering.cells import whole


class Log:
    """The lines.

    Args:
        file: Where they are kept.
        now: What day and time it is.
    """

    def __init__(self, file: Path, now: Callable[[], datetime]) -> None:
        self.file, self.now = file, now
        self._unwritten = False
        self._last: dict[str, str] = {}

    def tell(self, text: object) -> None:
        """Tells a sentence."""
        line = visible(whole(f"{self.now():%Y-%m-%d %H:%M:%S} {_in_one(str(text))}"))
        try:
            with self.file.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
        except OSError as error:  # what is to be done is done all the same: the screen gets the line
            if not self._unwritten:
                why = say("{file} cannot be written ({why})", file=self.file, why=reason(error))
                _print(visible(why), sys.stderr)
            self._unwritten = True
        else:
            self._unwritten = False
        _print(line, sys.stdout)

    def tell_once(self, what: str, message: Message) -> None:
        """Tells a sentence of something that lasts, unless it was what was told of it last.

        Args:
            what: Of what it is told.
            message: The sentence.
        """
        text = str(message)
        if self._last.get(what) != text:
            self._last[what] = text
            self.tell(text)

    def over(self, what: str) -> bool:
        """Returns whether something was told that lasted, which is over now: it may be told again."""
        return self._last.pop(what, None) is not None


def _print(line: str, screen: TextIO) -> None:
    try:
        print(line, file=screen, flush=True)
    except BrokenPipeError:  # whoever has read it has seen enough, and ends us by that
        raise
    except OSError:  # a file on a full disk, say: nobody can be told, and files are answered all the same
        return


def _in_one(text: str) -> str:
    """A text as one line: what several lines say has a bar between them."""
    return " | ".join(line.strip() for line in text.splitlines() if line.strip())
