"""Characters that would steer a terminal or turn a line around, shown instead of obeyed."""

import re

# C0 and C1 but the line end; what changes the direction of all that follows (U+202A to U+202E, U+2066 to U+2069)
STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    r"""Returns a text in which `\x1b` stands for an escape, and so on; line ends stay, and a tab is a blank.

    Whatever comes out of a table, a file name or an option may hold such characters.
    """
    if not STEERING.search(text):
        return text
    return STEERING.sub(_shown, text.replace("\r\n", "\n"))


def _shown(found: re.Match[str]) -> str:
    number = ord(found[0])
    if found[0] == "\t":
        return " "
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
