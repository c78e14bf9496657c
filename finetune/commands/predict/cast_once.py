"""Has the weights cast once for a prediction, and not by autocast for each batch."""

from contextlib import ExitStack
from typing import Any

import torch
from lightning.pytorch import Callback, Trainer

from finetune.model.classifier import TextClassifier
from finetune.model.faster.fewer_casts import weights_cast
from finetune.model.faster.packing import can_pack
from finetune.model.sharding import is_sharded


class CastOnce(Callback):
    """Casts the weights from the first batch to the last, where the network computes under autocast."""

    def __init__(self) -> None:
        self._cast = ExitStack()

    def on_predict_start(self, trainer: Trainer, pl_module: TextClassifier) -> None:  # type: ignore[override]
        """Casts them: they are by now those that are to answer."""
        network, device = pl_module.network, pl_module.device.type
        assert network is not None
        with trainer.precision_plugin.predict_step_context():
            kind = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else None
        if kind is not None and can_pack(network.config) and not is_sharded(network):
            self._cast.enter_context(weights_cast(network, kind))

    def on_predict_end(self, *_: Any) -> None:
        """Puts the weights back."""
        self._cast.close()

    def on_exception(self, *_: Any) -> None:
        """Puts them back also where the prediction broke off: whoever goes on training does so in float32."""
        self._cast.close()
