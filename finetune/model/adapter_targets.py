"""Which linear layers of a network get an adapter. Puts none in."""

from torch import nn
from transformers import PreTrainedModel

from finetune.errors import ConfigError
from finetune.language.lists import listed
from finetune.model.optim import encoder_layers

AUTO = "auto"
"""Stands for every linear layer of the encoder's layers: fewer reach less at the same rank (Dettmers et al., arXiv
2305.14314, section 4; Schulman et al., LoRA Without Regret, Thinking Machines Lab 2025)."""

MOST_NAMES = 20
"""Names of layers that an error tells."""


def target_names(network: PreTrainedModel, targets: list[str] | str) -> list[str]:
    """Returns the full names of the linear layers that get an adapter.

    Args:
        network: The classifier.
        targets: Ends of their names, or `AUTO`.

    Raises:
        ConfigError: if an end is that of none, or of the head's alone.
    """
    inside = {id(module) for module in encoder_layers(network).modules()}
    linear = {name: each for name, each in network.named_modules() if isinstance(each, nn.Linear)}
    there = [name for name, each in linear.items() if id(each) in inside]
    if not there:
        raise ConfigError(
            "the layers of {network} have no linear layer that could get an adapter: leave --model.lora away.",
            network=type(network).__name__,
        )
    if isinstance(targets, str):
        return there
    for target in targets:
        if any(_ends(name, target) for name in there):
            continue
        ends = sorted({name.rpartition(".")[2] for name in there})
        raise ConfigError(
            "--model.lora.targets {target}: that is a layer of the head, which is trained whole and needs no adapter. "
            "Leave it out; the layers of {network} have {names}, and auto takes all of them."
            if any(_ends(name, target) for name in linear)
            else "--model.lora.targets {target}: the layers of {network} have no linear layer of that name. They have "
            "{names}, and auto takes all of them.",
            target=target,
            network=type(network).__name__,
            names=listed(ends, most=MOST_NAMES),
        )
    return [name for name in there if any(_ends(name, target) for target in targets)]


def _ends(name: str, target: str) -> bool:
    return name == target or name.endswith(f".{target}")
