"""Which language the system speaks: English or Portuguese, the two that the tables for users are written in."""

import locale
import os
from typing import Literal

Language = Literal["en", "pt"]


def language_of(name: str) -> Language:
    """Returns the language of a locale's name; English for all but Portuguese."""
    return "pt" if name.lower().startswith(("pt", "portug")) else "en"


def system_language() -> Language:
    """Returns the language of the user's locale."""
    name = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG")
    return language_of(name or locale.getlocale()[0] or "")
