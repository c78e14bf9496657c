"""What is said to people, in their language. English stands in the code, others beside it: `said.pt.json`."""

import json
import locale
import math
import os
import sys
from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path

ENGLISH = "en"
VARIABLE = "FINETUNE_LANGUAGE"
SETTINGS = ("LC_ALL", "LC_MESSAGES", "LANG")
NAMES = {"pt": ("pt", "portuguese", "português"), "en": ("en", "english", "inglês")}
"""What a language is called: its code, and how a system or a person names it."""

_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)


class Refused(Exception):  # noqa: N818 - it is told as it is, and is no fault of the program
    """What the user can mend: told without a traceback."""


class NoColumn(Refused):
    """A table lacks a column that texts are made of, or it is not clear which it is.

    Args:
        told: The sentence, for whoever has options.
        names: The columns that the table has.
    """

    def __init__(self, told: str, names: Sequence[str]) -> None:
        super().__init__(told)
        self.names = names


def language_of(name: str) -> str | None:
    """Returns the language that a code, a locale or a name stands for; None for one that is not spoken."""
    first = name.replace("_", "-").replace(".", "-").split("-")[0].strip().lower()
    return next((code for code, names in NAMES.items() if first in names), None)


def speak(asked: str | None, usual: str) -> None:
    """Chooses the language: the one that is asked for, of the environment, of the system, or the folder's usual one."""
    system = next((os.environ[name] for name in SETTINGS if os.environ.get(name)), "")
    if not system and sys.platform == "win32":
        system = locale.getlocale()[0] or ""
    for name in (asked, os.environ.get(VARIABLE), system, usual):
        if name and (found := language_of(name)):
            _spoken.set(found)
            return
    _spoken.set(ENGLISH)


def tell(one: str, several: str = "", /, **values: object) -> str:
    """Returns a sentence with its values; of two forms the one for `n` things."""
    forms = [one, several] if several else [one]
    forms = _sentences().get(one, forms)
    form = forms[-1] if several and values.get("n") != 1 else forms[0]
    shown = {name: count(value) if type(value) is int else value for name, value in values.items()}
    return form.format(**shown)


def _sentences() -> dict[str, list[str]]:
    """The sentences of the language that is spoken, by the English ones."""
    code = _spoken.get()
    if code == ENGLISH:
        return {}
    found: dict[str, list[str]] = json.loads(
        (Path(__file__).parent / f"said.{code}.json").read_text(encoding="utf-8")
    )
    return found


def localized(number: str) -> str:
    """Returns a number that Python wrote with the reader's marks."""
    return number if _spoken.get() == ENGLISH else number.translate(str.maketrans(",.", ".,"))


def count(value: int) -> str:
    """Returns a whole number."""
    return localized(f"{value:,}")


def percent(share: float) -> str:
    """Returns a share of 1 in percent."""
    return f"{localized(f'{100 * share:.1f}')}%"


def quantity(value: float) -> str:
    """Returns a number of any size, none of whose digits is lost."""
    return localized(f"{value:,.12g}") if math.isfinite(value) else "–"


def quoted(names: object) -> str:
    """Returns names as they are listed."""
    return ", ".join(f'"{name}"' for name in names)  # type: ignore[attr-defined]
