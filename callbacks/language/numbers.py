"""Numbers and dates as the reader's language writes them: the marks stand with the sentences. Chooses no digits."""

import re
from typing import TYPE_CHECKING

from callbacks.language.which import ENGLISH, language, term

if TYPE_CHECKING:
    from datetime import date, datetime

MARK = re.compile(r"(?<=\d)[.,](?=\d)")
"""A mark within a number: of the decimals, or of the thousands."""


def localized(number: str) -> str:
    """Returns a number as the language writes it: 1,828.5 in English is 1.828,5 in Portuguese.

    Args:
        number: As in English.
    """
    if language() == ENGLISH:
        return number
    marks = {".": term(".", context="decimal mark"), ",": term(",", context="mark of the thousands")}
    return MARK.sub(lambda found: marks[found[0]], number)


def day(value: "date | datetime") -> str:
    """Returns a date: 2026-11-26 in English, 26/11/2026 in Portuguese."""
    return value.strftime(term("%Y-%m-%d", context="date"))


def moment(value: "datetime") -> str:
    """Returns a date and a time of day: 2026-11-26 14:05 in English, 26/11/2026 14:05 in Portuguese."""
    return value.strftime(term("%Y-%m-%d %H:%M", context="date and time"))
