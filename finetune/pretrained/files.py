"""Which files make a Hugging Face model that can be fine-tuned: what a folder lacks, what to download."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from finetune.language.lists import SHOWN, listed
from finetune.language.say import AnyMessage, Message

CONFIG = "config.json"
# the first that is there is the one that transformers opens; an index names the parts
WEIGHTS = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)
TOKENIZERS = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "sentencepiece.bpe.model",
    "spiece.model",
    "spm.model",
    "tokenizer.model",
    "bpe.codes",
)
# of these transformers takes for granted that they hold names with values
OBJECTS = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
)
MODEL_LENGTH = "model_max_length"
"""Key in the `config.json` of a model that was exported to cut sooner than it has to: what it takes at most."""

LFS_POINTER = b"version https://git-lfs"


def problems(folder: Path, *, tokenizer: bool = True, weights: bool = True) -> list[AnyMessage]:
    """Lists what keeps a folder from being opened as a model; an empty list means that nothing does.

    Args:
        folder: The folder.
        tokenizer: Whether it needs one.
        weights: Whether it needs these: a plan asks for shapes alone.
    """
    found = _config_problems(folder / CONFIG)
    if tokenizer and not any((folder / name).is_file() for name in TOKENIZERS):
        found.append(Message("no tokenizer ({files}, ...)", files=", ".join(TOKENIZERS[:4])))
    found += [each for name in OBJECTS for each in _object_problems(folder / name)]
    if not weights:
        return found
    file = next((folder / name for name in WEIGHTS if (folder / name).is_file()), None)
    if file is None:
        return [*found, Message("no weights ({one} or {other})", one=WEIGHTS[0], other=WEIGHTS[2])]
    return found + (_part_problems(file) if file.suffix == ".json" else _pointer_problems(file))


def _config_problems(path: Path) -> list[AnyMessage]:
    if not path.is_file():
        return [Message("no {file}", file=CONFIG)]
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        where = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        return [Message("{file} is not JSON (line {line})", file=CONFIG, line=where)]
    return _object_problems(path)


def _object_problems(path: Path) -> list[AnyMessage]:
    """What a file that is cut short, empty or of another kind lacks; only its beginning is read: some are large."""
    if not path.is_file():
        return []
    with path.open("rb") as file:
        begins = file.read(1000).removeprefix(b"\xef\xbb\xbf").lstrip()
    if begins.startswith((b"{", LFS_POINTER)):
        return []
    return [Message("{file} is damaged: it holds no names with values", file=path.name)]


def _pointer_problems(weights: Path) -> list[AnyMessage]:
    """What `git clone` leaves where git-lfs is not installed: a few lines instead of the weights."""
    with weights.open("rb") as file:
        is_pointer = file.read(len(LFS_POINTER)) == LFS_POINTER
    pointer = Message("{file} is a git-lfs pointer without the weights: run git lfs pull", file=weights.name)
    return [pointer] if is_pointer else []


def _part_problems(index: Path) -> list[AnyMessage]:
    try:
        parts = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (ValueError, KeyError, TypeError, AttributeError):
        return [Message("{file} is not an index of weights", file=index.name)]
    missing = sorted(part for part in parts if not (index.parent / part).is_file())
    lacking = Message(
        "{n} of {all} parts of the weights is missing: {files}",
        "{n} of {all} parts of the weights are missing: {files}",
        n=len(missing),
        all=len(parts),
        files=listed(missing, most=SHOWN),
    )
    return [lacking] if missing else []


def to_download(files: Iterable[str]) -> list[str]:
    """Picks settings, tokenizer and one set of weights from a hub model's files; an empty list if one lacks.

    The same weights in other formats, and whatever stands in folders, is left where it is.
    """
    top = [file for file in files if "/" not in file]
    small = [file for file in top if file.endswith((".json", ".txt", ".model", ".codes"))]
    safe = [file for file in top if file.startswith("model") and file.endswith(".safetensors")]
    weights = safe or [file for file in top if file.startswith("pytorch_model") and file.endswith(".bin")]
    return small + weights if CONFIG in top and weights else []
