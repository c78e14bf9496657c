"""One decision for all processes of a Trainer, one error, and what each has. Decides nothing by itself."""

from collections.abc import Callable
from typing import TypeVar

import torch
from lightning.pytorch import Trainer

T = TypeVar("T")


def agreed(trainer: Trainer, wish: bool) -> bool:
    """Returns whether any process has the wish, so that all do the same. Every process must ask."""
    return trainer.strategy.reduce_boolean_decision(wish, all=False) if trainer.world_size > 1 else wish


def by_rank_zero(trainer: Trainer, action: Callable[[], None]) -> None:
    """Has rank zero do what a disk may refuse. Every process waits for it.

    Raises:
        OSError: on every process, where rank zero got one: none waits for what does not come any more.
    """
    wrong: OSError | None = None
    if trainer.is_global_zero:
        try:
            action()
        except OSError as error:
            wrong = error
    wrong = trainer.strategy.broadcast(wrong)
    if wrong is not None:
        raise wrong


def gathered(mine: T, processes: int) -> list[T]:
    """Returns what each process has, in the order of their ranks. Every process must ask."""
    if processes == 1:  # though there may be others, of a Trainer before
        return [mine]
    found: list[T] = [mine] * processes
    torch.distributed.all_gather_object(found, mine)
    return found
