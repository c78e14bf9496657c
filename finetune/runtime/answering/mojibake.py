"""Damaged letters (`nÃ£o`, `n茫o`, `&atilde;`) repaired as the training did, but by the standard library alone.

The training hands what was read in a wrong encoding to ftfy, which knows some twenty mixtures; here those are undone
that Portuguese has: UTF-8 read as Windows', Latin-1, Macintosh or DOS letters, whole or in pieces, also twice.
"""

import html
import re

SUSPECT = "[\u00c2-\u00f4][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|[√├┬Γ‚][^ -~]"
SUSPECTS = re.compile(SUSPECT)
ENTITY = r"&(?:[A-Za-z]{2,8}|#[0-9]{2,6}|#x[0-9A-Fa-f]{2,5});"
ENTITIES = re.compile(ENTITY)
DAMAGED = re.compile(f"{SUSPECT}|[\u3400-\u9fff]|{ENTITY}")
RUN = re.compile("[^\x00-\x7f]+")
PLAIN = re.compile("[\u00a0-\u017f\u2010-\u205e\u20ac\u2122]+")
CAPITALS = re.compile("(?<=[A-ZÀ-Ý])[À-Ý][”’“‘–—²³ªº…]")
"""A word in capitals before a dash or a quotation mark (`MAÇÃ—2024`): that is no damage."""

BEHIND = "[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
PIECE = re.compile(f"[\u00c2-\u00df]{BEHIND}|[\u00e0-\u00ef]{BEHIND}{{2}}|[\u00f0-\u00f4]{BEHIND}{{3}}")
"""A letter of UTF-8 as Windows shows its bytes."""

BLANK = re.compile("Ã (?! |quele|quela|quilo|s )")
CRASIS = re.compile("Ã (?=quele|quela|quilo|s )")
"""An à whose second byte, a blank that does not break, has become a usual one."""

CODECS = ("cp1252", "mac_roman", "cp437")


def mended(text: str) -> str:
    """Returns a text with its letters as they were meant; the same text where nothing is wrong."""
    if not DAMAGED.search(text):
        return text
    before = None
    while before != text:  # what was damaged twice is repaired twice
        before = text
        text = from_chinese(text)
        if len(SUSPECTS.findall(text)) > len(CAPITALS.findall(text)):
            text = from_one_byte(text)
        text = ENTITIES.sub(lambda entity: html.unescape(entity.group()), text)
    return text.strip()


def from_chinese(text: str) -> str:
    """Returns a text whose UTF-8 was read as GBK (`n茫o`) as it was meant."""
    latin = any(letter.isascii() and letter.isalpha() for letter in text)

    def meant(run: re.Match[str]) -> str:
        try:
            decoded = run.group().encode("gb18030").decode("utf-8")
        except UnicodeError:
            return run.group()
        if len(decoded) == 1 and not (decoded.isalpha() or ord(decoded) > 0xFFFF):
            return run.group()  # a sign of Chinese that happens to be a dot
        strange = PLAIN.sub("", "".join(letter for letter in decoded if not letter.isascii()))
        emojis = all(ord(letter) > 0xFFFF or letter in "\u200d\ufe0f" for letter in strange)
        return decoded if emojis and (strange or latin) else run.group()

    return RUN.sub(meant, text)


def from_one_byte(text: str) -> str:
    """Returns a text whose UTF-8 was read as an encoding of one byte a character as it was meant."""
    before = None
    while before != text:
        before = text
        if PIECE.search(text):
            text = CRASIS.sub("Ã\u00a0", BLANK.sub("Ã\u00a0 ", text.replace("Ã  ", "Ã\u00a0 ")))
        whole = (_read_again(text, codec) for codec in CODECS)
        text = next((found for found in whole if found is not None), None) or PIECE.sub(_meant, text)
    return text


def _read_again(text: str, codec: str) -> str | None:
    """A text read anew, where all of it can be and is another one then."""
    try:
        found = _bytes(text, codec).decode("utf-8")
    except UnicodeError:
        return None
    return found if found != text else None


def _meant(piece: re.Match[str]) -> str:
    return _read_again(piece.group(), "cp1252") or piece.group()


def _bytes(text: str, codec: str) -> bytes:
    """The bytes that were read as a text; those that Windows has no letter for stand as Latin-1 has them."""
    if codec != "cp1252":
        return text.encode(codec)
    return b"".join(letter.encode("latin-1" if "\x80" <= letter <= "\x9f" else codec) for letter in text)
