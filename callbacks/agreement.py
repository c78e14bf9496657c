"""One decision for all processes of a Trainer, and one error. Decides nothing by itself."""

from collections.abc import Callable

from lightning.pytorch import Trainer


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
