"""Valid tables, broken as disks, programs and people break them. What should be read of them is not known."""

import gzip
import io
import random
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from valid_tables import write_valid

PIECES = (
    b'"', b'""', b"'", b";", b",", b"\t", b"|", b"\r", b"\n", b"\r\n", b"\n\n\n\n", b"{", b"}", b"[", b"]",
    b"\x00", b"\x1a", b"\x1f", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff", b"\xc3", b"\xed\xa0\xbd",
    b"\xf4\x90\x80\x80", b"\xe2\x80\xa8", b"\x85", b"\x0c", b"null", b"NaN", b"Infinity", b"1e999", b"\\ud83d",
    b"\\u0000", b"sep=;\r\n", b"PK\x03\x04", b"PAR1", b"%PDF", b"<html>", b"texto", b"rotulo", b"=1+1",
    b"9" * 5000, b"[" * 600, b'{"a":' * 600, b";" * 3000, b"\n" * 20000, b"a" * 200000, b",,,,,,,," * 30000,
)  # fmt: skip
MANY = 5_000_000
"""Bytes above which nothing is made longer: the larger ones are in `crafted_tables`."""

SUFFIXES = ("csv", "tsv", "txt", "json", "jsonl", "parquet", "xlsx", "csv.gz", "xlsx.gz")

# What a cell, a row or a count in a workbook says of itself
ATTRIBUTE = re.compile(
    rb'\b(r|s|t|spans|ref|count|uniqueCount|sheetId|r:id|Target|Id|numFmtId|state)="[^"]*"'
)
VALUES = (b"", b"0", b"-1", b"A0", b"A2000000000", b"ZZZZZ9", b"XFD1048577", b"99999999999999999999", b"s", b"d", b"e",
          b"../../x", b"/", b"1:999999999", b"A1:XFD1048576", b"\xc3\xa9")  # fmt: skip
INSIDE = re.compile(rb"<v>[^<]*</v>")
CELLS = (
    b"<v>1e999</v>",
    b"<v>99999999</v>",
    b"<v></v>",
    b"<v>-1</v>",
    b"<v>nan</v>",
    b"<f>1/0</f>",
    b"<v>" + b"7" * 6000 + b"</v>",
)


def flipped(content: bytes, choice: random.Random) -> bytes:
    """Some bytes are others."""
    changed = bytearray(content)
    for _ in range(choice.choice((1, 1, 3, 20))):
        changed[choice.randrange(len(changed))] = choice.randrange(256)
    return bytes(changed)


def cut(content: bytes, choice: random.Random) -> bytes:
    """The end is missing, or the beginning, or something between."""
    start, end = sorted(choice.randrange(len(content) + 1) for _ in range(2))
    return choice.choice((content[:end], content[start:], content[:start] + content[end:]))


def with_pieces(content: bytes, choice: random.Random) -> bytes:
    """Something stands where it does not belong, once or often."""
    for _ in range(choice.choice((1, 1, 2, 5, 30))):
        at = choice.randrange(len(content) + 1)
        piece = choice.choice(PIECES)
        if len(content) + len(piece) < MANY:
            content = content[:at] + piece + content[at:]
    return content


def repeated(content: bytes, choice: random.Random) -> bytes:
    """A part stands there many times."""
    start, end = sorted(choice.randrange(len(content) + 1) for _ in range(2))
    piece = content[start : min(end, start + 2000)]
    times = min(choice.choice((2, 10, 1000, 20000)), max(1, (MANY - len(content)) // max(len(piece), 1)))
    return content[:start] + piece * times + content[end:]


def exchanged(content: bytes, choice: random.Random) -> bytes:
    """A byte that means something is another one, wherever it stands."""
    old, new = (
        choice.choice((b";", b",", b'"', b"\n", b"\t", b"{", b":", b"a", b"\r", b" ")) for _ in range(2)
    )
    return content.replace(old, new, choice.choice((1, 5, -1)))


def doubled(content: bytes, choice: random.Random) -> bytes:
    """The file stands twice in the file, as after `copy a+b`."""
    return content + choice.choice((b"", b"\n", b"\x1a")) + content[choice.choice((0, 3)) :]


def other_archive(content: bytes, choice: random.Random) -> bytes:
    """A part of a workbook is broken, missing, there twice or empty, in a ZIP that is right."""
    made = io.BytesIO()
    try:
        with (
            zipfile.ZipFile(io.BytesIO(content)) as old,
            zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
        ):
            names = old.namelist()
            chosen = choice.choice([name for name in names if "sheet" in name or "shared" in name] or names)
            for name in names:
                part = old.read(name)
                if name == chosen:
                    how = choice.choice(
                        ("attributes", "attributes", "cells", "bytes", "none", "twice", "empty")
                    )
                    if how == "none":
                        continue
                    if how == "twice":
                        new.writestr(f"{name}.xml", part)
                    part = b"" if how == "empty" else in_part(part, how, choice)
                new.writestr(name, part)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError):
        return flipped(content, choice)
    return made.getvalue()


def in_part(part: bytes, how: str, choice: random.Random) -> bytes:
    """Breaks one part of a workbook."""
    found = list((ATTRIBUTE if how == "attributes" else INSIDE).finditer(part))
    if how == "bytes" or not found:
        return choice.choice((flipped, cut, with_pieces, repeated))(part or b" ", choice)
    for match in sorted(
        choice.sample(found, min(len(found), choice.randint(1, 4))), key=lambda each: -each.start()
    ):
        written = (
            match[1] + b'="' + choice.choice(VALUES) + b'"' if how == "attributes" else choice.choice(CELLS)
        )
        part = part[: match.start()] + written + part[match.end() :]
    return part


BREAKS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    flipped,
    cut,
    with_pieces,
    with_pieces,
    repeated,
    exchanged,
    doubled,
)


def write_broken(folder: Path, number: int, choice: random.Random) -> Path:
    """Writes the file of a number."""
    path, _ = write_valid(folder, number, choice)
    content = path.read_bytes()
    path.unlink()
    inside = path.suffix == ".gz" and choice.random() < 0.8
    if inside:
        content = gzip.decompress(content)
    for _ in range(choice.choice((1, 1, 1, 2, 4))):
        breaks = (other_archive,) if ".xlsx" in path.suffixes and choice.random() < 0.7 else BREAKS
        content = choice.choice(breaks)(content or b" ", choice)
    if inside:
        content = gzip.compress(content, 1)
    if choice.random() < 0.05:
        path = folder / f"{number:06d}.{choice.choice(SUFFIXES)}"
    path.write_bytes(content)
    return path
