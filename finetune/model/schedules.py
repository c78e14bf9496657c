"""How many steps a fit takes, and how the learning rate goes over them; the curves are transformers' own.

Add one by writing a function and a row in `SCHEDULES`, or name your own as `package.module:function`. It gets
`(optimizer, warmup_steps=..., total_steps=..., num_cycles=...)` and returns a scheduler that is stepped after
every optimizer step.
"""

from collections.abc import Callable

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from transformers import get_scheduler

from finetune.errors import ConfigError

Schedule = Callable[..., LRScheduler]


def cosine_with_restarts(
    optimizer: Optimizer, *, warmup_steps: int, total_steps: int, num_cycles: int
) -> LRScheduler:
    """Warms up, then falls from the peak to 0 along a cosine `num_cycles` times.

    Source: Loshchilov and Hutter, SGDR, arXiv 1608.03983.
    """
    schedule: LRScheduler = get_scheduler(
        "cosine_with_restarts",
        optimizer,
        num_warmup_steps=warmup_steps,
        num_training_steps=total_steps,
        scheduler_specific_kwargs={"num_cycles": num_cycles},
    )
    return schedule


def cosine(optimizer: Optimizer, *, warmup_steps: int, total_steps: int, num_cycles: int) -> LRScheduler:
    """Warms up, then falls to 0 along one cosine, whatever `num_cycles` is."""
    return cosine_with_restarts(optimizer, warmup_steps=warmup_steps, total_steps=total_steps, num_cycles=1)


def linear(optimizer: Optimizer, *, warmup_steps: int, total_steps: int, num_cycles: int) -> LRScheduler:
    """Warms up, then falls to 0 along a straight line; `num_cycles` has no meaning here."""
    schedule: LRScheduler = get_scheduler(
        "linear", optimizer, num_warmup_steps=warmup_steps, num_training_steps=total_steps
    )
    return schedule


def constant(optimizer: Optimizer, *, warmup_steps: int, total_steps: int, num_cycles: int) -> LRScheduler:
    """Warms up, then stays; `total_steps` and `num_cycles` have no meaning here."""
    schedule: LRScheduler = get_scheduler("constant_with_warmup", optimizer, num_warmup_steps=warmup_steps)
    return schedule


SCHEDULES: dict[str, Schedule] = {
    "cosine_with_restarts": cosine_with_restarts,
    "cosine": cosine,
    "linear": linear,
    "constant": constant,
}


def total_steps(
    per_epoch: int, *, limit: int | float, accumulation: int, max_epochs: int | None, max_steps: int
) -> int:
    """Returns the optimizer steps of a whole fit.

    Args:
        per_epoch: Those of an epoch.
        limit: The Trainer's `limit_train_batches`: so many micro-batches of an epoch, or such a share of it.
        accumulation: Micro-batches of a step.
        max_epochs: As the Trainer has it: None or below 0 without limit.
        max_steps: As the Trainer has it: below 0 without limit.

    Raises:
        ConfigError: if there is neither limit.
    """
    if isinstance(limit, int):
        per_epoch = min(per_epoch, -(-limit // accumulation))
    elif limit < 1:
        per_epoch = max(1, int(per_epoch * limit))
    steps = [max_steps] if max_steps >= 0 else []
    if max_epochs is not None and max_epochs >= 0:
        steps.append(per_epoch * max_epochs)
    if not steps:
        raise ConfigError("how long to train is not known: give --trainer.max_epochs or --trainer.max_steps.")
    return min(steps)
