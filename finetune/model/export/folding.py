"""What is done with logits folded into the layer behind them: what is exported answers calibrated by itself."""

from collections.abc import Mapping

import torch
from torch import Tensor
from transformers import PreTrainedModel

from finetune.model.output_layer import output_layer
from finetune.tasks.calibration import Calibration, read_calibration, write_calibration

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
    """Returns weights whose logits are calibrated already, and what is still to be done with these.

    Args:
        weights: Of the network, in one piece.
        layer: The one behind the logits; None where nothing can be folded.
        calibration: How the logits of these weights become an answer.
    """
    if layer is None or calibration.is_applied:
        return dict(weights), calibration
    names = names_of(layer, weights)
    if calibration.shift is not None and f"{layer}.bias" not in names:
        return dict(weights), calibration
    of_layer = {name: weights[name] / calibration.temperature for name in names}
    for name, values in of_layer.items():
        if calibration.scale is not None:
            scale = values.new_tensor(calibration.scale)
            of_layer[name] = values * (scale if values.ndim == 1 else scale.unsqueeze(1))
    if calibration.shift is not None:
        bias = of_layer[f"{layer}.bias"]
        of_layer[f"{layer}.bias"] = bias + bias.new_tensor(calibration.shift)
    return {**weights, **of_layer}, calibration.in_the_weights


def names_of(layer: str, weights: Mapping[str, Tensor]) -> list[str]:
    """Returns the names of a layer's weights: its matrix and, where it has one, its bias."""
    return [name for name in (f"{layer}.weight", f"{layer}.bias") if name in weights]


def _of_each(numbers: list[float], values: Tensor) -> Tensor | float:
    """Numbers of the outputs [C] as their weights take them; of one output the number itself.

    A single row that is shared out takes no column of one beside it: only one of the processes has it.
    """
    if len(numbers) == 1:
        return numbers[0]
    column = values.new_tensor(numbers)
    return column if values.ndim == 1 else column.unsqueeze(1)


@torch.no_grad()
def unfold(network: PreTrainedModel) -> None:
    """Takes out of a network's weights what was folded into them, for a training that goes on from what was exported.

    Every process takes part where the network is shared out.
    """
    calibration = read_calibration(network.config)
    layer = last_layer(network)
    if layer is not None and calibration.is_folded:
        parameters = dict(network.named_parameters())
        for name in names_of(layer, parameters):
            values = parameters[name]
            if calibration.folded_shift is not None and values.ndim == 1:
                values.sub_(_of_each(calibration.folded_shift, values))
            if calibration.folded_scale is not None:
                values.div_(_of_each(calibration.folded_scale, values))
            values.mul_(calibration.folded)
        write_calibration(network.config, calibration.unfolded)
