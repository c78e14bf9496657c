"""Text for people in lines that fit where they are read. What is to be copied stays in one line."""

import re
import shutil
import textwrap

WIDTH = 80
"""Columns where there is no terminal."""

TOGETHER = re.compile(r"(--[\w.]+) ((?:\d|true\b|false\b|auto\b|null\b|latest\b)\S*)")
"""An option and its value."""


def columns() -> int:
    """Returns how many columns there are: the terminal's, or 80."""
    return shutil.get_terminal_size((WIDTH, 24)).columns


def wrapped(text: str, *, width: int | None = None, indent: str = "") -> str:
    """Returns a text in lines of at most the terminal's width.

    A line that begins with two blanks stays as it is: a command to copy, or the row of a table.

    Args:
        text: Paragraphs, each in one line.
        width: In columns; the terminal's when left out.
        indent: What the second and further lines of a paragraph begin with.
    """
    width = columns() if width is None else width
    lines = []
    for line in text.split("\n"):
        if line.startswith("  ") or len(line) <= width:
            lines.append(line)
            continue
        held = TOGETHER.sub("\\1\xa0\\2", line)
        folded = textwrap.wrap(
            held, width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
        )
        lines.append("\n".join(folded).replace("\xa0", " "))
    return "\n".join(lines)
