"""Whether a monitored metric can exist, and in which direction it is better: said before anything is trained.

A module may name the metrics that it logs in an attribute or property `metric_directions`: the metric's name ->
`min` where a smaller value is better, `max` where a larger one is. Modules without it are not checked here.

It may also say by which of them its epochs are told apart, where a callback is not given one: in `monitored`, a metric
and its mode, such as `("val/loss", "min")`; in `watched`, a metric on training rows, the same one on validation rows
and their mode. Of modules without these it is the loss. One that learns no classes says so by `can_smooth_labels`,
False.
"""

from difflib import get_close_matches

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import LambdaCallback

from callbacks.language.say import Message

COUNTERS = ("epoch", "step")
"""Names that Lightning's ModelCheckpoint can monitor in every run."""

OURS = ("callbacks", "finetune", "lightning")
"""Packages whose callbacks give the Trainer no metric of their own to monitor."""


MONITORED = ("val/loss", "min")
WATCHED = ("train/loss", "val/loss", "min")


def monitored_by(module: LightningModule) -> tuple[str, str]:
    """Returns the metric by which a module's epochs are told apart, and its mode."""
    name, mode = getattr(module, "monitored", MONITORED)
    return str(name), str(mode)


def watched_by(module: LightningModule) -> tuple[str, str, str]:
    """Returns the metric of training and of validation rows by which overfitting is seen in a module, and its mode."""
    training, validation, mode = getattr(module, "watched", WATCHED)
    return str(training), str(validation), str(mode)


def check_mode(who: str, mode: str) -> None:
    """Refuses a direction that there is not.

    Raises:
        ValueError: It is neither `min` nor `max`.
    """
    if mode not in ("min", "max"):
        raise ValueError(Message("{who}(mode={mode!r}): mode is 'min' or 'max'.", who=who, mode=mode))


def check_monitored(who: str, monitor: str, *, mode: str, trainer: Trainer, module: LightningModule) -> None:
    """Refuses a metric that the module does not log, and a direction that takes its worst value for the best.

    Args:
        who: The class that monitors, for the message.
        monitor: Name of the metric.
        mode: `min` or `max`.
        trainer: The one that will train: a callback of the user's own in it may log any other metric.
        module: What is trained.

    Raises:
        ValueError: There is no such metric, or its other direction is the better one.
    """
    directions: dict[str, str] | None = getattr(module, "metric_directions", None)
    if not directions:
        return
    better = directions.get(monitor)
    if better is None and monitor not in COUNTERS and not others_may_log(trainer):
        near = ", ".join(map(repr, get_close_matches(monitor, directions)))
        raise ValueError(
            Message(
                "{who}(monitor={monitor!r}): the model logs no metric of that name in a fit.{hint} It logs {names}. "
                "Set monitor to one of these, and mode to its better direction.",
                who=who,
                monitor=monitor,
                hint=Message(" Did you mean {near}?", near=near) if near else "",
                names=", ".join(sorted(directions)),
            )
        )
    if better is not None and mode != better:
        raise ValueError(
            Message(
                "{who}(monitor={monitor!r}, mode={mode!r}): of {monitor} the smaller value is better: mode must be min."
                if better == "min"
                else "{who}(monitor={monitor!r}, mode={mode!r}): of {monitor} the larger value is better: mode must be "
                "max.",
                who=who,
                monitor=monitor,
                mode=mode,
            )
        )


def others_may_log(trainer: Trainer) -> bool:
    """Whether a callback of the Trainer is somebody else's code, which may log metrics of its own."""
    return any(
        type(callback).__module__.partition(".")[0] not in OURS or isinstance(callback, LambdaCallback)
        for callback in trainer.callbacks  # type: ignore[attr-defined]
    )
