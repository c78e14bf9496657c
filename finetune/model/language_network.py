"""A pretrained network opened to learn from texts without labels, and written as what others begin with."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForMaskedLM,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from finetune.errors import ModelError
from finetune.files.pickled import told_of
from finetune.model.export.hugging_face import write_model
from finetune.model.left_to_right import reads_to_the_right
from finetune.model.network import (
    UNREADABLE,
    check_weights,
    is_of_pooler,
    quicken,
    quiet,
    refuse_other_kinds,
)


def load_language_network(
    folder: str, *, fills_gaps: bool, weightless: bool = False
) -> tuple[PreTrainedModel, set[str]]:
    """Opens the model in `folder` in float32, with a layer that fills gaps or as its encoder alone.

    Args:
        folder: A Hugging Face folder.
        fills_gaps: Whether it is to tell the words that were left out of a text. A model without a layer for that gets
            one that shares the embeddings of its words.
        weightless: Whether its parameters have a shape and no content, for which the configuration is enough.

    Returns:
        The network, and the names of the parameters that start untrained.

    Raises:
        ModelError: The folder cannot be opened so, or the model reads from left to right alone.
    """
    kind: Any = AutoModelForMaskedLM if fills_gaps else AutoModel
    try:
        with quiet():
            config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
            refuse_other_kinds(folder, config)
            if weightless:
                with torch.device("meta"):
                    network = kind.from_config(config, dtype=torch.float32)
                info: dict[str, Any] = {"missing_keys": []}
            else:
                network, info = kind.from_pretrained(
                    folder, dtype=torch.float32, output_loading_info=True, trust_remote_code=False
                )
    except UNREADABLE as error:
        raise ModelError(
            "the model in {folder} cannot be opened to go on learning from texts. Give --model.name a model that reads "
            "a whole text at once, such as BERT and its family: `embedded`, a folder as `save_pretrained` writes it, "
            "or a hub id. (transformers said: {text})",
            folder=folder,
            text=told_of(error),
        ) from error
    if reads_to_the_right(network):
        raise ModelError(
            "the model in {folder} is a {kind}, which reads from left to right alone and fills no gaps: adapt is not "
            "made for it. Give --model.name one that reads a whole text at once, such as BERT and its family.",
            folder=folder,
            kind=network.config.model_type,
        )
    new = set(info["missing_keys"]) & {name for name, _ in network.named_parameters()}
    check_weights(folder, network, new, set())
    for name, parameter in network.named_parameters():
        if is_of_pooler(name):  # nothing here reads it
            parameter.requires_grad_(False)
    quicken(network, all_tokens=fills_gaps)
    return network, new


def write_language_network(
    target: Path,
    network: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    *,
    weights: Mapping[str, Tensor],
    base: str,
) -> Mapping[str, Tensor]:
    """Writes what has learned into a folder that is there, as a pretrained model that others begin with.

    An untrained pooler is left out: a classifier would take what was drawn at random for weights. One that the base
    has is kept, though a network that fills gaps has none.

    Args:
        target: Where it goes.
        network: The network.
        tokenizer: Its tokenizer.
        weights: Those that are written, in one piece.
        base: The folder of the model that it began as.

    Returns:
        The network's own weights that were written.
    """
    pooler = pooler_of(base)
    kept = {name: weight for name, weight in weights.items() if pooler or not is_of_pooler(name)}
    prefix = "" if network.base_model is network else f"{network.base_model_prefix}."
    missing = {f"{prefix}{name}": weight for name, weight in pooler.items()}
    write_model(target, network, tokenizer, weights={**missing, **kept})
    return kept


def pooler_of(folder: str) -> dict[str, Tensor]:
    """Returns the weights of a model's pooler, by their names in its encoder; empty where it has none."""
    with quiet():
        encoder, info = AutoModel.from_pretrained(
            folder, dtype=torch.float32, output_loading_info=True, trust_remote_code=False
        )
    return {
        name: weight
        for name, weight in encoder.state_dict().items()
        if is_of_pooler(name) and name not in info["missing_keys"]
    }
