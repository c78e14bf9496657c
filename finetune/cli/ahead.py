"""A fit that ends before its first step: for what looks at how it begins. Trains nothing."""

from contextlib import suppress
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from typing_extensions import override

from finetune.cli.verb import Ready


class Enough(Exception):  # noqa: N818
    """Ends a fit that has come as far as was asked."""


class EndAtSetup(Callback):
    """Ends a fit when the callbacks before it have been set up."""

    @override
    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if any(parameter.is_meta for parameter in pl_module.parameters()):
            # Lightning would move it when it ends, and it has no content
            pl_module.network = None  # type: ignore[assignment]
        raise Enough


class EndAtStart(Callback):
    """Ends a fit once all is ready for the first step."""

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        raise Enough


def fit_up_to(ready: Ready[Any, Any], last: Callback) -> None:
    """Begins a fit with one more callback, which may end it."""
    ready.trainer.callbacks.append(last)  # type: ignore[attr-defined]
    with suppress(Enough):
        ready.trainer.fit(ready.model, datamodule=ready.data)
