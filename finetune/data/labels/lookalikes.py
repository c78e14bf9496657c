"""Names that look alike and are not the same: which letter is another one. Changes no name."""

import difflib
import re
from unicodedata import name as name_of
from unicodedata import normalize

from finetune.data.reading.invisible import as_seen
from finetune.language.say import AnyMessage, Message, joined

LATIN = str.maketrans(
    "аеорсухіјѕԁһԛԝӏАВЕЗКМНОРСТУХІЈЅ" + "οαιυκνρχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" + "ı–—−‐‑‒―‘’‚´`“”„«»",
    "aeopcyxijsdhqwlABE3KMHOPCTYXIJS" + "oaiukvpxABEZHIKMNOPTYX" + "i-------'''''" + '"""""',
)
"""Letters of other alphabets, dashes and quotation marks that look like these. (Unicode, UTS 39, confusables.)"""


def look(name: str) -> str:
    """A name as it looks: the same for two that no reader tells apart."""
    plain = normalize("NFC", normalize("NFKC", as_seen(name)).translate(LATIN))
    return re.sub(r"\s+", " ", plain).strip()


def difference(written: str, meant: str) -> AnyMessage | None:
    """The first letters in which a name differs from one that looks the same; None where they do not look so."""
    if written == meant or look(written) != look(meant):
        return None
    changes = difflib.SequenceMatcher(None, meant, written, autojunk=False).get_opcodes()
    _, left, left_end, right, right_end = next(change for change in changes if change[0] != "equal")
    there, wanted = written[right:right_end], meant[left:left_end]
    if not there:
        return Message("{letters} is missing", letters=_named(wanted))
    if not wanted:
        return Message("{letters} is too much", letters=_named(there))
    return Message("{letters} in place of {wanted}", letters=_named(there), wanted=_named(wanted))


def _named(letters: str) -> AnyMessage:
    """Letters by their names: "U+0430 CYRILLIC SMALL LETTER A"; plain ones as they are."""
    if letters.isascii() and letters.strip():
        return joined([f'"{letters}"'])
    return joined([f"U+{ord(letter):04X} {name_of(letter, '')}".strip() for letter in letters], ", ")
