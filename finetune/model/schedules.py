"""How the learning rate goes over the steps, as factors of each group's rate; the curves are transformers' own.

Add one by writing a function and a row in `SCHEDULES`, or name your own as `package.module:function`. It gets
`(optimizer, warmup_steps=..., total_steps=..., num_cycles=...)` and returns a scheduler that is stepped after
every optimizer step.
"""

from collections.abc import Callable

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from transformers import get_scheduler

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
