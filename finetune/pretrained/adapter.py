"""A folder with adapters alone becomes a model: its base is found, both are merged, and that is kept in the cache."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from finetune.errors import ModelError
from finetune.files.cache import cache_dir, publish_folder
from finetune.files.home import expanded
from finetune.files.pickled import told_of
from finetune.language.lists import listed
from finetune.plugins import require
from finetune.pretrained.files import CONFIG, OBJECTS, TOKENIZERS, WEIGHTS

ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_WEIGHTS = "adapter_model.safetensors"
PREFIX = "base_model.model."
"""What `peft` has before the names of all weights of an adapter's file."""

LORA = "LORA"
OF_ADAPTERS = ".lora_"
HOW = b"2"
"""Counted on whenever a merge comes out otherwise: what is in the cache is then made anew."""

MOST_NAMES = 3
"""Names that an error tells."""


def is_adapter(folder: Path) -> bool:
    """Returns whether a folder holds adapters without the model that they go with."""
    return (folder / ADAPTER_CONFIG).is_file() and not any((folder / name).is_file() for name in WEIGHTS)


def merged_folder(folder: Path, base_folder: Callable[[str], str]) -> Path:
    """Returns a folder with the model that adapters make of their base; made once, and kept in the cache.

    Args:
        folder: With adapters alone.
        base_folder: Gives the folder of a model by its name.

    Raises:
        ModelError: if the base is not there, or is another one.
    """
    config = _config(folder)
    base = _base(folder, config, base_folder)
    target = cache_dir() / "merged" / _key(folder, base)
    if not target.is_dir():
        publish_folder(target, lambda draft: _merge(folder, base, draft, named=str(_named(config))))
    return target


def _config(folder: Path) -> dict[str, Any]:
    file = folder / ADAPTER_CONFIG
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelError(
            "--model.name {folder}: {file} is damaged.", folder=folder, file=file.name
        ) from error
    if not isinstance(content, dict) or not (folder / ADAPTER_WEIGHTS).is_file() or not _named(content):
        raise ModelError(
            "--model.name {folder} holds adapters alone and cannot be used: it needs {weights}, and {config} with "
            "base_model_name_or_path, the model that they go with. Give a folder as `save_pretrained` of peft writes "
            "it.",
            folder=folder,
            weights=ADAPTER_WEIGHTS,
            config=ADAPTER_CONFIG,
        )
    if content.get("peft_type") != LORA:
        raise ModelError(
            "--model.name {folder} holds adapters of the kind {kind}, and only {lora} can be merged with the model "
            "that they go with.",
            folder=folder,
            kind=content.get("peft_type"),
            lora=LORA,
        )
    return content


def _named(config: dict[str, Any]) -> Any:
    return config.get("base_model_name_or_path")


def _base(folder: Path, config: dict[str, Any], base_folder: Callable[[str], str]) -> Path:
    """Returns the folder of the base: as it is named, or beside the adapters, where it was written as a path."""
    name = str(_named(config))
    beside = folder / name
    if any(each.is_dir() and each.samefile(folder) for each in (beside, expanded(name))):
        raise ModelError(
            "--model.name {folder} holds adapters alone, and {config} names that folder itself as the model that they "
            "go with. Write where that model is there, as base_model_name_or_path.",
            folder=folder,
            config=ADAPTER_CONFIG,
        )
    try:
        return Path(base_folder(str(beside) if not os.path.isabs(name) and beside.is_dir() else name))  # noqa: PTH117
    except ModelError as error:
        raise ModelError(
            "--model.name {folder} holds adapters alone, which go with the model {base}, and that cannot be used here: "
            "{why}\nBring it here, or write where it is in {config}, as base_model_name_or_path.",
            folder=folder,
            base=name,
            why=error.message,
            config=folder / ADAPTER_CONFIG,
        ) from error


def _key(folder: Path, base: Path) -> str:
    """What the merged model follows from: the adapters' files, and the base by place, size and time."""
    digest = hashlib.sha256(HOW)
    for file in (folder / ADAPTER_CONFIG, folder / ADAPTER_WEIGHTS, folder / CONFIG):
        if file.is_file():
            with file.open("rb") as opened:
                digest.update(hashlib.file_digest(opened, "sha256").digest())
    for name in (CONFIG, *WEIGHTS):
        if (base / name).is_file():
            stat = (base / name).stat()
            digest.update(f"{base.resolve()} {name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:32]


def _merge(folder: Path, base: Path, draft: Path, *, named: str) -> None:
    """Writes the merged model, with the tokenizer and the classes that stand beside the adapters, else the base's."""
    peft = require("peft")
    import torch
    from transformers import AutoModelForSequenceClassification
    from transformers.utils import logging

    weights = _weights(folder)
    before, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        # nothing that is drawn later may depend on whether this was kept; what peft warns of is looked at here
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            network = AutoModelForSequenceClassification.from_pretrained(
                base, dtype=torch.float32, trust_remote_code=False, **_outputs(folder, weights)
            )
            _take_padding(folder, network)
            adapted = peft.PeftModel.from_pretrained(network, str(folder))
            _check_names(set(peft.get_peft_model_state_dict(adapted)), set(weights))
        adapted.merge_and_unload().save_pretrained(draft)
    except (RuntimeError, ValueError, KeyError) as error:
        raise ModelError(
            "--model.name {folder}: its adapters are not for the model {base}, which {config} names: their layers are "
            "of other names or sizes. Name the model that they were trained from there. (peft said: {text})",
            folder=folder,
            base=named,
            config=ADAPTER_CONFIG,
            text=told_of(error),
        ) from error
    finally:
        logging.set_verbosity(before)
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
    if (folder / CONFIG).is_file():
        shutil.copyfile(folder / CONFIG, draft / CONFIG)
    own = any((folder / name).is_file() for name in TOKENIZERS)
    for name in dict.fromkeys((*TOKENIZERS, *OBJECTS, "merges.txt")):
        if ((folder if own else base) / name).is_file():
            shutil.copyfile((folder if own else base) / name, draft / name)


def _weights(folder: Path) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(folder / ADAPTER_WEIGHTS)
    except SafetensorError as error:
        raise ModelError(
            "--model.name {folder}: {file} is damaged.", folder=folder, file=ADAPTER_WEIGHTS
        ) from error


def _outputs(folder: Path, weights: dict[str, Any]) -> dict[str, Any]:
    """How many outputs the head has: as the configuration beside the adapters says, else by the head's matrix."""
    if (folder / CONFIG).is_file():
        labels = json.loads((folder / CONFIG).read_text(encoding="utf-8")).get("id2label")
        if labels:
            return {"num_labels": len(labels)}
    of_head = [
        len(each) for name, each in weights.items() if OF_ADAPTERS not in name and name.endswith(".weight")
    ]
    return {"num_labels": of_head[-1]} if of_head else {}


def _take_padding(folder: Path, network: Any) -> None:
    """Gives the word embeddings the rows that the tokenizer beside the adapters has more than the base: of zeros.

    A tokenizer without padding was given one when the adapters were trained, and no adapter holds its row.
    """
    from transformers import AutoConfig

    if not (folder / CONFIG).is_file():
        return
    rows = AutoConfig.from_pretrained(folder, trust_remote_code=False).get_text_config().vocab_size
    known = network.get_input_embeddings().num_embeddings
    if rows == known + 1:
        network.resize_token_embeddings(rows, mean_resizing=False)
        network.get_input_embeddings().weight.data[known:] = 0  # not drawn: the same wherever it is merged


def _check_names(wanted: set[str], there: set[str]) -> None:
    other = sorted(name for name in wanted ^ there if OF_ADAPTERS in name)
    if other:
        raise ValueError(str(listed([name.removeprefix(PREFIX) for name in other], most=MOST_NAMES)))
