"""LoRA: adapters put into the layers of a network, what learns beside them, and their merge. Writes no file.

Hu et al., arXiv 2106.09685. A matrix stays as it was pretrained and learns a difference of few numbers beside it:

    W x  becomes  W x + alpha / rank x B A x        A [rank, in] drawn at random, B [out, rank] zero

so that an adapted network begins with the answers of the one that it was, and is one matrix again when it is merged.
"""

import copy
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from finetune.errors import ConfigError
from finetune.language.lists import listed
from finetune.language.say import Message
from finetune.model.adapter_targets import AUTO, target_names
from finetune.model.faster.dropout import replace_dropout
from finetune.model.quantize import packed_layers, unpacked
from finetune.model.rounded import round_layers
from finetune.plugins import require

NAME = "default"
"""What `peft` calls the set of adapters; it stands in the names of their parameters."""

ADAPTER = ".lora_"
"""What the names of all parameters of adapters hold, and no others."""

POOLER = "pooler"
"""What a layer within the encoder is called that belongs to the head."""

NUMBERS_OF_EACH = 3
"""Numbers that a checkpoint holds of each that learns: itself and AdamW's two averages."""


@dataclass(frozen=True)
class Lora:
    """Adapters of low rank.

    Args:
        rank: Numbers that each adapter has for a row and a column of its matrix: more learn more, and take more memory.
        alpha: How strong the adapters are: what they add is multiplied by alpha / rank.
        dropout: Share of an adapter's inputs that is left out while training.
        targets: Which linear layers get one, by the end of their names, such as [query, value]; auto for all in the
            encoder's layers.
        kind: lora; dora also learns the length of each row of a matrix, slower; rslora multiplies by alpha over the
            root of rank, for high ranks.
        base: How the matrices that do not learn are kept: float32, or bfloat16 in half the memory, rounded.
    """

    rank: int = 16
    alpha: float = 32
    dropout: float = 0.05
    targets: list[str] | Literal["auto"] = "auto"
    kind: Literal["lora", "dora", "rslora"] = "lora"
    base: Literal["float32", "bfloat16"] = "float32"


def lora_of(given: Lora | Mapping[str, Any] | bool | None) -> Lora | None:
    """Returns the adapters that are asked for, whichever way they were written; None where none are.

    Raises:
        ConfigError: if they cannot be.
    """
    if given is None or given is False:
        return None
    if given is True:
        return Lora()
    if isinstance(given, Mapping):
        unknown = sorted(given.keys() - asdict(Lora()).keys())
        if unknown:
            raise ConfigError(
                "--model.lora has no {name}: there are {names}.",
                name=unknown[0],
                names=listed([*asdict(Lora())]),
            )
        given = Lora(**given)
    check(given)
    return given


def check(lora: Lora) -> None:
    """Refuses adapters that cannot be.

    Raises:
        ConfigError: if a number is out of its range, or nothing shall be adapted.
    """
    if lora.rank < 1:
        raise ConfigError(
            "{setting} is {value!r}: it must be at least 1.", setting="--model.lora.rank", value=lora.rank
        )
    if lora.alpha <= 0:
        raise ConfigError(
            "{setting} is {value!r}: it must be above 0.", setting="--model.lora.alpha", value=lora.alpha
        )
    if not 0 <= lora.dropout < 1:
        raise ConfigError(
            "{setting} is {value!r}: it must be at least 0 and below 1.",
            setting="--model.lora.dropout",
            value=lora.dropout,
        )
    choices = {"kind": ("lora", "dora", "rslora"), "base": ("float32", "bfloat16")}
    for name, known in choices.items():
        if getattr(lora, name) not in known:
            raise ConfigError(
                "{setting} is {value!r}: there are {known}.",
                setting=f"--model.lora.{name}",
                value=getattr(lora, name),
                known=", ".join(known),
            )
    if not lora.targets or (isinstance(lora.targets, str) and lora.targets != AUTO):
        raise ConfigError(
            "--model.lora.targets is {value!r}: give a list of the ends of names of linear layers, such as [query, "
            "value], or auto.",
            value=lora.targets,
        )


def adapt(network: PreTrainedModel, lora: Lora, *, new: Collection[str]) -> None:
    """Puts adapters into a network, which stays the class that it was; nothing but these and the head learns then.

    Args:
        network: The classifier.
        lora: What adapters.
        new: Names of its parameters that start untrained.

    Raises:
        ConfigError: if it has adapters already, or no such layer.
        UserError: if peft is not installed.
    """
    peft = require("peft")
    if is_adapted(network):
        raise ConfigError(
            "the network {network} has adapters already: a second set would learn beside the first.",
            network=type(network).__name__,
        )
    config = peft_config(lora, target_names(network, lora.targets))
    whole = whole_names(network, new)
    training = network.training
    peft.inject_adapter_in_model(config, network, adapter_name=NAME)
    network.train(training)
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(ADAPTER in name or name in whole)
    if lora.base == "bfloat16":
        round_layers(network)
    replace_dropout(network)  # that of the adapters, which peft has brought


def peft_config(lora: Lora, targets: list[str]) -> Any:
    """Returns what `peft` calls these adapters.

    Args:
        lora: What adapters.
        targets: Full names of the layers that have one.
    """
    return require("peft").LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=targets,
        use_dora=lora.kind == "dora",
        use_rslora=lora.kind == "rslora",
    )


def is_adapted(network: nn.Module | None) -> bool:
    """Whether a network has adapters."""
    return network is not None and any(True for _ in adapted_layers(network))


def adapted_layers(network: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Gives each layer that has an adapter, and its name."""
    for name, module in network.named_modules():
        if hasattr(module, "lora_A") and hasattr(module, "base_layer"):
            yield name, module


def whole_names(network: PreTrainedModel, new: Collection[str]) -> set[str]:
    """Returns the names of the parameters that are trained whole beside adapters: what starts untrained, and the head.

    A pooler belongs to the head, also where it was pretrained.

    Args:
        network: The classifier.
        new: Names of its parameters that start untrained.
    """
    base = {id(parameter) for parameter in network.base_model.parameters()}
    return {
        name
        for name, parameter in network.named_parameters()
        if name in new or id(parameter) not in base or _is_of_a_pooler(name)
    }


def _is_of_a_pooler(name: str) -> bool:
    return POOLER in name.split(".")


def told_of(network: nn.Module, *, rank: int) -> Message:
    """Returns what learns, and what a checkpoint holds of it, in a sentence."""
    learning = sum(each.numel() for each in network.parameters() if each.requires_grad)
    return Message(
        "adapters of rank {rank} in {n} layer: {learning:,} of {all:,} numbers learn, the head among them; a "
        "checkpoint holds these alone, about {size:,.1f} MB with what the optimizer knows of them",
        "adapters of rank {rank} in {n} layers: {learning:,} of {all:,} numbers learn, the head among them; a "
        "checkpoint holds these alone, about {size:,.1f} MB with what the optimizer knows of them",
        n=sum(1 for _ in adapted_layers(network)),
        rank=rank,
        learning=learning,
        all=sum(each.numel() for each in network.parameters()),
        size=learning * NUMBERS_OF_EACH * 4 / 1e6,
    )


@torch.no_grad()
def merge_into(plain: nn.Module, network: nn.Module) -> None:
    """Gives a plain network the weights of an adapted one, what its adapters learned added to their matrices.

    One layer after the other is added to in a copy, in float32: the adapted network stays as it is, and beside both no
    third one is held.

    Args:
        plain: Of the same kind, without adapters.
        network: With adapters; all of it lies here.

    Raises:
        RuntimeError: if the two have not the same weights.
    """
    held, found = plain.state_dict(), set()
    for name, values in merged(network):
        held[name].copy_(values)
        found.add(name)
    if found != held.keys():
        raise RuntimeError(f"not of both networks: {sorted(found ^ held.keys())}")


def merged(network: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Gives the weights of an adapted network by the names of the plain one, its adapters merged, in float32."""
    modules, packed = dict(network.named_modules()), {name for name, _ in packed_layers(network)}
    layers = dict(adapted_layers(network)) | {name: modules[name] for name in packed}
    done: set[str] = set()
    for name, values in network.state_dict().items():
        of = next((each for each in layers if name.startswith(f"{each}.")), None)
        if of is None:
            yield name, values.float() if values.is_floating_point() else values
        elif of not in done:
            done.add(of)
            parts = unpacked(layers[of]) if of in packed else _merged_layer(layers[of])
            yield from ((f"{of}.{part}", each) for part, each in parts.items())


def _merged_layer(layer: nn.Module) -> dict[str, Tensor]:
    copied: Any = copy.deepcopy(layer).float()
    copied.merge()  # peft's own, of every kind of adapter
    return {part: each.detach() for part, each in copied.get_base_layer().named_parameters()}
