"""The worker in which a page answers by itself: its script, and words laid out for it. Opens no run."""

import json
import re
from functools import cache
from html.entities import html5
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.runtime.answering.words import COUNTED, NUMBERS, TOGETHER

LIBRARIES = ("onnxruntime", "tokenizers")
"""Of others, made by `scripts/web.sh`."""

ENGINE = (
    *("said", "routes", "letters", "invisible", "capitals", "mojibake", "columns", "texts", "tokens"),
    *("network", "words", "answers", "weighed", "model", "asked"),
    *("cells", "moments", "encodings", "quoting", "header", "records", "delimited", "json_lines"),
    *("zip", "xml", "sheet", "workbook", "writing", "tables", "worker"),
)
"""Files that are one script, those before that others need at once."""

ALIGNED = 8


@cache
def worker() -> str:
    """Returns the script of the worker: what it has of others, then its own."""
    theirs = [_file("kept", f"{name}.js") for name in LIBRARIES]
    own = [_file("engine", f"{name}.js") for name in ENGINE]
    return "\n".join((*theirs, f"const NAMED = {json.dumps(named_letters())};", *own))


def named_letters() -> dict[str, str]:
    """Returns what stands for letters in HTML, as far as it is looked for in damaged texts."""
    return {name: letter for name, letter in html5.items() if re.fullmatch("[A-Za-z]{2,8};?", name)}


def wasm() -> bytes:
    """Returns the machine code that asks the network, as `gzip` has packed it."""
    return files(__package__).joinpath("kept", "onnxruntime.wasm.gz").read_bytes()


def packed_words(path: Path) -> bytes:
    """Returns what words have learned as a script reads it at once: a head of JSON, then numbers at whole eights.

    Args:
        path: The `words.npz` of an export.
    """
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    told = {name: json.loads(arrays[name].tobytes().decode("utf-8")) for name in COUNTED}
    told |= {
        "classes": arrays["classes"].tolist(),
        "numbers": NUMBERS in arrays,
        "together": TOGETHER in arrays,
    }
    kept = {name: _plain(arrays[name]) for name in ("weight", "bias", *(f"{name}_idf" for name in COUNTED))}
    # where the numbers stand is part of the head, whose length depends on it: room for it is left beforehand
    room = len(_head(told, kept, 10**12))
    head = _head(told, kept, 4 + room + -(4 + room) % ALIGNED)
    content = bytearray(room.to_bytes(4, "little") + head.ljust(room))
    for array in kept.values():
        content += b"\0" * (-len(content) % ALIGNED) + array.tobytes()
    return bytes(content)


def _plain(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype("<f8" if array.dtype == np.float64 else "<f4")


def _head(told: dict[str, Any], kept: dict[str, NDArray[Any]], at: int) -> bytes:
    places = {}
    for name, array in kept.items():
        places[name] = {"type": str(array.dtype), "at": at, "size": array.size}
        at += array.nbytes + -array.nbytes % ALIGNED
    return json.dumps({**told, "arrays": places}, ensure_ascii=False).encode()


def _file(*place: str) -> str:
    return files(__package__).joinpath(*place).read_text(encoding="utf-8")
