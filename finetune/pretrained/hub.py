"""A hub model's local copy: from the hub's cache when it is whole there, else downloaded. Opens no model."""

from __future__ import annotations

import difflib
import logging
import re
from pathlib import Path
from typing import NoReturn

from finetune.errors import ModelError
from finetune.pretrained.files import CONFIG, WEIGHTS, listed, problems, to_download

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
            f"--model.name {name}: it is not in the hub's cache ({constants.HF_HUB_CACHE}), and "
            f"HF_HUB_OFFLINE is set, so it is not looked for on the network. {_without_network(name)}"
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
        f"--model.name {name}: neither a folder that exists nor the id of a model on the hub, which looks "
        f"like owner/model.{_hint(name)}"
    )


def _downloaded(name: str, cached: Path | None) -> Path:
    """Downloads what a PyTorch classifier needs of a model, and nothing else."""
    from huggingface_hub import HfApi
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
            f"--model.name {name}: its owner gives it only to those who have accepted the conditions on its "
            "page. Accept them there, then run: hf auth login"
        ) from error
    except NotFoundError as error:
        raise ModelError(
            f"--model.name {name}: the hub has no such model, or it is private.{_hint(name)} For a private "
            "one run: hf auth login"
        ) from error
    except (AnyHTTPError, LocalEntryNotFoundError) as error:
        if cached is not None:
            log.warning("The hub cannot be reached: %s is taken from its cache, %s", name, cached)
            return cached
        answered = isinstance(error, HfHubHTTPError)
        why = (
            "the hub answered with an error" if answered else "the hub cannot be reached: is there a network?"
        )
        raise ModelError(
            f"--model.name {name}: {why} ({_first_line(error)}). {_without_network(name)}"
        ) from error
    except OSError as error:
        raise ModelError(f"--model.name {name}: its files cannot be kept ({_first_line(error)})") from error


def _no_weights(name: str, files: list[str]) -> NoReturn:
    raise ModelError(
        f"--model.name {name}: the hub has it, but not as a model that PyTorch opens ({CONFIG} with "
        f"{WEIGHTS[0]} or {WEIGHTS[2]}). It has: {listed(files)}. Choose another one, such as {SUGGESTED[0]}"
    )


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _hint(name: str) -> str:
    near = difflib.get_close_matches(name, [EMBEDDED, *SUGGESTED], n=1, cutoff=0.7)
    return f" Did you mean {near[0]}?" if near and near[0] != name else ""


def _without_network(name: str) -> str:
    return (
        f"On a machine with network run: hf download {name} --local-dir FOLDER, copy that folder here and "
        f"give --model.name FOLDER; or use --model.name {EMBEDDED}, which needs no network.{_hint(name)}"
    )
