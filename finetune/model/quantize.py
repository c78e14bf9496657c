"""The encoder's matrices in 4 bits: what that needs, what it takes of memory, and how it is undone. Trains nothing.

4-bit NormalFloat with double quantisation, of Dettmers et al. (arXiv 2305.14314), as bitsandbytes computes it on CUDA.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from finetune.errors import ConfigError
from finetune.language.say import Message, joined
from finetune.model.optim import encoder_layers
from finetune.plugins import have, install_command

Quantize = Literal["nf4"]

KINDS = ("nf4",)
"""Ways to keep a matrix in fewer bits."""

PACKAGES = ("bitsandbytes", "accelerate")
"""What it is computed by, and what transformers lays it onto the card with."""

BITS = 4 + 0.127
"""Of a number of a matrix: itself, and its share of the constants of its block of 64, which are kept in 8 bits with
one of 32 bits for 256 of them: 8/64 + 32/(64 * 256) (arXiv 2305.14314, section 3, "Double Quantization")."""

COMPUTED = torch.bfloat16
"""What a matrix is multiplied in, one at a time."""


def check_quantize(quantize: str | None, lora: Any) -> None:
    """Refuses what cannot be trained.

    Args:
        quantize: A row of `KINDS`, or None.
        lora: The adapters that are asked for, or nothing.

    Raises:
        ConfigError: if there is no such way, or nothing could learn.
    """
    if quantize is None:
        return
    if quantize not in KINDS:
        raise ConfigError(
            "{setting} is {value!r}: there are {known}.",
            setting="--model.quantize",
            value=quantize,
            known=", ".join(KINDS),
        )
    if not lora:
        raise ConfigError(
            "--model.quantize {kind} keeps the encoder's matrices in 4 bits, which cannot be trained themselves: add "
            "--model.lora true, and adapters learn beside them.",
            kind=quantize,
        )
    if lora.get("kind") == "dora":
        raise ConfigError(
            "--model.quantize {kind} goes with adapters of the kinds lora and rslora: dora learns the lengths of the "
            "matrices' rows too. Leave --model.lora.kind away.",
            kind=quantize,
        )


def check_can_quantize(quantize: str) -> None:
    """Refuses 4 bits where they cannot be computed with.

    Raises:
        ConfigError: if there is no CUDA, or a package lacks; says which.
    """
    missing = [package for package in PACKAGES if not have(package)]
    lacks = [Message("the package {package} is not installed", package=package) for package in missing]
    if not torch.cuda.is_available():
        raise ConfigError(
            "--model.quantize {kind} cannot be computed here: {lacks}. Leave it away, for --model.lora true alone "
            "trains everywhere. What 4 bits would take on a card:\n  finetune plan --gpu CARD --data.path TABLE "
            "--model.lora true --model.quantize {kind}",
            kind=quantize,
            lacks=joined([Message("PyTorch sees no NVIDIA GPU (CUDA)"), *lacks], "; "),
        )
    if lacks:
        raise ConfigError(
            "--model.quantize {kind} cannot be computed here: {lacks}. To install what lacks:\n  {command}",
            kind=quantize,
            lacks=joined(lacks, "; "),
            command=install_command(*missing),
        )


def in_4_bits(outside: Collection[str]) -> Any:
    """Returns how transformers is asked for it.

    Args:
        outside: Names of the linear layers that stay as they are.
    """
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=COMPUTED,
        llm_int8_skip_modules=sorted(outside),
    )


def outside_layers(network: PreTrainedModel) -> set[str]:
    """Returns the names of the linear layers that are not in the encoder's layers: the head, a pooler."""
    inside = {id(module) for module in encoder_layers(network).modules()}
    return {
        name
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear) and id(module) not in inside
    }


def matrices(network: PreTrainedModel) -> list[Tensor]:
    """Returns what is kept in 4 bits of a network with adapters: the matrices of its layers that do not learn."""
    return [
        module.weight
        for module in encoder_layers(network).modules()
        if isinstance(module, nn.Linear) and not module.weight.requires_grad
    ]


def bytes_by_arithmetic(network: PreTrainedModel) -> tuple[int, int]:
    """Returns what 4 bits change of the memory of a network that is not in 4 bits: nothing of it has to be at hand.

    Returns:
        By how many bytes its weights are fewer, and how many lie beside the activations: the largest matrix, in what it
        is multiplied in.
    """
    found = matrices(network)
    fewer = sum(matrix.nbytes - round(matrix.numel() * BITS / 8) for matrix in found)
    return fewer, max((matrix.numel() for matrix in found), default=0) * COMPUTED.itemsize


def packed_layers(network: nn.Module) -> Iterator[tuple[str, Any]]:
    """Gives each layer whose matrix is kept in 4 bits, by its plain name: an adapter around it adds nothing to that."""
    for name, module in network.named_modules():
        if getattr(getattr(module, "weight", None), "quant_state", None) is not None:
            yield name.removesuffix(".base_layer"), module


@torch.no_grad()
def unpacked(layer: Any) -> dict[str, Tensor]:
    """Returns what a plain layer has in the place of one whose matrix is kept in 4 bits, in float32.

    It is the matrix as it was rounded when the training began, and not that of the model it was loaded from; what an
    adapter around it has learned is added.
    """
    base = getattr(layer, "base_layer", layer)
    weight = dequantized(base.weight)
    for each in getattr(layer, "active_adapters", ()):
        weight = weight + layer.get_delta_weight(each).to(weight)
    bias = getattr(base, "bias", None)
    return {"weight": weight} | ({} if bias is None else {"bias": bias.detach().float()})


def constants_of(names: Iterable[str], matrices: Collection[str]) -> list[str]:
    """Returns the names of the constants by which matrices in 4 bits are read: they stand behind the matrix's name."""
    return [
        name for name in names if f"{name.partition('.weight.')[0]}.weight" in matrices and ".weight." in name
    ]


def dequantized(weight: Any) -> Tensor:
    """Returns a matrix that is kept in 4 bits in float32."""
    import bitsandbytes

    plain: Tensor = bitsandbytes.functional.dequantize_4bit(weight.data, weight.quant_state)
    return plain.float()


@contextmanager
def multiplied_in_float32(network: nn.Module) -> Iterator[None]:
    """Has matrices that are kept in 4 bits multiplied in float32 meanwhile: what is merged is held against that."""
    layers = [layer for _, layer in packed_layers(network)]
    before = [layer.compute_dtype for layer in layers]
    for layer in layers:
        layer.compute_dtype = torch.float32
    try:
        yield
    finally:
        for layer, dtype in zip(layers, before, strict=True):
            layer.compute_dtype = dtype
