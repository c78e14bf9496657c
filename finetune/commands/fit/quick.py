"""fit --effort quick: the fit ends before its first step, and keeps the network as its head was started."""

from lightning.pytorch import Callback, LightningModule, Trainer
from typing_extensions import override

from callbacks.best_checkpoint import BestCheckpoint
from finetune.cli.taken_apart import names
from finetune.cli.verb import Ready
from finetune.errors import ConfigError
from finetune.language.lists import listed
from finetune.language.say import note
from finetune.model.classifier import TextClassifier
from finetune.model.output_layer import output_layer
from finetune.runs.effort import QUICK

OF_STEPS = (
    "--trainer.max_epochs",
    "--trainer.max_steps",
    "--model.learning_rate",
    "--model.head_learning_rate",
    "--model.schedule",
    "--data.effective_batch_size",
)
"""Options that say how steps are taken."""


def end_before_steps(ready: Ready) -> None:
    """Has a fit end before its first step."""
    idle = [name for name in OF_STEPS if names((name,), ready.prepared.typed)]
    if idle:
        note("--effort quick takes no step, so that nothing comes of {options}", options=listed(idle))
    ready.model.takes_steps = False
    ready.trainer.callbacks.insert(0, EndAsStarted())  # type: ignore[attr-defined]  # it refuses before all that keeps


def refuse_steps(ready: Ready) -> None:
    """Refuses what makes no sense where the network is not trained.

    Raises:
        ConfigError: if it is asked for.
    """
    parameters = ready.model.hparams
    wrong = (
        ("--model.head_start none", parameters["head_start"] == "none"),
        ("--model.lora", parameters["lora"] is not None),
        ("--ckpt_path", bool(ready.asked["ckpt_path"])),
    )
    for option, asked in wrong:
        if asked:
            raise ConfigError(
                "--effort quick trains nothing of the network: its last step alone begins as a regression, and so it "
                "is kept. {option} does not go with that: leave one of them away.",
                option=option,
            )


class EndAsStarted(Callback):
    """Keeps the network as its head was started as the best model, and ends the fit before its first step."""

    @override
    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if isinstance(pl_module, TextClassifier) and not pl_module.can_start_head:
            refuse_head(pl_module)

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if isinstance(pl_module, TextClassifier) and pl_module.started is None:
            raise ConfigError(
                "--effort quick needs a regression on what the model gives of the training rows, and there is none: "
                "either all of these rows have the same label, or the model gives no numbers for them. Look at the "
                "table with finetune check, or train, without --effort quick."
            )
        for callback in trainer.checkpoint_callbacks:
            if isinstance(callback, BestCheckpoint):
                callback.keep_now(trainer)
        trainer.fit_loop.max_epochs = 0


def refuse_head(model: TextClassifier) -> None:
    """Refuses a network whose last step cannot begin as a regression.

    Raises:
        ConfigError: always.
    """
    assert model.network is not None
    name = model.hparams["name"]
    if output_layer(model.network) is None:
        raise ConfigError(
            "--effort {effort}: the last layer of {name} ({kind}) is none that a regression can be written into. Train "
            "it, without --effort {effort}.",
            effort=QUICK,
            name=name,
            kind=type(model.network).__name__,
        )
    raise ConfigError(
        "--effort {effort}: {name} has been trained for these labels already, so that there is nothing to begin. To "
        "measure it as it is:\n  finetune test --model.name {name} --data.path TABLE\nTo train it on, leave --effort "
        "{effort} away.",
        effort=QUICK,
        name=name,
    )
