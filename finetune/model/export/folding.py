"""A temperature folded into the layer behind the logits: what is exported answers calibrated by itself. Finds none."""

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor
from transformers import PreTrainedModel

from finetune.model.calibration import Calibration, read_calibration, write_calibration
from finetune.model.network import output_layer

LAST_LAYERS = frozenset(
    {
        "classifier",  # BERT, ALBERT, DeBERTa, DistilBERT, ModernBERT, ...
        "classifier.out_proj",  # RoBERTa, XLM-RoBERTa, CamemBERT, ELECTRA, MPNet, ...
        "classification_head.out_proj",  # BART, T5
        "logits_proj",  # XLNet
        "score",  # decoders
    }
)
"""Layers by whose number alone the logits grow and shrink: nothing comes behind them."""


def last_layer(network: PreTrainedModel) -> str | None:
    """Returns the name of the layer that a temperature can be folded into; None where none is known."""
    found = output_layer(network)
    return found[0] if found is not None and found[0] in LAST_LAYERS else None


def folded(
    weights: Mapping[str, Tensor], layer: str | None, calibration: Calibration
) -> tuple[dict[str, Tensor], Calibration]:
    """Returns weights whose logits are divided by the temperature already, and what is still to be done with these.

    Args:
        weights: Of the network, in one piece.
        layer: The one behind the logits; None where the temperature cannot be folded.
        calibration: How the logits of these weights become an answer.
    """
    if layer is None or calibration.temperature == 1:
        return dict(weights), calibration
    of_layer = {name: weights[name] / calibration.temperature for name in names_of(layer, weights)}
    return {**weights, **of_layer}, replace(calibration, temperature=1.0, folded=calibration.temperature)


def names_of(layer: str, weights: Mapping[str, Tensor]) -> list[str]:
    """Returns the names of a layer's weights: its matrix and, where it has one, its bias."""
    return [name for name in (f"{layer}.weight", f"{layer}.bias") if name in weights]


@torch.no_grad()
def unfold(network: PreTrainedModel) -> None:
    """Takes the temperature out of a network's weights again, for a training that goes on from what was exported.

    Every process takes part where the network is shared out.
    """
    calibration = read_calibration(network.config)
    layer = last_layer(network)
    if layer is not None and calibration.folded != 1:
        parameters = dict(network.named_parameters())
        for name in names_of(layer, parameters):
            parameters[name].mul_(calibration.folded)
        write_calibration(network.config, calibration.unfolded)
