"""The table by which sentencepiece makes letters plain, read out of its trie. Makes no text plain."""

import base64
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Units = NDArray[np.uint32]

BYTES = np.arange(1, 256, dtype=np.uint32)
LONGEST = 5
"""Bytes of letters that are looked up together."""

LABEL, LEAF, VALUE = 0x8000_00FF, 0x100, 0x7FFF_FFFF


def letters(charsmap: str) -> dict[str, str]:
    """Returns what stands for which letters, mostly single ones.

    Args:
        charsmap: As `tokenizer.json` has it: in base64, how long the trie is, the trie, texts that end with a zero.
    """
    content = base64.b64decode(charsmap)
    size = int.from_bytes(content[:4], "little")
    trie, texts = np.frombuffer(content[4 : 4 + size], dtype="<u4"), content[4 + size :]
    found = {}
    for key, place in _keys(trie):
        found[key.decode("utf-8")] = texts[place : texts.index(b"\0", place)].decode("utf-8")
    return found


def _keys(trie: Units) -> Iterator[tuple[bytes, int]]:
    """What the trie knows, and where its text begins: a double array, whose units say by XOR where others are."""
    below = [(b"", _offset(int(trie[0])))]
    while below:
        key, at = below.pop()
        places = at ^ BYTES
        there = places < len(trie)
        units = np.where(there, trie[np.where(there, places, 0)], 0)
        for byte in BYTES[there & ((units & LABEL) == BYTES)].tolist():
            unit = int(trie[at ^ byte])
            further = at ^ byte ^ _offset(unit)
            longer = key + bytes([byte])
            if unit & LEAF:
                yield longer, int(trie[further]) & VALUE
            if len(longer) < LONGEST:
                below.append((longer, further))


def _offset(unit: int) -> int:
    return (unit >> 10) << ((unit & 0x200) >> 6)
