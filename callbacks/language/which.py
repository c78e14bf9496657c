"""Which language the reader reads: set for a while, chosen in the environment, or the system's. Knows no sentence."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from callbacks.language.catalogue import Catalogue
from callbacks.language.folding import folded

VARIABLE = "FINETUNE_LANGUAGE"
"""Environment variable with the language: what a process has set there, those that it starts speak too."""

ENGLISH = "en"
"""The language of the sentences in the sources."""

FOLDER = Path(__file__).parent

_spoken: ContextVar[str | None] = ContextVar("language", default=None)


def language() -> str:
    """Returns the language that is spoken here and now, as the code of its folder: `en`, `pt`."""
    return _spoken.get() or system_language()


@contextmanager
def speaking(name: str | None) -> Iterator[None]:
    """Has all that is said within be said in a language; None leaves it as it is.

    A thread begins with the language of the environment, unless it is started in a copied context.
    """
    before = _spoken.set(name or _spoken.get())
    try:
        yield
    finally:
        _spoken.reset(before)


@cache
def languages() -> tuple[str, ...]:
    """Returns the languages that there are: English, and one for each folder beside this file with sentences in it."""
    return ENGLISH, *sorted({file.parent.name for file in FOLDER.glob("*/*.po")})


def language_of(name: str) -> str | None:
    """Returns the language that a name stands for, or None for one that is not spoken.

    Args:
        name: A code, a locale, or a name in the language itself or in English, whatever its case and accents:
            `pt`, `pt-BR`, `pt_BR.UTF-8`, `português`, `Portuguese_Brazil.1252`.
    """
    first = re.split(r"[^a-z]", folded(name), maxsplit=1)[0]
    for code in languages():
        if first == code or first in names_of(code):
            return code
    return None


@cache
def names_of(code: str) -> tuple[str, ...]:
    """Returns a language's names, in itself and in English, in small letters without accents."""
    return tuple(folded(name) for name in _names(code))


def name_of(code: str) -> str:
    """Returns a language's name in itself."""
    return _names(code)[0]


def _names(code: str) -> list[str]:
    return term("English", context="names of this language", spoken=code).split()


def term(english: str, /, *, context: str, spoken: str | None = None) -> str:
    """Returns a word or mark of this package as a language has it.

    Args:
        english: As it is in English.
        context: What it is.
        spoken: The language; that of here and now when left out.
    """
    spoken = spoken or language()
    return english if spoken == ENGLISH else Catalogue.of(FOLDER, spoken).find(context, english)[0]


def system_language() -> str:
    """Returns the language of `FINETUNE_LANGUAGE`, else of the user's locale; English for one that is not spoken."""
    chosen = language_of(os.environ.get(VARIABLE, ""))
    return chosen or _language_of_system(_locale())


def _locale() -> str:
    name = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG")
    if name:
        return name
    import locale  # here: where the environment says it, as on Linux, it is not needed

    return locale.getlocale()[0] or ""


@cache
def _language_of_system(name: str) -> str:
    return language_of(name) or ENGLISH
