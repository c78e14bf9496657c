"""Numbers and dates as the reader's language writes them: the marks stand with the sentences. Chooses no digits."""

import re
from datetime import date, datetime

from callbacks.language.which import ENGLISH, language, speaking, term

MARK = re.compile(r"(?<=\d)[.,](?=\d)")
"""A mark within a number: of the decimals, or of the thousands."""


def localized(number: str, spoken: str | None = None, *, leave: str = "") -> str:
    """Returns a number as the language writes it: 1,828.5 in English is 1.828,5 in Portuguese.

    Args:
        number: As in English.
        spoken: until all have left it.
        leave: until all have left it.
    """
    with speaking(spoken):
        if language() == ENGLISH:
            return number
        marks = {".": term(".", context="decimal mark"), ",": term(",", context="mark of the thousands")}
        kept = "\0" if leave else leave
        text = number.replace(leave, kept) if leave else number
        return MARK.sub(lambda found: marks[found[0]], text).replace("\0", leave)


def day(value: date | datetime) -> str:
    """Returns a date: 2026-11-26 in English, 26/11/2026 in Portuguese."""
    return value.strftime(term("%Y-%m-%d", context="date"))


def moment(value: datetime) -> str:
    """Returns a date and a time of day: 2026-11-26 14:05 in English, 26/11/2026 14:05 in Portuguese."""
    return value.strftime(term("%Y-%m-%d %H:%M", context="date and time"))
