"""What a module's metrics have counted so far, so that an epoch that is taken up in its middle is measured whole."""

from typing import Any

import torch
from lightning_utilities.core.apply_func import apply_to_collection
from torch import Tensor, nn
from torchmetrics import Metric


def metric_states(module: nn.Module) -> dict[str, Any]:
    """Returns a copy of the states of all torchmetrics that have seen something, by their names in the module."""
    return {
        name: {
            "updates": metric._update_count,
            "state": apply_to_collection(
                metric.metric_state, Tensor, lambda state: state.detach().cpu().clone()
            ),
        }
        for name, metric in module.named_modules()
        if isinstance(metric, Metric) and metric.update_called
    }


def set_metric_states(module: nn.Module, states: dict[str, Any]) -> None:
    """Puts the metrics where they were; those that are not in the module any more are left out."""
    metrics = {name: each for name, each in module.named_modules() if isinstance(each, Metric)}
    for name in states.keys() & metrics.keys():
        metric, saved = metrics[name], states[name]
        for attribute, value in apply_to_collection(saved["state"], Tensor, torch.clone).items():
            setattr(metric, attribute, apply_to_collection(value, Tensor, Tensor.to, metric.device))
        metric._update_count = saved["updates"]
