"""What a page needs to answer by itself, in pieces as they are put into it or beside it. Knows no page."""

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune.page.offline.tokenizer import readable
from finetune.page.offline.worker import packed_words, wasm, worker

NETWORK, DESCRIPTION, TOKENIZER, WORDS = "model.onnx", "finetune.json", "tokenizer.json", "words.npz"
"""Files of an export."""

TAIL = 4
"""Bytes in which gzip says how long its content is; what comes before them is its sum, which the browser compares."""


@dataclass(frozen=True)
class Part:
    """One piece.

    Attributes:
        name: By which the script knows it.
        content: Its bytes, packed by gzip.
    """

    name: str
    content: bytes

    @property
    def size(self) -> int:
        """Bytes once it is unpacked."""
        return int.from_bytes(self.content[-TAIL:], "little")

    @property
    def file(self) -> str:
        """What it is called beside a page: by its content, so that no page takes that of another."""
        return f"{self.name}-{hashlib.sha256(self.content).hexdigest()[:12]}.bin"


def packed(name: str, content: bytes) -> Part:
    """Returns a piece, the same for the same content."""
    return Part(name, gzip.compress(content, 9, mtime=0))


def parts_of(folder: Path) -> list[Part]:
    """Returns the pieces of an export that answers by itself, the small ones first.

    Args:
        folder: The export.

    Raises:
        UserError: Its tokenizer is none that the page can read.
    """
    described: Mapping[str, Any] = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    found = [
        packed("worker", worker().encode()),
        packed("described", json.dumps(described).encode()),
        packed("tokenizer", readable((folder / TOKENIZER).read_text(encoding="utf-8")).encode()),
    ]
    if described["mix"] is not None:
        found.append(packed("words", packed_words(folder / WORDS)))
    return [*found, Part("wasm", wasm()), packed("network", (folder / NETWORK).read_bytes())]
