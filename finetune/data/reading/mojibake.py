"""Damaged letters: read in a wrong encoding (`nÃ£o`, `n茫o`), as HTML entities, or lost. Finds and repairs them."""

import html
import re
from collections.abc import Sequence

import ftfy
import pyarrow as pa
import pyarrow.compute as pc

from finetune.data.reading.folding import column

# A lead byte of UTF-8 and the byte after it, as Western code pages show them, or a lead byte as Macintosh and DOS do.
# Whole texts hardly have such pairs: only those that have one are given to ftfy
SUSPECT = "[\u00c2-\u00f4][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|[√├┬Γ‚][^ -~]"
SUSPECTS = re.compile(SUSPECT)
CHINESE = "[\u3400-\u9fff]"
RUN = re.compile("[^\x00-\x7f]+")
PLAIN = re.compile("[\u00a0-\u017f\u2010-\u205e\u20ac\u2122]+")
"""Letters, marks and signs of Portuguese and its neighbours above ASCII."""

ENTITY = r"&(?:[A-Za-z]{2,8}|#[0-9]{2,6}|#x[0-9A-Fa-f]{2,5});"
ENTITIES = re.compile(ENTITY)
CAPITALS = re.compile("(?<=[A-ZÀ-Ý])[À-Ý][”’“‘–—²³ªº…]")
"""A word in capitals before a dash or a quotation mark (`MAÇÃ—2024`): that is no damage."""

LOST = "\ufffd"
"""What stands for letters that could not be read when the table was made."""


def from_chinese(text: str) -> str:
    """Returns a text whose UTF-8 was read as GBK (`n茫o`) as it was meant, which ftfy does not do.

    Real Chinese is left alone: its bytes in GBK are hardly ever valid UTF-8, and what comes out of them is neither
    plain Latin nor made of four bytes, as emojis are.
    """
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


def repaired(text: str) -> str:
    """Returns a text with its letters as they were meant; the same text where nothing is wrong."""
    before = None
    while before != text:  # what was damaged twice is repaired twice
        before = text
        text = from_chinese(text)
        if len(SUSPECTS.findall(text)) > len(CAPITALS.findall(text)):
            text = ftfy.fix_encoding(text)
        text = ENTITIES.sub(lambda entity: html.unescape(entity.group()), text)
    return text.strip()


def repairs(texts: Sequence[str] | pa.LargeStringArray) -> dict[int, str]:
    """Returns the repaired text of each position whose text is damaged and can be repaired."""
    array = texts if isinstance(texts, pa.Array) else column(texts)
    suspect = pc.match_substring_regex(array, f"{SUSPECT}|{CHINESE}|{ENTITY}")
    found = {}
    for position in pc.indices_nonzero(suspect).to_pylist():
        text = array[position].as_py()
        if (mended := repaired(text)) != text:
            found[position] = mended
    return found


def lost_letters(texts: pa.LargeStringArray) -> list[int]:
    """Returns the positions of texts with letters that nothing can bring back."""
    return list(pc.indices_nonzero(pc.match_substring(texts, LOST)).to_pylist())
