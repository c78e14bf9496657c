"""Bytes as letters of windows-1252, of which each is one byte: they stand in a page nearly as small as they are."""

import re

SIGN = ord("=")
"""Stands before a byte that HTML would read otherwise, which is then another one."""

CHANGED = re.compile(rb"[\x00\r<=]")
"""What HTML replaces, makes a line end of, takes for a tag; and the sign itself."""

SHIFT = 64


def encoded(content: bytes) -> bytes:
    """Returns bytes that HTML leaves as they are within a script that is none, where the page is of windows-1252.

    Of what gzip gives one byte in 64 becomes two; base64 takes a third more.
    """
    return CHANGED.sub(lambda found: bytes([SIGN, (found[0][0] + SHIFT) % 256]), content)
