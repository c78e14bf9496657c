"""Numbers as a language writes them. Chooses no language and no digits."""

import re

from callbacks.language.which import Language

MARK = re.compile(r"(?<=\d)[.,](?=\d)")
"""A mark within a number: of the decimals, or of the thousands."""

OTHER = {".": ",", ",": "."}


def localized(text: str, language: Language, *, leave: str = "") -> str:
    """Returns a text with its numbers as the language writes them: 1,828.5 in English is 1.828,5 in Portuguese.

    Args:
        text: With its numbers as in English.
        language: That of the text.
        leave: What stays as it is, such as the name of a card.
    """
    if language == "en":
        return text
    kept = "\0" if leave else leave
    text = text.replace(leave, kept) if leave else text
    return MARK.sub(lambda mark: OTHER[mark[0]], text).replace("\0", leave)
