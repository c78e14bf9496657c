"""The weights that a training with adapters leaves as they were: not kept in checkpoints, and known by their sum."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from finetune.errors import ConfigError


@dataclass(frozen=True)
class Base:
    """The model that a network with adapters was built from.

    Attributes:
        name: As it was asked for.
        sum: SHA-256 of the weights that are not kept.
        pieces: Of how many pieces of words they know something, a padding that was added among them; None where they
            do not say.
    """

    name: str
    sum: str
    pieces: int | None = None


def base_names(module: nn.Module, new: Collection[str]) -> list[str]:
    """Returns the names of what came from the pretrained model and does not learn, in order.

    Args:
        module: Whatever holds the weights.
        new: Names of what started untrained, which no pretrained model gives back.
    """
    held = module.state_dict(keep_vars=True)
    return sorted(
        name
        for name, each in held.items()
        if isinstance(each, nn.Parameter) and not each.requires_grad and name not in new
    )


def sum_of(weights: Mapping[str, Tensor], names: Collection[str]) -> str:
    """Returns the SHA-256 of some weights, with their names, types and shapes."""
    digest = hashlib.sha256()
    for name in names:
        values = weights[name].detach().cpu().contiguous()
        digest.update(f"{name} {values.dtype} {list(values.shape)}\n".encode())
        digest.update(values.view(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def left_out(weights: Mapping[str, Tensor], names: Collection[str]) -> dict[str, Tensor]:
    """Returns weights without those of some names."""
    return {name: each for name, each in weights.items() if name not in names}


def filled_in(
    kept: Mapping[str, Tensor], own: Mapping[str, Tensor], names: Collection[str]
) -> dict[str, Tensor]:
    """Returns the weights of a checkpoint with those that it left out, in the order that the network has them."""
    return {**{name: own[name] for name in names}, **kept}


def check_base(was: Mapping[str, Any], now: Base) -> None:
    """Refuses to put adapters beside other weights than those that they were trained beside.

    Args:
        was: The base as a checkpoint has it.
        now: That of the network at hand.

    Raises:
        ConfigError: if it is another one.
    """
    if was["sum"] != now.sum:
        raise ConfigError(
            "the checkpoint has adapters for the weights of {was} (SHA-256 {was_sum}), and those of {now} are others "
            "(SHA-256 {now_sum}): together they would answer at random. Give --model.name the very model that it was "
            "trained from, wherever it lies now, or train anew.",
            was=was["name"],
            was_sum=was["sum"][:16],
            now=now.name,
            now_sum=now.sum[:16],
        )
