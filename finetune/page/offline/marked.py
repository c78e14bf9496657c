"""By what a page that answers by itself is known: what it is called in a folder, and the mark in its head."""

from pathlib import Path

GENERATOR = "finetune export"
"""What the head of a page says of who made it: a page that says so may be made anew."""

INDEX = "index.html"
"""The page in a folder with its parts beside it."""

HEAD = 2000
"""Bytes within which a page says who made it."""


def is_ours(file: Path) -> bool:
    """Whether a file is a page that was made here, and may be made anew."""
    with file.open("rb") as stream:
        return f'name="generator" content="{GENERATOR}"'.encode() in stream.read(HEAD)
