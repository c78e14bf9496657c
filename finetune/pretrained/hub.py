"""A hub model's local copy: from the hub's cache when it is whole there, else downloaded. Opens no model."""

from __future__ import annotations

import difflib
import logging
import re
from pathlib import Path
from typing import NoReturn

from finetune.errors import ModelError
from finetune.language.lists import SHOWN, listed
from finetune.language.say import Message, reason
from finetune.pretrained.files import CONFIG, WEIGHTS, problems, to_download

EMBEDDED = "embedded"
SUGGESTED = ("neuralmind/bert-base-portuguese-cased", "neuralmind/bert-large-portuguese-cased")
HUB_ID = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?")
TIMEOUT_SECONDS = 20.0
# without either, nothing says whether case and accents matter: the hub may have it where the cache has not
TOKENIZER_SETTINGS = ("tokenizer_config.json", "tokenizer.json")

log = logging.getLogger(__name__)


def hub_folder(name: str) -> Path:
    """Returns the folder in the hub's cache that holds the model; one that is whole there needs no network.

    Raises:
        ModelError: The hub has no such model, or cannot be asked.
    """
    from huggingface_hub import constants

    cached = _cached(name)
    offline = constants.HF_HUB_OFFLINE
    if cached and (offline or any((cached / file).exists() for file in TOKENIZER_SETTINGS)):
        return cached
    if offline:
        raise ModelError(
            "--model.name {name}: it is not in the hub's cache ({cache}), and HF_HUB_OFFLINE is set, so it is not "
            "looked for on the network.{hint} {otherwise}",
            name=name,
            cache=constants.HF_HUB_CACHE,
            hint=_hint(name),
            otherwise=_without_network(name),
        )
    return _downloaded(name, cached)


def _cached(name: str) -> Path | None:
    """Finds the model in the hub's cache, where it is whole; refuses what cannot be a model's name."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        config = try_to_load_from_cache(name, CONFIG) if HUB_ID.fullmatch(name) else _no_id(name)
    except HFValidationError:
        _no_id(name)
    if not isinstance(config, str) or problems(Path(config).parent):
        return None
    return Path(config).parent


def _no_id(name: str) -> NoReturn:
    raise ModelError(
        "--model.name {name}: neither a folder that exists nor the id of a model on the hub, which looks like "
        "owner/model.{hint}",
        name=name,
        hint=_hint(name),
    )


def _downloaded(name: str, cached: Path | None) -> Path:
    """Downloads what a PyTorch classifier needs of a model, and nothing else."""
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, LocalEntryNotFoundError
    from huggingface_hub.errors import HTTPError as AnyHTTPError  # type: ignore[attr-defined]
    from huggingface_hub.errors import RepositoryNotFoundError as NotFoundError

    hub = HfApi()
    try:
        siblings = hub.model_info(name, timeout=TIMEOUT_SECONDS).siblings or []
        files = [sibling.rfilename for sibling in siblings]
        return Path(
            hub.snapshot_download(name, allow_patterns=to_download(files) or _no_weights(name, files))
        )
    except GatedRepoError as error:
        raise ModelError(
            "--model.name {name}: its owner gives it only to those who have accepted the conditions on its page. "
            "Accept them there, then run:\n  hf auth login",
            name=name,
        ) from error
    except NotFoundError as error:
        raise ModelError(
            "--model.name {name}: the hub has no such model, or it is private.{hint} For a private one run:\n"
            "  hf auth login",
            name=name,
            hint=_hint(name),
        ) from error
    except (AnyHTTPError, LocalEntryNotFoundError) as error:
        if cached is not None:
            from_cache = Message(
                "the hub cannot be reached: {name} is taken from its cache, {folder}",
                name=name,
                folder=cached,
            )
            log.warning(from_cache)
            return cached
        raise ModelError(
            "--model.name {name}: the hub answered with an error (huggingface_hub said: {text}).{hint} {otherwise}"
            if isinstance(error, HfHubHTTPError)
            else "--model.name {name}: the hub cannot be reached: is there a network? (huggingface_hub said: {text})."
            "{hint} {otherwise}",
            name=name,
            text=_first_line(error),
            hint=_hint(name),
            otherwise=_without_network(name),
        ) from error
    except OSError as error:
        raise ModelError(
            "--model.name {name}: its files cannot be kept in {cache} ({reason}). Free some space there, or name "
            "another folder for the hub's cache:\n  HF_HOME=/another/folder",
            name=name,
            cache=constants.HF_HUB_CACHE,
            reason=reason(error),
        ) from error


def _no_weights(name: str, files: list[str]) -> NoReturn:
    raise ModelError(
        "--model.name {name}: the hub has it, but not as a model that PyTorch opens ({config} with {one} or {other}). "
        "It has: {files}. Choose another one, such as {suggested}"
        if files
        else "--model.name {name}: the hub has it, but without any file. Choose another one, such as {suggested}",
        name=name,
        config=CONFIG,
        one=WEIGHTS[0],
        other=WEIGHTS[2],
        files=listed(sorted(files), most=SHOWN),
        suggested=SUGGESTED[0],
    )


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _hint(name: str) -> Message | str:
    near = difflib.get_close_matches(name, [EMBEDDED, *SUGGESTED], n=1, cutoff=0.7)
    return Message(" Did you mean {near}?", near=near[0]) if near and near[0] != name else ""


def _without_network(name: str) -> Message:
    return Message(
        "Use --model.name {embedded}, which needs no network; or make a folder on a machine with network, copy it here "
        "and give --model.name FOLDER:\n  hf download {name} --local-dir FOLDER",
        embedded=EMBEDDED,
        name=name,
    )
