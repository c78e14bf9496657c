"""One decision for all processes of a Trainer. Decides nothing by itself."""

from lightning.pytorch import Trainer


def agreed(trainer: Trainer, wish: bool) -> bool:
    """Returns whether any process has the wish, so that all do the same. Every process must ask."""
    return trainer.strategy.reduce_boolean_decision(wish, all=False) if trainer.world_size > 1 else wish
