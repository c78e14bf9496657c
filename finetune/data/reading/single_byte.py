"""Which encoding of one byte a character a text has, told by where its bytes above ASCII stand. Reads no file."""

import string
from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

WINDOWS = "cp1252"
OLDER = ("cp850", "mac_roman")
"""What DOS and the Macintosh wrote."""

LATIN_9 = "iso8859_15"
# The only sign of Latin-9 that Portuguese uses and Windows has elsewhere; and those that Latin-9 then has not
EURO_OF_LATIN_9 = 0xA4
NOT_LATIN_9 = {*range(0x80, 0xA0), 0xA6, 0xA8, 0xB4, 0xB8, 0xBC, 0xBD, 0xBE}

PORTUGUESE = frozenset("ÀÁÂÃÇÉÊÍÓÔÕÚÜàáâãçéêíóôõúü")
ACCENTED = PORTUGUESE | frozenset("ÄÅÈËÌÎÏÑÒÖØÙÛÝäåæèëìîïðñòöøùûýÿßþ")
LETTERS = ACCENTED | frozenset(string.ascii_letters)
SIGNS = frozenset("ªº°“”‘’–—…•·§€£¢¥¤¼½¾¹²³±×÷µ®©™†‡‰«»‹›‚„¿¡´¨¸¯¬¦¶\u00a0\u00ad")
WITHIN_WORDS = frozenset("’–·ªº°®™\u00a0\u00ad")
NEVER_BEHIND_A_LETTER = frozenset("‚„‡‹£¢“‘¡¿µ")
WORDS_OF_ONE = frozenset("ÀÉÓàéó")
CONSONANTS = frozenset("bcdfghjklmnpqrstvwxzBCDFGHJKLMNPQRSTVWXZçÇ")

FAMILIAR_SHARE = 0.5
STRONG_SHARE = 0.75
CLEARLY_MORE = 0.25
LEAST_LETTERS = 2

Triples = Mapping[tuple[int, int, int], int]
"""How often each byte above ASCII stands between which two others."""


def triples(chunk: bytes) -> Counter[tuple[int, int, int]]:
    """Counts the bytes above ASCII of a piece of a text, each with its two neighbours."""
    raw: NDArray[np.uint32] = np.frombuffer(b"\n" + chunk + b"\n", dtype=np.uint8).astype(np.uint32)
    at = np.flatnonzero(raw >= 0x80)
    keys, counts = np.unique(raw[at - 1] << 16 | raw[at] << 8 | raw[at + 1], return_counts=True)
    found: Counter[tuple[int, int, int]] = Counter()
    for key, count in zip(keys.tolist(), counts.tolist(), strict=True):
        found[key >> 16, key >> 8 & 0xFF, key & 0xFF] = count
    return found


def one_byte_encoding(seen: Triples) -> str | None:
    """Returns the encoding in which most of the bytes stand where a writer of Portuguese puts such letters and signs.

    Windows' is taken whenever it can read all bytes, but where they are strange in it and another one makes fitting
    letters of Portuguese of them, more than one: a trade mark or a closing quote, however often, prove nothing.
    """
    windows = _share(seen, WINDOWS)
    older = max(OLDER, key=lambda codec: _share(seen, codec) if _letters(seen, codec) else 0.0)
    share, letters = _share(seen, older), _letters(seen, older)
    readable = can_read(bytes({byte for _, byte, _ in seen}), WINDOWS)
    if readable and (share < STRONG_SHARE or share - windows < CLEARLY_MORE or letters < LEAST_LETTERS):
        return LATIN_9 if _euros_of_latin_9(seen) else WINDOWS
    # a byte that Windows lacks, among many that fit in it, is a damaged one
    return older if letters and share >= max(FAMILIAR_SHARE, windows) else None


def can_read(there: bytes, codec: str) -> bool:
    """Returns whether an encoding of one byte a character has a meaning for each of these bytes."""
    try:
        there.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _euros_of_latin_9(seen: Triples) -> bool:
    """Whether there are euro signs of Latin-9, and nothing that it reads otherwise than Windows."""
    euros = [triple for triple in seen if triple[1] == EURO_OF_LATIN_9]
    fitting = all(_fits(*_read(triple, LATIN_9)) for triple in euros)
    return bool(euros) and fitting and NOT_LATIN_9.isdisjoint(byte for _, byte, _ in seen)


def _share(seen: Triples, codec: str) -> float:
    """Share of the bytes above ASCII that an encoding reads as something that fits where it stands."""
    fitting = sum(count for triple, count in seen.items() if _fits(*_read(triple, codec)))
    return fitting / sum(seen.values())


def _letters(seen: Triples, codec: str) -> int:
    """How many different letters of Portuguese an encoding reads, each where it fits."""
    read = [_read(triple, codec) for triple in seen]
    return len({sign for before, sign, after in read if sign in PORTUGUESE and _fits(before, sign, after)})


def _read(triple: tuple[int, int, int], codec: str) -> tuple[str, str, str]:
    before, sign, after = list(bytes(triple).decode(codec, "replace"))
    return before, sign, after


def _fits(before: str, sign: str, after: str) -> bool:
    """Whether a letter or sign stands where one writes it."""
    behind, ahead = before in LETTERS, after in LETTERS
    if sign in SIGNS:
        return not behind or (sign in WITHIN_WORDS if ahead else sign not in NEVER_BEHIND_A_LETTER)
    if sign not in ACCENTED or (sign.isupper() and before.islower()) or (sign.islower() and after.isupper()):
        return False
    if sign in "çÇ":
        return behind and ahead and after not in CONSONANTS
    if sign in "àÀ":
        return not behind
    return behind or ahead or sign in WORDS_OF_ONE
