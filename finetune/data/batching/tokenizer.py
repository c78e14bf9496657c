"""Opens a pretrained model's tokenizer as it was trained: its case, its accents, its longest text."""

import json
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypedDict

from transformers import AutoConfig, AutoTokenizer, PreTrainedTokenizerBase

from finetune.data.batching.padding import give_padding
from finetune.errors import ModelError
from finetune.language.say import Message, note
from finetune.plugins import install_command
from finetune.pretrained.files import MODEL_LENGTH

SETTINGS = "tokenizer_config.json"
UNLIMITED = 1_000_000
"""Above this, `model_max_length` is transformers' mark for "not known" (1e30)."""

# Positions of these begin after the padding's number: 514 of them hold 512 tokens
OFFSET_POSITIONS = frozenset(
    {
        "camembert",
        "data2vec-text",
        "ibert",
        "longformer",
        "luke",
        "mpnet",
        "roberta",
        "roberta-prelayernorm",
        "xlm-roberta",
        "xlm-roberta-xl",
        "xmod",
    }
)


CAPITALS = ("CAMINHÃO", "SAFRA", "A")
"""Words in capitals by which it is tried whether a tokenizer keeps them: a small vocabulary may not know all."""


class Casing(TypedDict, total=False):
    """What a BERT tokenizer does to letters before it looks them up."""

    do_lower_case: bool
    strip_accents: bool


def load_tokenizer(folder: str) -> PreTrainedTokenizerBase:
    """Opens the tokenizer in a model's folder, its `model_max_length` set to what the model takes.

    It pads and cuts at the right, where batches are padded and cut.

    Raises:
        ModelError: The files cannot be opened as a tokenizer, or it has no fast version.
    """
    tokenizer = _open(folder)
    casing = _unsaid_casing(Path(folder), tokenizer)
    if casing:
        note(_told(folder, casing))
        tokenizer = _open(folder, **casing)
    if getattr(tokenizer, "backend_tokenizer", None) is None:
        raise ModelError(
            "the tokenizer in {folder} is a {kind}, which has no fast version. Use a model that has one, as nearly "
            "all have: one with a tokenizer.json.",
            folder=folder,
            kind=type(tokenizer).__name__,
        )
    if tokenizer.pad_token_id is None:
        give_padding(tokenizer)
    tokenizer.padding_side = "right"
    tokenizer.model_max_length = max_tokens(folder, tokenizer)
    return tokenizer


def keeps_case(tokenizer: PreTrainedTokenizerBase) -> bool:
    """Returns whether a word in capitals is another one to a tokenizer than in lower case: it is tried on some."""
    backend = tokenizer.backend_tokenizer
    return any(
        backend.encode(word, add_special_tokens=False).ids
        != backend.encode(word.lower(), add_special_tokens=False).ids
        for word in CAPITALS
    )


def max_tokens(folder: str, tokenizer: PreTrainedTokenizerBase) -> int:
    """Returns how many tokens, special ones included, the model takes at most.

    The smaller of what tokenizer and model say: old folders have no limit in the tokenizer. A model with
    relative positions may have none at all; the number is then enormous. What a run of this program has exported says
    what its base took.
    """
    config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    limits = [int(getattr(config, MODEL_LENGTH, tokenizer.model_max_length))]
    positions = getattr(config, "max_position_embeddings", None)
    # some configurations write -1 for "without limit"
    if isinstance(positions, int) and positions > 0:
        padding = config.pad_token_id if config.pad_token_id is not None else 0
        limits.append(positions - (padding + 1 if config.model_type in OFFSET_POSITIONS else 0))
    return min(limits)


def _open(folder: str, **casing: Any) -> PreTrainedTokenizerBase:
    try:
        # without the False, transformers would ask at the terminal whether to run the model's own code
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, **casing)
    except ImportError as error:
        raise ModelError(
            "the tokenizer in {folder} needs another package (transformers said: {text}). It is usually:\n"
            "  {command}",
            folder=folder,
            text=_first_line(error),
            command=install_command("sentencepiece", "protobuf"),
        ) from error
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            "the tokenizer in {folder} cannot be opened (transformers said: {text}). Get the folder anew, as "
            "`save_pretrained` writes it, or give --model.name another model.",
            folder=folder,
            text=_first_line(error),
        ) from error
    opened: PreTrainedTokenizerBase = tokenizer
    return opened


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _unsaid_casing(folder: Path, tokenizer: PreTrainedTokenizerBase) -> Casing:
    """Returns the casing that transformers guessed wrong, for lack of a word in `tokenizer_config.json`.

    Where the file is missing or silent, transformers 5 lowers case and strips accents: also of a cased
    vocabulary, and also where `tokenizer.json` says otherwise. "não" is then read as "nao".
    """
    used = _bert_casing(getattr(tokenizer, "backend_tokenizer", None))
    said = _read_json(folder / SETTINGS)
    if used is None or "do_lower_case" in said:
        return {}
    normalizer = _read_json(folder / "tokenizer.json").get("normalizer") or {}
    if normalizer.get("type") == "BertNormalizer":
        right = _casing(normalizer)
    else:
        right = vocabulary_casing(tokenizer.get_vocab(), set(tokenizer.all_special_tokens))
    return {} if right == used else right


def _told(folder: str, casing: Casing) -> Message:
    if not casing["do_lower_case"]:
        return Message(
            "{folder} does not say how letters are treated; its vocabulary has capitals: they are kept",
            folder=folder,
        )
    if not casing["strip_accents"]:
        return Message(
            "{folder} does not say how letters are treated; its vocabulary has small ones and accents: texts are read "
            "so",
            folder=folder,
        )
    return Message(
        "{folder} does not say how letters are treated; its vocabulary has small ones without accents: texts are "
        "read so",
        folder=folder,
    )


def vocabulary_casing(pieces: Iterable[str], special: set[str]) -> Casing:
    """Reads off a WordPiece vocabulary whether it was made from text with capitals and with accents."""
    plain = [piece for piece in pieces if piece not in special]
    lower = not any(piece != piece.lower() for piece in plain)
    accents = any(_has_accent(piece) for piece in plain)
    return Casing(do_lower_case=lower, strip_accents=lower and not accents)


def _has_accent(text: str) -> bool:
    return any(unicodedata.category(character) == "Mn" for character in unicodedata.normalize("NFD", text))


def _bert_casing(backend: Any) -> Casing | None:
    """Returns what the tokenizer at hand does to letters; None where it is not of BERT's kind."""
    normalizer = json.loads(backend.to_str())["normalizer"] if backend is not None else None
    return _casing(normalizer) if normalizer and normalizer["type"] == "BertNormalizer" else None


def _casing(normalizer: dict[str, Any]) -> Casing:
    lower = bool(normalizer["lowercase"])
    strip = normalizer["strip_accents"]
    # left out, accents go when case goes
    return Casing(do_lower_case=lower, strip_accents=lower if strip is None else bool(strip))


def _read_json(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return content if isinstance(content, dict) else {}
