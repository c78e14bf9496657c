"""Names that are made of those of other files: as long as a disk takes them, and of no file that is there."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

LONGEST_STEM, LONGEST_SUFFIX = 200, 20
"""Bytes: file systems take 255, and something is put before and behind. Of tables no suffix is so long."""


def shortened(name: str, longest: int) -> str:
    """Returns so much of a name as so many bytes hold."""
    while len(name.encode("utf-8", "surrogateescape")) > longest:
        name = name[:-1]
    return name


def suffix_of(file: Path) -> str:
    """Returns the suffix of a file, of one without bounds its beginning."""
    return shortened(file.suffix, LONGEST_SUFFIX)


def named(folder: Path, file: Path, end: str = "") -> Iterator[Path]:
    """Yields what may be made of a file's name in a folder: with a number from the second on.

    Args:
        folder: The folder.
        file: The file.
        end: What stands behind its stem.
    """
    stem = shortened(file.stem, LONGEST_STEM - len(end)) + end
    for number in count(1):
        yield folder / (stem + ("" if number == 1 else f"_{number}") + suffix_of(file))
