"""Signs that no one sees: names that look alike made alike, and texts that show nothing. Changes no text."""

import re
from unicodedata import normalize

# Soft hyphen, zero-width space, byte-order mark, word joiner, marks of direction and of notes between lines: whatever
# the script, a name means the same without them. Written by programs, carried along by copying
MEANINGLESS = "\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
# Joiners, selectors and tags make another sign of the one before (emojis, Persian, Hindi), fillers hold its place open
SHOWS_NOTHING = (
    rf"\s{MEANINGLESS}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c\u200d\u2800\u3164\ufe00-\ufe0f\uffa0"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)

NEVER_MEANT = re.compile(f"[{MEANINGLESS}]+")
# The two joiners mean something between signs of scripts that join, and of emojis: all stand behind Latin, Greek and
# Cyrillic. Beside one of those letters, a blank, or at an end there is nothing to join
IDLE_JOINER = re.compile("(?<![\u0590-\U0010ffff])[\u200c\u200d]+|[\u200c\u200d]+(?![\u0590-\U0010ffff])")
ODD_BLANK = re.compile(r"[^\S\x00-\x7f]")
NOTHING = re.compile(f"[{SHOWS_NOTHING}]*")


def as_seen(name: str) -> str:
    """Returns a name as it looks: without signs that are not seen, with plain blanks, each accent with its letter."""
    if name.isascii():
        return name
    if shows_nothing(name):
        return ""
    plain = ODD_BLANK.sub(" ", NEVER_MEANT.sub("", name))
    return normalize("NFC", IDLE_JOINER.sub("", plain)).strip()


def shows_nothing(text: str) -> bool:
    """Whether a text holds nothing but blanks and signs that are not seen."""
    return NOTHING.fullmatch(text) is not None


def beginning(text: str, most: int | None) -> str:
    """Returns so many characters of a text, all if None; signs that are not seen do not count, nor blanks before it."""
    if most is None or len(text) <= most:
        return text
    before = NOTHING.match(text)
    start = before.end() if before else 0
    end = start + most
    while (further := start + most + sum(map(len, NEVER_MEANT.findall(text, start, end)))) > end:
        end = further
    return text if NOTHING.fullmatch(text, end) else text[:end]
